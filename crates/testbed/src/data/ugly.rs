//! Making a typical quote ugly.

mod booking;
mod identity;
mod selected_events;
mod unknown;

use bson::{DateTime, RawBson};

use super::{
    chance::{Chance, Purpose},
    draft::{Draft, array},
    ids::{DELETED, Kind, object_id},
    shape::Shape,
    typical::{Typical, typical},
    words::INCLUDED,
};

/// A typical quote on its way to being ugly.
struct Victim {
    seed: u64,
    n: u64,
    quote: Typical,
    chance: Chance,
}

/// Quote `n` with one thing wrong.
pub(super) fn ugly(shape: Shape, seed: u64, n: u64) -> Draft {
    let chance = Chance::new(Purpose::Ugly, seed, n);
    let mut victim = Victim { seed, n, quote: typical(seed, n), chance };
    match shape.section() {
        1 | 2 | 5 => victim.booking(shape),
        3 => victim.selected_events(shape),
        4 => victim.text(shape),
        6 => victim.reference(shape),
        7 => victim.identity(shape),
        _ => victim.unknown(shape),
    }
    victim.quote.document
}

impl Victim {
    fn document(&mut self) -> &mut Draft {
        &mut self.quote.document
    }

    fn set(&mut self, key: &'static str, value: impl Into<RawBson>) {
        self.document().set(key, value);
    }

    fn remove(&mut self, key: &str) {
        self.document().remove(key);
    }

    /// `activitiesIncluded` and `internalNotes`.
    fn text(&mut self, shape: Shape) {
        let (activities, notes) = ("activitiesIncluded", "internalNotes");
        match shape {
            Shape::ActivitiesAbsent => self.remove(activities),
            Shape::ActivitiesNull => self.set(activities, RawBson::Null),
            Shape::ActivitiesEmpty => self.set(activities, ""),
            Shape::ActivitiesBlank => self.set(activities, "  \t "),
            Shape::ActivitiesOneLine => {
                self.set(activities, "Go-karting, bar crawl and a boat trip")
            }
            Shape::ActivitiesBullets => {
                self.set(
                    activities,
                    "• Go-karting (2 hours)\n• Bar crawl\n  - with wristbands\n* Boat party\n",
                );
            }
            Shape::ActivitiesParagraphs => self.set(activities, INCLUDED[..3].join("\n\n")),
            Shape::ActivitiesCarriageReturns => {
                self.set(activities, "Go-karting\r\nBar crawl\r\n\r\nBoat party")
            }
            Shape::ActivitiesHtml => {
                self.set(
                    activities,
                    "<ul><li>Go-karting &amp; lunch</li><li onclick=\"x()\">Boat<br></li></ul>",
                );
            }
            Shape::ActivitiesNumber => self.set(activities, 3),
            Shape::ActivitiesArray => self.set(activities, array(["Go-karting", "Bar crawl"])),
            Shape::NotesAbsent => self.remove(notes),
            Shape::NotesNull => self.set(notes, RawBson::Null),
            Shape::NotesEmpty => self.set(notes, ""),
            Shape::NotesAtLimit => self.set(notes, "Call again. ".repeat(84)[..1_000].to_owned()),
            other => unreachable!("{other:?} is not a shape of text"),
        }
    }

    /// Dates, references and what else is missing.
    fn reference(&mut self, shape: Shape) {
        let seed = self.seed;
        let deleted = DELETED + self.n % 1_000;
        match shape {
            Shape::ArrivalString => self.set("arrivalDate", "2024-06-14"),
            Shape::ArrivalMissing => self.remove("arrivalDate"),
            Shape::ArrivalBefore1970 => {
                self.set("arrivalDate", DateTime::from_millis(-1_234_567_890_123))
            }
            Shape::VersionMissing => self.remove("version"),
            Shape::CurrencyMissing => self.remove("currency"),
            Shape::CreatorMissing => self.remove("createdBy"),
            Shape::EnquiryDeleted => self.set("enquiryId", object_id(Kind::Enquiry, seed, deleted)),
            Shape::CreatorDeleted => self.set("createdBy", object_id(Kind::User, seed, deleted)),
            Shape::StatusAccepted => self.set("status", "accepted"),
            Shape::StatusBooked => self.set("status", "booked"),
            other => unreachable!("{other:?} is not a shape of references"),
        }
    }
}
