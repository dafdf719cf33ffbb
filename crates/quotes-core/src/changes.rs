//! What a person wants changed about a quote, and what becomes of the quote.
//!
//! First [`Changes`] is parsed from what was sent, then the program looks up the events and the
//! package that it names, then [`Changes::create`] or [`Changes::edit`] decides. Every problem with
//! every field is found before anything is refused.

mod audit;
mod parse;
mod sent;

mod decide;

mod text;
mod trip;

mod package;
mod price;
mod selection;
mod typed;

use bson::oid::ObjectId;
use jiff::Timestamp;
use rust_decimal::Decimal;

pub use audit::{Audit, EventMove, EventMoved};
pub use decide::{Context, Edited, Identity};

use crate::{
    money::Currency,
    problem::{Problems, Warning},
    quote::Quote,
};

/// What becomes of one field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// It was not sent: it stays.
    #[default]
    Keep,
    /// Null was sent, or an empty text: it is emptied.
    Clear,
    /// It gets this value.
    Set(T),
}

/// What a person wants changed, and what was wrong with how they said it. Values are not judged yet:
/// only what differs from the quote as it stands has to be right.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    enquiry: Change<ObjectId>,
    trip: TripChanges,
    activities: Change<String>,
    internal_notes: Change<String>,
    valid_until: Change<Timestamp>,
    currency: Change<Currency>,
    /// There is no empty base: null keeps it.
    base: Change<Decimal>,
    total: Change<Decimal>,
    custom_total: Change<Decimal>,
    package: Change<PackageChoice>,
    events: EventChanges,
    problems: Problems,
    warnings: Vec<Warning>,
}

#[derive(Debug, Clone, Default)]
struct TripChanges {
    title: Change<String>,
    destination: Change<String>,
    lead_name: Change<String>,
    hotel_name: Change<String>,
    whats_included: Change<String>,
    people: Change<i64>,
    rooms: Change<i64>,
    nights: Change<i64>,
    arrival: Change<Timestamp>,
    is_super_package: Change<bool>,
    transfer_included: Change<bool>,
}

/// A package to be linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct PackageChoice {
    package: ObjectId,
    /// Its price is wanted anew, although it is linked already.
    recalculate: Option<Recalculate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Recalculate;

/// What becomes of the chosen events.
#[derive(Debug, Clone, PartialEq, Default)]
enum EventChanges {
    #[default]
    Keep,
    /// These are all that are wanted.
    Whole(Vec<Wanted>),
    /// One more.
    Add(Wanted),
    /// One that is there is wanted otherwise.
    Alter(Wanted),
    /// One that is there is not wanted.
    Remove(ObjectId),
}

/// One event as it is wanted.
#[derive(Debug, Clone, PartialEq)]
struct Wanted {
    /// Where it was sent, such as `selectedEvents.2.`; empty when it was sent alone.
    prefix: String,
    event: ObjectId,
    /// `None` leaves it as it is, or is no.
    per_person: Option<bool>,
    /// What somebody typed for an event without a price.
    price: Option<Decimal>,
    reason: Option<String>,
    /// The catalogue's price of today instead of the one of when it was chosen.
    current_price: Option<CurrentPrice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct CurrentPrice;

impl Changes {
    /// The events to look up in the catalogue: those wanted. To have warnings about those that stay as
    /// well, look up [`Quote::events`] too.
    pub fn events(&self) -> Vec<ObjectId> {
        match &self.events {
            EventChanges::Keep | EventChanges::Remove(_) => Vec::new(),
            EventChanges::Whole(wanted) => wanted.iter().map(|wanted| wanted.event).collect(),
            EventChanges::Add(wanted) | EventChanges::Alter(wanted) => vec![wanted.event],
        }
    }

    /// The package to look up: the one chosen, or the one that the quote's base comes from when the
    /// change may move its price.
    pub fn package(&self, current: Option<&Quote>) -> Option<ObjectId> {
        let linked = current.and_then(|quote| quote.package.as_ref()).map(|linked| linked.package);
        match &self.package {
            Change::Set(choice) => Some(choice.package),
            Change::Clear => None,
            Change::Keep => linked.filter(|_| self.may_move_a_package_price()),
        }
    }

    /// The enquiry to look up, if one was sent.
    pub fn enquiry(&self) -> Option<ObjectId> {
        match self.enquiry {
            Change::Set(enquiry) => Some(enquiry),
            Change::Keep | Change::Clear => None,
        }
    }

    fn may_move_a_package_price(&self) -> bool {
        let trip = &self.trip;
        trip.people != Change::Keep
            || trip.nights != Change::Keep
            || trip.arrival != Change::Keep
            || self.currency != Change::Keep
            || self.custom_total == Change::Clear
    }
}
