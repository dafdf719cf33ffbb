//! What people do once the application knows events: they choose some for their quotes, and edit them.

use anyhow::{Context as _, Result, ensure};
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt as _;
use mongodb::{Collection, Database};
use reqwest::Method;
use serde_json::json;

use super::shop;
use crate::http::Client;

const PATH: &str = "/api/admin/quotes";

/// The most quotes to choose from.
const LACKING_MAX: i64 = 2_000;

/// Quotes that lack the field before 010: what people enter there since is what a rollback takes away.
pub(super) async fn lacking_the_field(database: &Database) -> Result<Vec<Bson>> {
    let filter = doc! { "selectedEvents": { "$exists": false }, "_id": { "$type": "objectId" } };
    ids(&quotes(database), filter, LACKING_MAX).await
}

/// Adds an event to `count` of these quotes, to such as have none. Returns their ids.
pub(super) async fn add_events(
    database: &Database,
    people: &Client,
    (lacking, count): (&[Bson], i64),
) -> Result<Vec<Bson>> {
    let ids = without_events(&quotes(database), lacking, count).await?;
    let event = shop::priced_event(people).await?;
    let body = json!({ "eventId": event, "pricePerPerson": false }).to_string();
    for id in &ids {
        let path = format!("{PATH}/{}/events", text(id));
        let added = people.ask(Method::POST, &path, Some(&body)).await?.data();
        added.with_context(|| format!("add an event to quote {id}"))?;
    }
    Ok(ids)
}

/// Quotes that a person would work on: in pounds, with a history, none of the ugly ones.
async fn without_events(
    quotes: &Collection<Document>,
    lacking: &[Bson],
    count: i64,
) -> Result<Vec<Bson>> {
    let filter = doc! {
        "selectedEvents": [], "currency": "GBP", "status": "draft",
        "priceHistory.reason": "recalculation", "numberOfPeople": { "$type": "int" },
        "totalPrice": { "$lt": 100_000 }, "_id": { "$in": lacking },
    };
    let found = ids(quotes, filter, count).await?;
    ensure!(i64::try_from(found.len()) == Ok(count), "only {} quotes fit", found.len());
    Ok(found)
}

/// The first `count` that fit, by `_id`.
async fn ids(quotes: &Collection<Document>, filter: Document, count: i64) -> Result<Vec<Bson>> {
    let found = quotes
        .find(filter)
        .projection(doc! { "_id": 1 })
        .sort(doc! { "_id": 1 })
        .limit(count)
        .await
        .context("look for quotes")?;
    let found: Vec<Document> = found.try_collect().await.context("look for quotes")?;
    Ok(found.into_iter().filter_map(|mut quote| quote.remove("_id")).collect())
}

/// Somebody edits these quotes.
pub(super) async fn edit(people: &Client, ids: &[Bson]) -> Result<()> {
    for id in ids {
        let path = format!("{PATH}/{}", text(id));
        let edited =
            people.ask(Method::PUT, &path, Some(r#"{"internalNotes": "called back"}"#)).await?;
        edited.data().with_context(|| format!("edit quote {id}"))?;
    }
    Ok(())
}

/// How many of these quotes hold a selected event.
pub(super) async fn with_events(database: &Database, ids: &[Bson]) -> Result<u64> {
    let filter = doc! { "_id": { "$in": ids }, "selectedEvents.0": { "$exists": true } };
    quotes(database).count_documents(filter).await.context("count quotes with events")
}

fn quotes(database: &Database) -> Collection<Document> {
    database.collection("quotes")
}

fn text(id: &Bson) -> String {
    id.as_object_id().map_or_else(|| id.to_string(), |id| id.to_hex())
}
