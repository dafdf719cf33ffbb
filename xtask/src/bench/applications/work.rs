//! What both applications are asked: the same requests, over quotes of the whole collection.

use anyhow::{Context as _, Result, ensure};
use bson::{Bson, Document, doc, oid::ObjectId};
use futures_util::TryStreamExt as _;
use jiff::{ToSpan as _, Zoned};
use mongodb::Database;
use reqwest::Method;
use serde_json::{Value, json};

/// So many quotes are read, one after another.
const QUOTES: i32 = 10_000;
/// So many different bodies are sent.
const BODIES: usize = 2_000;
const EVENTS_PRICED: usize = 3;
const EVENTS_ON_A_QUOTE: usize = 2;
const PATH: &str = "/api/admin/quotes";

/// One request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    /// Empty when there is none.
    pub(super) body: String,
}

/// Requests of one kind.
#[derive(Debug)]
pub(crate) struct Requests {
    pub(super) what: &'static str,
    pub(super) all: Vec<Request>,
}

/// All requests of each kind.
#[derive(Debug)]
pub(crate) struct Work {
    /// Any quote by its id.
    pub(super) read: Requests,
    pub(super) read_without_events: Requests,
    pub(super) read_with_events: Requests,
    /// What events cost for a group.
    pub(super) calculate: Requests,
    pub(super) create_without_events: Requests,
    pub(super) create_with_events: Requests,
}

impl Work {
    /// Chosen by chance from what is there.
    pub(super) async fn choose(database: &Database) -> Result<Self> {
        let events = events(database).await?;
        let enquiries = newest_enquiries(database).await?;
        let sound = doc! { "_id": { "$type": "objectId" }, "totalPrice": { "$type": "number" } };
        let with = |more: Document| sound.clone().into_iter().chain(more).collect::<Document>();
        let without_events = doc! { "selectedEvents.0": { "$exists": false } };
        let with_events = doc! { "selectedEvents.0.eventId": { "$type": "objectId" } };
        let read =
            async |what, filter| anyhow::Ok(Requests { what, all: reads(database, filter).await? });
        let make = |what, events: &[ObjectId]| {
            let all = (0..BODIES).map(|n| creation(n, &enquiries, events)).collect();
            Requests { what, all }
        };
        Ok(Self {
            read: read("quotes read", sound.clone()).await?,
            read_without_events: read("quotes without events read", with(without_events)).await?,
            read_with_events: read("quotes with events read", with(with_events)).await?,
            calculate: Requests {
                what: "events priced",
                all: (0..BODIES).map(|n| calculation(n, &events)).collect(),
            },
            create_without_events: make("quotes without events made", &[]),
            create_with_events: make("quotes with events made", &events),
        })
    }
}

/// Ids of events that have a price and can be chosen.
async fn events(database: &Database) -> Result<Vec<ObjectId>> {
    let priced = doc! { "isActive": true, "pricing.estimatedCost": { "$type": "number" } };
    let events = ids(database, "events", priced, 100).await?;
    ensure!(events.len() > EVENTS_PRICED, "there are too few events with a price");
    Ok(events)
}

/// What people answer came lately: its quotes lie together in the indexes.
async fn newest_enquiries(database: &Database) -> Result<Vec<ObjectId>> {
    let enquiries = database.collection::<Document>("enquiries");
    let find = enquiries.find(doc! {}).sort(doc! { "_id": -1 }).limit(BODIES.try_into()?);
    let find = find.projection(doc! { "_id": 1 }).await.context("find enquiries")?;
    let found: Vec<Document> = find.try_collect().await.context("read enquiries")?;
    ensure!(!found.is_empty(), "there are no enquiries");
    found.iter().map(|it| it.get_object_id("_id").context("read an enquiry's id")).collect()
}

async fn reads(database: &Database, filter: Document) -> Result<Vec<Request>> {
    let quotes = ids(database, "quotes", filter, QUOTES).await?;
    let read = |id: &ObjectId| Request {
        method: Method::GET,
        path: format!("{PATH}/{id}"),
        body: String::new(),
    };
    Ok(quotes.iter().map(read).collect())
}

async fn ids(
    database: &Database,
    collection: &str,
    filter: Document,
    count: i32,
) -> Result<Vec<ObjectId>> {
    let choosing = || format!("choose from {collection}");
    let pipeline = [
        doc! { "$match": filter },
        doc! { "$sample": { "size": count } },
        doc! { "$project": { "_id": 1 } },
    ];
    let found = database.collection::<Document>(collection).aggregate(pipeline).await;
    let found: Vec<Document> = found.with_context(choosing)?.try_collect().await?;
    ensure!(!found.is_empty(), "there is nothing to choose from in {collection}");
    let id = |mut document: Document| match document.remove("_id") {
        Some(Bson::ObjectId(id)) => Some(id),
        _ => None,
    };
    Ok(found.into_iter().filter_map(id).collect())
}

/// `count` different ones, others for each `n`.
fn some(events: &[ObjectId], n: usize, count: usize) -> impl Iterator<Item = String> {
    events
        .iter()
        .cycle()
        .skip(n % events.len().max(1))
        .take(count.min(events.len()))
        .map(|id| id.to_hex())
}

fn calculation(n: usize, events: &[ObjectId]) -> Request {
    let body = json!({
        "eventIds": some(events, n, EVENTS_PRICED).collect::<Vec<_>>(),
        "numberOfPeople": 4 + n % 20,
        "perPerson": n.is_multiple_of(2),
        "currency": "GBP",
        "basePrice": 1_000 + n % 900,
    });
    let path = format!("{PATH}/calculate-events-price");
    Request { method: Method::POST, path, body: body.to_string() }
}

fn creation(n: usize, enquiries: &[ObjectId], events: &[ObjectId]) -> Request {
    let selected: Vec<Value> = some(events, n, EVENTS_ON_A_QUOTE)
        .map(|id| json!({ "eventId": id, "pricePerPerson": n.is_multiple_of(2) }))
        .collect();
    let arrival = Zoned::now().saturating_add(200.days()).strftime("%Y-%m-%d").to_string();
    let body = json!({
        "enquiryId": enquiries[n % enquiries.len()].to_hex(),
        "title": "A weekend in Prague",
        "destination": "Prague",
        "leadName": format!("Lead {n}"),
        "hotelName": "Hotel Central",
        "numberOfPeople": 4 + n % 20,
        "numberOfRooms": 2 + n % 10,
        "numberOfNights": 1 + n % 5,
        "arrivalDate": arrival,
        "whatsIncluded": "Two nights with breakfast, transfer from the airport.",
        "transferIncluded": true,
        "currency": "GBP",
        "basePrice": 1_000 + n % 900,
        "selectedEvents": selected,
    });
    Request { method: Method::POST, path: PATH.to_owned(), body: body.to_string() }
}
