//! What is read of a quote for a list: enough to show it and to count what is wrong with it.

use bson::{Document, doc};

/// Under this name comes the key under which a document was found. No document has such a field.
pub(super) const KEY: &str = "_listKey";
/// Some quotes have thousands of entries.
const HISTORY_MAX: i32 = 20;
const EVENTS_MAX: i32 = 100;

/// What the application knows of a quote. Whatever else a document holds costs a list nothing.
const FIELDS: [&str; 36] = [
    "enquiryId",
    "reference",
    "title",
    "destination",
    "leadName",
    "hotelName",
    "numberOfPeople",
    "numberOfRooms",
    "numberOfNights",
    "arrivalDate",
    "isSuperPackage",
    "transferIncluded",
    "whatsIncluded",
    "activitiesIncluded",
    "totalPrice",
    "basePrice",
    "eventsTotal",
    "customTotal",
    "currency",
    "linkedPackage",
    "version",
    "status",
    "createdBy",
    "emailSent",
    "emailSentAt",
    "emailDeliveryStatus",
    "emailMessageId",
    "internalNotes",
    "bookingInterest",
    "validUntil",
    "acceptedAt",
    "bookedAt",
    "deletedAt",
    "deletedBy",
    "createdAt",
    "updatedAt",
];

/// As MongoDB takes it.
pub(super) fn projection() -> Document {
    let mut projection: Document =
        FIELDS.iter().map(|field| ((*field).to_owned(), 1.into())).collect();
    projection.insert("madeBy.causewayRun", 1);
    projection.insert("priceHistory", doc! { "$slice": HISTORY_MAX });
    projection.insert("selectedEvents", doc! { "$slice": EVENTS_MAX });
    projection
}

/// The same, with the key.
pub(super) fn projection_with_key() -> Document {
    let mut projection = projection();
    projection.insert(KEY, doc! { "$meta": "indexKey" });
    projection
}
