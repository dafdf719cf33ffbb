//! Reading a quote: it never fails.

use bson::{Bson, RawBsonRef, RawDocument};

use super::{
    BookingInterest, Email, Quote, QuoteId, Reference, Times, Trip, history, linked_package,
    selection,
};
use crate::{
    life::Status,
    money::{Currency, Money},
    reading::{Fields, describe},
};

/// More people, rooms or nights than this is no count but a mistake.
const COUNT_MAX: u32 = 10_000;

/// What every document of the model has.
const REQUIRED: [&str; 12] = [
    "enquiryId",
    "leadName",
    "hotelName",
    "numberOfPeople",
    "numberOfRooms",
    "numberOfNights",
    "arrivalDate",
    "whatsIncluded",
    "totalPrice",
    "version",
    "status",
    "createdBy",
];

impl Quote {
    /// Reads any document. What can't be read is `None` and marked; nothing fails.
    pub fn read(document: &RawDocument) -> Self {
        let mut marks = Vec::new();
        let mut quote = read(&mut Fields::of(document, &mut marks));
        quote.marks = marks;
        quote
    }
}

fn read(fields: &mut Fields<'_, '_>) -> Quote {
    fields.expect(&REQUIRED);
    let id = id(fields);
    let currency = currency(fields);
    Quote {
        reference: Reference::of(&id),
        id,
        enquiry: fields.object_id("enquiryId"),
        trip: trip(fields),
        activities_included: activities(fields),
        internal_notes: fields.text("internalNotes"),
        selection: selection::read(fields, currency),
        total: money(fields, "totalPrice", currency),
        base: money(fields, "basePrice", currency),
        events_total: money(fields, "eventsTotal", currency),
        custom_total: money(fields, "customTotal", currency),
        currency,
        package: linked_package::read(fields, currency),
        history: history::read(fields, currency),
        version: fields.whole("version", u32::MAX).unwrap_or(1),
        status: fields.text("status").map_or(Status::Draft, |word| Status::parse(&word)),
        created_by: fields.object_id("createdBy"),
        email: email(fields),
        booking_interest: booking_interest(fields),
        made_by_run: fields.inside("madeBy").and_then(|mut by| by.text("causewayRun")),
        times: times(fields),
        marks: Vec::new(),
    }
}

fn id(fields: &mut Fields<'_, '_>) -> QuoteId {
    let id = fields.any("_id").and_then(|id| Bson::try_from(id).ok());
    if id.is_none() {
        fields.mark("_id");
    }
    id.unwrap_or(Bson::Null).into()
}

fn currency(fields: &mut Fields<'_, '_>) -> Currency {
    fields.expect(&["currency"]);
    let Some(code) = fields.text("currency") else { return Currency::GBP };
    code.parse().unwrap_or_else(|_| {
        fields.mark_found("currency", "no currency");
        Currency::GBP
    })
}

fn money(fields: &mut Fields<'_, '_>, key: &str, currency: Currency) -> Option<Money> {
    let amount = fields.decimal(key)?;
    let money = Money::from_decimal(amount, currency);
    if money.is_none_or(|money| money.decimal() != amount) {
        fields.mark_found(key, "a number with more digits than money has");
    }
    money
}

fn trip(fields: &mut Fields<'_, '_>) -> Trip {
    Trip {
        title: fields.text("title"),
        destination: fields.text("destination"),
        lead_name: fields.text("leadName"),
        hotel_name: fields.text("hotelName"),
        people: fields.whole("numberOfPeople", COUNT_MAX),
        rooms: fields.whole("numberOfRooms", COUNT_MAX),
        nights: fields.whole("numberOfNights", COUNT_MAX),
        arrival: fields.date("arrivalDate"),
        is_super_package: fields.flag("isSuperPackage"),
        transfer_included: fields.flag("transferIncluded"),
        whats_included: fields.text("whatsIncluded"),
    }
}

/// Lists of texts are lines of one; whatever else is no text is marked.
fn activities(fields: &mut Fields<'_, '_>) -> Option<String> {
    let key = "activitiesIncluded";
    let Some(RawBsonRef::Array(array)) = fields.get(key) else { return fields.text(key) };
    fields.mark_found(key, describe(RawBsonRef::Array(array)));
    let lines = array.into_iter().flatten().filter_map(RawBsonRef::as_str);
    Some(lines.collect::<Vec<_>>().join("\n"))
}

fn email(fields: &mut Fields<'_, '_>) -> Email {
    Email {
        sent: fields.flag("emailSent"),
        sent_at: fields.date("emailSentAt"),
        delivery: fields.text("emailDeliveryStatus"),
        message_id: fields.text("emailMessageId"),
    }
}

fn booking_interest(fields: &mut Fields<'_, '_>) -> Option<BookingInterest> {
    let mut fields = fields.inside("bookingInterest")?;
    fields.flag("expressed").then(|| BookingInterest {
        expressed_at: fields.date("expressedAt"),
        contact_email: fields.text("contactEmail"),
        contact_phone: fields.text("contactPhone"),
        urgency: fields.text("bookingUrgency"),
        requests: fields.text("additionalRequests"),
    })
}

fn times(fields: &mut Fields<'_, '_>) -> Times {
    Times {
        created: fields.date("createdAt"),
        updated: fields.date("updatedAt"),
        valid_until: fields.date("validUntil"),
        accepted: fields.date("acceptedAt"),
        booked: fields.date("bookedAt"),
        deleted: fields.date("deletedAt"),
        deleted_by: fields.object_id("deletedBy"),
    }
}
