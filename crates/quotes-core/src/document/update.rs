//! What to change in a stored document so that it says what the quote says now, and nothing else.

mod lists;

use bson::{Bson, Document, RawBsonRef, RawDocument, doc};
use jiff::Timestamp;

use super::{
    entries::date,
    linked_package::{self, count},
};
use crate::{
    money::Money,
    quote::{Email, Quote, Times, Trip},
};

/// The parts of an update.
struct Update<'a> {
    document: &'a RawDocument,
    set: Document,
    unset: Document,
    push: Document,
    /// Entries of lists were changed in their places: a program of the old application that holds the
    /// document in its memory must not write to places that are others' now.
    places_moved: Option<PlacesMoved>,
}

#[derive(Clone, Copy)]
struct PlacesMoved;

/// The update that makes `document`, which was read as `before`, say `after`; empty when there is
/// nothing to do.
///
/// Only what differs is touched. Fields that nobody knows stay, in entries of lists too, and so do odd
/// values that were not changed. A list that is none, such as a text in `priceHistory`, is moved to a
/// field of its own when entries have to be added: `priceHistoryReplaced`, or the first such name
/// with a number that is free.
pub fn update(document: &RawDocument, before: &Quote, after: &Quote) -> Document {
    let mut update = Update {
        document,
        set: Document::new(),
        unset: Document::new(),
        push: Document::new(),
        places_moved: None,
    };
    update.trip(&before.trip, &after.trip);
    update.price(before, after);
    update.package(before, after);
    update.selection(before, after);
    update.history(before, after);
    update.email(&before.email, &after.email);
    update.state(before, after);
    update.times(&before.times, &after.times);
    update.finish()
}

impl Update<'_> {
    /// Sets what differs, and unsets what is empty now.
    fn field<T: PartialEq>(
        &mut self,
        key: &str,
        (before, after): (&T, &T),
        to_bson: impl FnOnce(&T) -> Bson,
    ) {
        if before == after {
            return;
        }
        match to_bson(after) {
            Bson::Null => self.unset.insert(key, ""),
            value => self.set.insert(key, value),
        };
    }

    fn text(&mut self, key: &str, texts: (&Option<String>, &Option<String>)) {
        self.field(key, texts, |text| text.clone().into());
    }

    fn moment(&mut self, key: &str, before: Option<Timestamp>, after: Option<Timestamp>) {
        self.field(key, (&before, &after), |moment| date(*moment));
    }

    fn trip(&mut self, before: &Trip, after: &Trip) {
        let whole = |number: &Option<u32>| number.map_or(Bson::Null, count);
        let flag = |flag: &bool| Bson::Boolean(*flag);
        self.text("title", (&before.title, &after.title));
        self.text("destination", (&before.destination, &after.destination));
        self.text("leadName", (&before.lead_name, &after.lead_name));
        self.text("hotelName", (&before.hotel_name, &after.hotel_name));
        self.text("whatsIncluded", (&before.whats_included, &after.whats_included));
        self.field("numberOfPeople", (&before.people, &after.people), whole);
        self.field("numberOfRooms", (&before.rooms, &after.rooms), whole);
        self.field("numberOfNights", (&before.nights, &after.nights), whole);
        self.moment("arrivalDate", before.arrival, after.arrival);
        self.field("isSuperPackage", (&before.is_super_package, &after.is_super_package), flag);
        self.field("transferIncluded", (&before.transfer_included, &after.transfer_included), flag);
    }

    fn price(&mut self, before: &Quote, after: &Quote) {
        let money = |money: &Option<Money>| money.map_or(Bson::Null, Money::to_bson);
        self.field("currency", (&before.currency, &after.currency), |currency| {
            currency.code().into()
        });
        self.field("totalPrice", (&before.total, &after.total), money);
        self.field("basePrice", (&before.base, &after.base), money);
        self.field("eventsTotal", (&before.events_total, &after.events_total), money);
        if before.custom_total != after.custom_total {
            self.set.insert("customTotal", after.custom_total.map(Money::to_bson));
        }
    }

    fn package(&mut self, before: &Quote, after: &Quote) {
        if before.package == after.package {
            return;
        }
        let package = after.package.as_ref();
        match self.document.get("linkedPackage") {
            Ok(Some(RawBsonRef::Document(_))) => {
                let (set, unset) = linked_package::changes(package);
                self.set.extend(set);
                self.unset.extend(unset.into_iter().map(|path| (path, "".into())));
            }
            _ => {
                self.set.insert("linkedPackage", linked_package::whole(package));
            }
        }
    }

    fn email(&mut self, before: &Email, after: &Email) {
        self.field("emailSent", (&before.sent, &after.sent), |sent| Bson::Boolean(*sent));
        self.moment("emailSentAt", before.sent_at, after.sent_at);
        self.text("emailDeliveryStatus", (&before.delivery, &after.delivery));
        self.text("emailMessageId", (&before.message_id, &after.message_id));
    }

    fn state(&mut self, before: &Quote, after: &Quote) {
        self.field("enquiryId", (&before.enquiry, &after.enquiry), |id| (*id).into());
        self.text("internalNotes", (&before.internal_notes, &after.internal_notes));
        self.field("version", (&before.version, &after.version), |version| count(*version));
        self.field("status", (&before.status, &after.status), |status| status.as_str().into());
    }

    fn times(&mut self, before: &Times, after: &Times) {
        self.moment("validUntil", before.valid_until, after.valid_until);
        self.moment("acceptedAt", before.accepted, after.accepted);
        self.moment("bookedAt", before.booked, after.booked);
        self.moment("deletedAt", before.deleted, after.deleted);
        self.field("deletedBy", (&before.deleted_by, &after.deleted_by), |id| (*id).into());
        self.moment("updatedAt", before.updated, after.updated);
    }

    fn finish(self) -> Document {
        let mut update = Document::new();
        let parts = [("$set", self.set), ("$unset", self.unset), ("$push", self.push)];
        for (operator, fields) in parts {
            if !fields.is_empty() {
                update.insert(operator, fields);
            }
        }
        let counts = match self.document.get("__v") {
            Ok(version) => version.is_none_or(is_number),
            Err(_) => false,
        };
        if self.places_moved.is_some() && counts {
            update.insert("$inc", doc! { "__v": 1 });
        }
        update
    }
}

fn is_number(value: RawBsonRef<'_>) -> bool {
    matches!(value, RawBsonRef::Int32(_) | RawBsonRef::Int64(_) | RawBsonRef::Double(_))
}
