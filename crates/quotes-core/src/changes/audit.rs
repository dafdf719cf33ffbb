//! What changed, for the audit log: fields, events and prices, and no text that a person typed.

use bson::{Bson, Document, doc, oid::ObjectId};

use crate::{
    money::Money,
    price::Basis,
    quote::{Quote, Selection},
};

/// What a change did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Audit {
    /// The fields that have another value now, as documents call them.
    pub fields: Vec<&'static str>,
    /// What happened to each event.
    pub events: Vec<EventMove>,
    /// The total before and after, when it moved; before is `None` for a new quote.
    pub total: Option<(Option<Money>, Money)>,
}

/// What happened to one event.
#[derive(Debug, Clone, PartialEq)]
pub struct EventMove {
    /// What.
    pub moved: EventMoved,
    /// Which event.
    pub event: ObjectId,
    /// Its name in the catalogue when it was chosen.
    pub name: String,
    /// The total before.
    pub total_before: Option<Money>,
    /// The total after.
    pub total_after: Money,
}

/// What can happen to an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventMoved {
    /// It was chosen.
    Added,
    /// It is no longer wanted.
    Removed,
    /// Its price or its mark is another.
    Altered,
}

impl EventMoved {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "event_added",
            Self::Removed => "event_removed",
            Self::Altered => "event_altered",
        }
    }
}

impl Audit {
    /// Nothing changed.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.events.is_empty() && self.total.is_none()
    }

    /// For the field `details` of an entry of the log.
    pub fn to_document(&self) -> Document {
        let mut details = doc! { "fields": self.fields.clone() };
        if let Some((before, after)) = self.total {
            details.insert("totalBefore", before.map_or(Bson::Null, Money::to_bson));
            details.insert("totalAfter", after.to_bson());
        }
        if !self.events.is_empty() {
            let events = self.events.iter().map(EventMove::to_document);
            details.insert("events", events.collect::<Vec<_>>());
        }
        details
    }

    pub(super) fn event(
        &mut self,
        moved: EventMoved,
        selection: &Selection,
        (total_before, total_after): (Option<Money>, Money),
    ) {
        let Some(event) = selection.event else { return };
        let name = selection.name.clone();
        self.events.push(EventMove { moved, event, name, total_before, total_after });
    }

    /// Names the fields in which two quotes differ. A base that was derived and is only now written
    /// down is the same.
    pub(super) fn compare(&mut self, before: Option<&Quote>, after: &Quote) {
        let Some(before) = before else {
            self.total = after.total.map(|total| (None, total));
            self.fields = Vec::new();
            return;
        };
        let (old, new) = (&before.trip, &after.trip);
        let (old_basis, new_basis) = (Basis::of(before), Basis::of(after));
        let differs = [
            ("enquiryId", before.enquiry != after.enquiry),
            ("title", old.title != new.title),
            ("destination", old.destination != new.destination),
            ("leadName", old.lead_name != new.lead_name),
            ("hotelName", old.hotel_name != new.hotel_name),
            ("numberOfPeople", old.people != new.people),
            ("numberOfRooms", old.rooms != new.rooms),
            ("numberOfNights", old.nights != new.nights),
            ("arrivalDate", old.arrival != new.arrival),
            ("isSuperPackage", old.is_super_package != new.is_super_package),
            ("transferIncluded", old.transfer_included != new.transfer_included),
            ("whatsIncluded", old.whats_included != new.whats_included),
            ("internalNotes", before.internal_notes != after.internal_notes),
            ("validUntil", before.times.valid_until != after.times.valid_until),
            ("currency", before.currency != after.currency),
            ("linkedPackage", before.package != after.package),
            ("basePrice", old_basis.base != new_basis.base),
            ("customTotal", old_basis.custom_total != new_basis.custom_total),
            ("selectedEvents", before.selection != after.selection),
        ];
        self.fields =
            differs.iter().filter(|(_, differs)| *differs).map(|(field, _)| *field).collect();
        if before.total != after.total {
            self.total = after.total.map(|total| (before.total, total));
        }
    }
}

impl EventMove {
    fn to_document(&self) -> Document {
        doc! {
            "action": self.moved.as_str(),
            "eventId": self.event,
            "eventName": &self.name,
            "totalBefore": self.total_before.map_or(Bson::Null, Money::to_bson),
            "totalAfter": self.total_after.to_bson(),
        }
    }
}
