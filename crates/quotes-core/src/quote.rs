//! A quote as its document says it, whatever the document looks like.

mod history;
mod id;
mod linked_package;
mod read;
mod reference;
mod revision;
mod selection;
mod state;

use bson::oid::ObjectId;
use jiff::Timestamp;

pub use history::{PriceEntry, Reason};
pub use id::QuoteId;
pub use linked_package::{CalculatedPrice, LinkedPackage, Tier};
pub use reference::Reference;
pub use revision::revision;
pub use selection::{SELECTIONS_MAX, Selection};
pub use state::{BookingInterest, Email};

use crate::{
    life::Status,
    money::{Currency, Money},
    reading::Mark,
};

/// A quote. Whatever a document lacks is `None` or the default that the model gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct Quote {
    /// `_id`.
    pub id: QuoteId,
    /// How people call it: from `_id`, whatever `reference` says.
    pub reference: Reference,
    /// `enquiryId`.
    pub enquiry: Option<ObjectId>,
    /// The trip.
    pub trip: Trip,
    /// `activitiesIncluded`: what old documents say of events, kept untouched. A list is its lines.
    pub activities_included: Option<String>,
    /// `internalNotes`: never shown to customers.
    pub internal_notes: Option<String>,
    /// `selectedEvents`, in their order, repeated and malformed ones too.
    pub selection: Vec<Selection>,
    /// `totalPrice`, as stored. [`crate::price::Breakdown`] says what it is made of.
    pub total: Option<Money>,
    /// `basePrice`, as stored: it counts only while the total agrees with it.
    pub base: Option<Money>,
    /// `eventsTotal`, as stored.
    pub events_total: Option<Money>,
    /// `customTotal`: a total that somebody typed, kept until it is undone.
    pub custom_total: Option<Money>,
    /// `currency`; pounds when missing.
    pub currency: Currency,
    /// `linkedPackage`, when it has a `packageId`.
    pub package: Option<LinkedPackage>,
    /// `priceHistory`, oldest first.
    pub history: Vec<PriceEntry>,
    /// `version`, from 1.
    pub version: u32,
    /// `status`.
    pub status: Status,
    /// `createdBy`.
    pub created_by: Option<ObjectId>,
    /// `emailSent` and the fields about it.
    pub email: Email,
    /// `bookingInterest`, when one was expressed.
    pub booking_interest: Option<BookingInterest>,
    /// `madeBy.causewayRun`: the run of Causeway whose smoke checks made it.
    pub made_by_run: Option<String>,
    /// The moments of its life.
    pub times: Times,
    /// What could not be read, or only with good will.
    pub marks: Vec<Mark>,
}

/// Where, when and with how many.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trip {
    /// `title`.
    pub title: Option<String>,
    /// `destination`: free text.
    pub destination: Option<String>,
    /// `leadName`.
    pub lead_name: Option<String>,
    /// `hotelName`.
    pub hotel_name: Option<String>,
    /// `numberOfPeople`.
    pub people: Option<u32>,
    /// `numberOfRooms`.
    pub rooms: Option<u32>,
    /// `numberOfNights`.
    pub nights: Option<u32>,
    /// `arrivalDate`.
    pub arrival: Option<Timestamp>,
    /// `isSuperPackage`.
    pub is_super_package: bool,
    /// `transferIncluded`.
    pub transfer_included: bool,
    /// `whatsIncluded`.
    pub whats_included: Option<String>,
}

/// When what happened.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Times {
    /// `createdAt`.
    pub created: Option<Timestamp>,
    /// `updatedAt`.
    pub updated: Option<Timestamp>,
    /// `validUntil`: the last day on which the customer can say yes.
    pub valid_until: Option<Timestamp>,
    /// `acceptedAt`.
    pub accepted: Option<Timestamp>,
    /// `bookedAt`.
    pub booked: Option<Timestamp>,
    /// `deletedAt`: soft, undone by restoring.
    pub deleted: Option<Timestamp>,
    /// `deletedBy`.
    pub deleted_by: Option<ObjectId>,
}

impl Quote {
    /// It was deleted and not restored.
    pub fn is_deleted(&self) -> bool {
        self.times.deleted.is_some()
    }

    /// Its entry of this event that counts: the first.
    pub fn selected(&self, event: ObjectId) -> Option<&Selection> {
        self.selection.iter().find(|selection| selection.event == Some(event))
    }

    /// The events on it, each once.
    pub fn events(&self) -> impl Iterator<Item = ObjectId> {
        self.selection
            .iter()
            .filter(|selection| !selection.repeated)
            .filter_map(|selection| selection.event)
    }
}
