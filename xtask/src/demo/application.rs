//! The new application: people choose events for their quotes, and edit them.

use anyhow::{Context as _, Result, ensure};
use bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use futures_util::TryStreamExt as _;
use mongodb::{Collection, Database, options::WriteConcern};

const UNIT_PRICE: i32 = 50;

/// Adds an event to `count` quotes that have none, as the new application does: the selection, the
/// price, the history with the reason that 010 allows. Returns their ids.
pub(super) async fn add_events(database: &Database, count: i64) -> Result<Vec<Bson>> {
    let quotes = quotes(database);
    let ids = without_events(&quotes, count).await?;
    let event = database
        .collection::<Document>("events")
        .find_one(doc! { "isActive": true })
        .await
        .context("choose an event")?
        .context("there is no event to be chosen")?;
    for id in &ids {
        let update = selection(&event)?;
        let done = quotes.update_one(doc! { "_id": id }, update).await;
        let done = done.with_context(|| format!("add an event to quote {id}"))?;
        ensure!(done.modified_count == 1, "quote {id} is gone");
    }
    Ok(ids)
}

/// Quotes that a person would work on: in pounds, with a history, none of the ugly ones.
async fn without_events(quotes: &Collection<Document>, count: i64) -> Result<Vec<Bson>> {
    let found = quotes
        .find(doc! {
            "selectedEvents": [], "currency": "GBP", "status": "draft",
            "priceHistory.reason": "recalculation", "numberOfPeople": { "$type": "int" },
            "totalPrice": { "$lt": 100_000 },
        })
        .projection(doc! { "_id": 1 })
        .sort(doc! { "_id": 1 })
        .limit(count)
        .await
        .context("look for quotes without events")?;
    let found: Vec<Document> = found.try_collect().await.context("look for quotes")?;
    ensure!(i64::try_from(found.len()) == Ok(count), "only {} quotes fit", found.len());
    Ok(found.into_iter().filter_map(|mut quote| quote.remove("_id")).collect())
}

fn selection(event: &Document) -> Result<Document> {
    let selected = doc! {
        "_id": ObjectId::new(),
        "eventId": event.get_object_id("_id").context("read the event's id")?,
        "eventName": event.get_str("name").context("read the event's name")?,
        "eventPrice": UNIT_PRICE,
        "eventCurrency": "GBP",
        "pricePerPerson": false,
        "addedAt": DateTime::now(),
    };
    let entry = doc! {
        "_id": ObjectId::new(), "price": UNIT_PRICE, "reason": "event_added",
        "timestamp": DateTime::now(),
    };
    Ok(doc! {
        "$push": { "selectedEvents": selected, "priceHistory": entry },
        "$inc": { "totalPrice": UNIT_PRICE, "__v": 1 },
        "$set": { "updatedAt": DateTime::now() },
    })
}

/// Somebody edits these quotes.
pub(super) async fn edit(database: &Database, ids: &[Bson]) -> Result<()> {
    let changes = doc! { "internalNotes": "called back", "updatedAt": DateTime::now() };
    let done = quotes(database)
        .update_many(doc! { "_id": { "$in": ids } }, doc! { "$set": changes })
        .await
        .context("edit quotes")?;
    ensure!(done.matched_count == ids.len() as u64, "{} quotes were edited", done.matched_count);
    Ok(())
}

/// How many of these quotes hold a selected event.
pub(super) async fn with_events(database: &Database, ids: &[Bson]) -> Result<u64> {
    let filter = doc! { "_id": { "$in": ids }, "selectedEvents.0": { "$exists": true } };
    quotes(database).count_documents(filter).await.context("count quotes with events")
}

fn quotes(database: &Database) -> Collection<Document> {
    let majority = mongodb::options::CollectionOptions::builder()
        .write_concern(WriteConcern::majority())
        .build();
    database.collection_with_options("quotes", majority)
}
