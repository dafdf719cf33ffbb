//! Quotes, by the rules of any other quote; every third was sent once.

use anyhow::{Context as _, Result, anyhow};
use bson::{
    Binary, Bson, DateTime, Document, RawDocumentBuf, doc, oid::ObjectId, spec::BinarySubtype,
};
use jiff::{Timestamp, ToSpan as _};
use quotes_core::{
    changes::{Changes, Context, Identity},
    document,
    event::{Catalogue, CatalogueEvent},
};
use serde_json::{Map, Value, json};

use super::{Sample, pick};

const QUOTES_PER_ENQUIRY: usize = 2;
const HOTELS: [&str; 5] =
    ["Hotel Central", "Riverside Rooms", "The Old Mill", "Grand Plaza", "City Hostel"];
const SENT_EVERY: usize = 3;
const EVENTS_MAX: usize = 4;

/// What was made.
pub(super) struct Quotes {
    /// The quotes.
    pub(super) documents: Vec<Document>,
    /// Those that were sent, as they were then.
    pub(super) versions: Vec<Document>,
}

/// Some for each enquiry, which get to know of them.
pub(super) fn quotes(
    sample: Sample,
    enquiries: &mut [Document],
    events: &[Document],
) -> Result<Quotes> {
    let mut made = Quotes { documents: Vec::new(), versions: Vec::new() };
    let catalogue = catalogue(events)?;
    for enquiry in enquiries {
        let mut ids = Vec::new();
        let created = moment(enquiry, "createdAt")?;
        for _ in 0..QUOTES_PER_ENQUIRY {
            let number = made.documents.len();
            let sent = sent(enquiry, number, events)?;
            let mut quote = quote(sample, (created, &catalogue), &sent)?;
            if number.is_multiple_of(SENT_EVERY) {
                made.versions.push(send(sample, &mut quote, enquiry)?);
            }
            ids.extend(quote.get("_id").cloned());
            made.documents.push(quote);
        }
        let count = i32::try_from(ids.len()).unwrap_or(i32::MAX);
        enquiry.extend(doc! {
            "quotes": ids, "hasQuotes": true, "quotesCount": count,
            "latestQuoteDate": DateTime::from_jiff(created),
        });
    }
    Ok(made)
}

fn catalogue(events: &[Document]) -> Result<Catalogue> {
    let read = |event: &Document| {
        let raw = RawDocumentBuf::try_from(event).context("encode an event")?;
        Ok(CatalogueEvent::read(&raw))
    };
    events.iter().map(read).collect()
}

/// What somebody would send who answers the enquiry.
fn sent(enquiry: &Document, number: usize, events: &[Document]) -> Result<Map<String, Value>> {
    let (people, nights) = (enquiry.get_i32("numberOfGuests")?, enquiry.get_i32("numberOfNights")?);
    let destination = enquiry.get_str("firstChoiceDestination")?;
    let offered = events.iter().filter(|event| {
        let destinations = event.get_array("destinations");
        let here = destinations.is_ok_and(|all| all.contains(&Bson::from(destination)));
        here && event.contains_key("pricing")
    });
    let chosen: Vec<Value> = offered
        .take(number % (EVENTS_MAX + 1))
        .filter_map(|event| event.get_object_id("_id").ok())
        .enumerate()
        .map(|(place, id)| json!({ "eventId": id.to_hex(), "pricePerPerson": place != 1 }))
        .collect();
    let arrival = moment(enquiry, "travelDate")?;
    let sent = json!({
        "enquiryId": enquiry.get_object_id("_id")?.to_hex(),
        "title": format!("{destination}, {nights} nights"),
        "destination": destination,
        "leadName": enquiry.get_str("leadName")?,
        "hotelName": pick(&HOTELS, number),
        "numberOfPeople": people,
        "numberOfRooms": (people + 1) / 2,
        "numberOfNights": nights,
        "arrivalDate": arrival.to_string(),
        "transferIncluded": number.is_multiple_of(2),
        "whatsIncluded": "Rooms with breakfast\nA rep on the phone day and night",
        "basePrice": people * (45 + 20 * nights),
        "currency": "GBP",
        "selectedEvents": chosen,
    });
    match sent {
        Value::Object(sent) => Ok(sent),
        other => Err(anyhow!("no object: {other}")),
    }
}

fn quote(
    sample: Sample,
    (now, catalogue): (Timestamp, &Catalogue),
    sent: &Map<String, Value>,
) -> Result<Document> {
    let identity = Identity { id: ObjectId::new(), made_by_run: None };
    let context =
        Context { now, user: sample.author, catalogue, package: None, fresh_id: &ObjectId::new };
    let edited = Changes::parse(sent)
        .create(identity, &context)
        .map_err(|problems| anyhow!("a quote of the sample has problems: {problems:?}"))?;
    Ok(document::create(&edited.quote))
}

/// Marks a quote as sent a day after it was made, and returns what is kept of the version.
fn send(sample: Sample, quote: &mut Document, enquiry: &Document) -> Result<Document> {
    let at = DateTime::from_jiff(moment(quote, "createdAt")? + 1.hours());
    quote.extend(doc! {
        "status": "sent", "emailSent": true, "emailSentAt": at, "emailDeliveryStatus": "delivered",
        "updatedAt": at,
    });
    let raw = RawDocumentBuf::try_from(&*quote).context("encode a quote")?;
    let raw = Binary { subtype: BinarySubtype::Generic, bytes: raw.into_bytes() };
    let sent = doc! { "at": at, "by": sample.author, "to": enquiry.get_str("agentEmail")? };
    Ok(doc! {
        "quoteId": quote.get("_id").cloned(), "version": 1, "raw": raw, "createdAt": at,
        "sent": [sent],
    })
}

fn moment(document: &Document, field: &str) -> Result<Timestamp> {
    Ok(document.get_datetime(field).with_context(|| format!("read {field}"))?.to_jiff())
}
