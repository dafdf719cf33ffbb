//! The document of a new quote.

use bson::{Bson, Document, doc};

use super::{
    entries::{date, history, selection},
    linked_package::{count, whole},
};
use crate::{money::Money, quote::Quote};

/// The whole document, in the fields and types of the old application, and in their order; ours come
/// after. `customTotal` is always there: null says that nobody typed a total.
pub fn create(quote: &Quote) -> Document {
    let mut document = doc! { "_id": quote.id.as_bson().clone(), "enquiryId": quote.enquiry };
    trip(quote, &mut document);
    price(quote, &mut document);
    state(quote, &mut document);
    document
}

/// An optional field is left out when it is empty.
fn insert(document: &mut Document, key: &str, value: impl Into<Bson>) {
    match value.into() {
        Bson::Null => {}
        value => {
            document.insert(key, value);
        }
    }
}

fn trip(quote: &Quote, document: &mut Document) {
    let trip = &quote.trip;
    insert(document, "title", trip.title.clone());
    insert(document, "destination", trip.destination.clone());
    insert(document, "leadName", trip.lead_name.clone());
    insert(document, "hotelName", trip.hotel_name.clone());
    insert(document, "numberOfPeople", trip.people.map(count));
    insert(document, "numberOfRooms", trip.rooms.map(count));
    insert(document, "numberOfNights", trip.nights.map(count));
    insert(document, "arrivalDate", date(trip.arrival));
    insert(document, "isSuperPackage", trip.is_super_package);
    insert(document, "whatsIncluded", trip.whats_included.clone());
    insert(document, "transferIncluded", trip.transfer_included);
    insert(document, "activitiesIncluded", quote.activities_included.clone());
    let selected = quote.selection.iter().map(|entry| Bson::from(selection(entry)));
    document.insert("selectedEvents", selected.collect::<Vec<_>>());
}

fn price(quote: &Quote, document: &mut Document) {
    insert(document, "totalPrice", quote.total.map(Money::to_bson));
    insert(document, "basePrice", quote.base.map(Money::to_bson));
    insert(document, "eventsTotal", quote.events_total.map(Money::to_bson));
    document.insert("customTotal", quote.custom_total.map(Money::to_bson));
    insert(document, "currency", quote.currency.code());
}

fn state(quote: &Quote, document: &mut Document) {
    let times = &quote.times;
    insert(document, "version", count(quote.version));
    insert(document, "status", quote.status.as_str());
    insert(document, "createdBy", quote.created_by);
    insert(document, "emailSent", quote.email.sent);
    insert(document, "emailDeliveryStatus", quote.email.delivery.clone());
    insert(document, "internalNotes", quote.internal_notes.clone());
    insert(document, "linkedPackage", whole(quote.package.as_ref()));
    let moves = quote.history.iter().map(|entry| Bson::from(history(entry)));
    document.insert("priceHistory", moves.collect::<Vec<_>>());
    insert(document, "createdAt", date(times.created));
    insert(document, "updatedAt", date(times.updated));
    insert(document, "__v", 0);
    insert(document, "reference", quote.reference.as_str());
    insert(document, "validUntil", date(times.valid_until));
    if let Some(run) = &quote.made_by_run {
        document.insert("madeBy", doc! { "causewayRun": run });
    }
}
