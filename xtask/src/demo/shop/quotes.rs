//! Quotes with events: made, edited, priced, written as an e-mail.

use anyhow::{Context as _, Result};
use bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use futures_util::TryStreamExt as _;
use mongodb::{Collection, Database};
use serde_json::{Value, json};

use super::http::{Answer, Request};

/// What an event of the demo costs each person, in pounds.
const EVENT_PRICE: i32 = 50;

/// The quotes, as the code that is deployed knows them.
pub(super) struct Quotes<'a> {
    pub(super) database: &'a Database,
    /// Whether that is the new code.
    pub(super) knows_events: bool,
}

impl Quotes<'_> {
    pub(super) async fn events(&self) -> Result<Answer> {
        let events = self.database.collection::<Document>("events");
        let found = events.find(doc! { "isActive": true }).limit(5).await.context("list events")?;
        let found: Vec<Document> = found.try_collect().await.context("list events")?;
        let named = |event: &Document| {
            let id = event.get_object_id("_id").map(ObjectId::to_hex).unwrap_or_default();
            json!({ "_id": id, "name": event.get_str("name").unwrap_or_default() })
        };
        Ok(told(200, json!(found.iter().map(named).collect::<Vec<Value>>())))
    }

    pub(super) async fn list(&self) -> Result<Answer> {
        let found = self.quotes().find(doc! {}).limit(20).await.context("list quotes")?;
        let found: Vec<Document> = found.try_collect().await.context("list quotes")?;
        Ok(told(200, json!({ "count": found.len() })))
    }

    /// Makes a quote from what was sent, like one that is there.
    pub(super) async fn create(&self, request: &Request) -> Result<Answer> {
        let sent = request.json()?;
        let pattern = doc! { "currency": "GBP", "status": "draft", "numberOfPeople": { "$type": "int" },
        "totalPrice": { "$type": ["int", "double"] }, "priceHistory.reason": "recalculation" };
        let like = self.quotes().find_one(pattern).await.context("look for a quote")?;
        let mut quote = like.context("there is no quote to be like")?;
        let id = ObjectId::new();
        quote.insert("_id", id);
        let lead = sent["leadName"].as_str().unwrap_or("Walk-in");
        quote.insert("leadName", lead.chars().take(100).collect::<String>());
        let people = whole(&sent["numberOfPeople"]).unwrap_or(10);
        quote.insert("numberOfPeople", people);
        quote.insert("createdAt", DateTime::now());
        if let Some(run) = request.header("x-causeway-run") {
            quote.insert("internalNotes", format!("smoke check of {run}; no mail"));
        }
        quote.remove("selectedEvents");
        if self.knows_events {
            let events = self.selected(&sent["selectedEvents"]).await?;
            let base = whole(&sent["totalPrice"]).unwrap_or(1470);
            let share: i32 = events.iter().map(|event| price(event, people)).sum();
            quote.insert("totalPrice", base + share);
            quote.insert("selectedEvents", events);
        }
        self.quotes().insert_one(quote).await.context("make a quote")?;
        Ok(told(201, json!({ "_id": id.to_hex(), "numberOfPeople": people })))
    }

    async fn selected(&self, sent: &Value) -> Result<Vec<Document>> {
        let mut events = Vec::new();
        for wanted in sent.as_array().into_iter().flatten() {
            let id = wanted["eventId"].as_str().unwrap_or_default();
            let id = ObjectId::parse_str(id).context("read the id of an event")?;
            let catalogue = self.database.collection::<Document>("events");
            let event = catalogue.find_one(doc! { "_id": id }).await.context("find an event")?;
            let event = event.context("there is no such event")?;
            events.push(doc! {
                "_id": ObjectId::new(), "eventId": id,
                "eventName": event.get_str("name").unwrap_or_default(),
                "eventPrice": EVENT_PRICE, "eventCurrency": "GBP",
                "pricePerPerson": wanted["pricePerPerson"].as_bool().unwrap_or(false),
                "addedAt": DateTime::now(),
            });
        }
        Ok(events)
    }

    pub(super) async fn edit(&self, id: &str, request: &Request) -> Result<Answer> {
        let sent = request.json()?;
        let people = whole(&sent["numberOfPeople"]).unwrap_or(10);
        let changes = doc! { "numberOfPeople": people, "updatedAt": DateTime::now() };
        let filter = doc! { "_id": id_of(id) };
        let done = self.quotes().update_one(filter, doc! { "$set": changes }).await;
        if done.context("edit a quote")?.matched_count == 0 {
            return Ok(told(404, Value::Null));
        }
        Ok(told(200, json!({ "_id": id, "numberOfPeople": people })))
    }

    pub(super) async fn remove(&self, id: &str) -> Result<Answer> {
        let done = self.quotes().delete_one(doc! { "_id": id_of(id) }).await;
        let there = done.context("remove a quote")?.deleted_count == 1;
        Ok(told(if there { 200 } else { 404 }, Value::Null))
    }

    pub(super) async fn breakdown(&self, id: &str) -> Result<Answer> {
        let Some((quote, people)) = self.find(id).await? else { return Ok(told(404, Value::Null)) };
        let events: Vec<Value> = selected(&quote)
            .map(|event| {
                let each = event.get_bool("pricePerPerson").unwrap_or_default();
                json!({ "name": event.get_str("eventName").unwrap_or_default(),
                "quantity": if each { people } else { 1 }, "total": price(event, people) })
            })
            .collect();
        let share: i32 = selected(&quote).map(|event| price(event, people)).sum();
        let total = quote.get_i32("totalPrice").unwrap_or_default();
        let sum = json!({ "base": total - share, "events": events, "eventsTotal": share, "total": total });
        Ok(told(200, sum))
    }

    pub(super) async fn email(&self, id: &str) -> Result<Answer> {
        let Some((quote, _)) = self.find(id).await? else { return Ok(told(404, Value::Null)) };
        let names: Vec<&str> =
            selected(&quote).filter_map(|event| event.get_str("eventName").ok()).collect();
        let heading = if names.is_empty() { "" } else { "<h2>Events</h2>" };
        let html = format!("<!doctype html>{heading}<p>{}</p>", names.join(", "));
        Ok(Answer::text(200, "text/html", html))
    }

    async fn find(&self, id: &str) -> Result<Option<(Document, i32)>> {
        let found =
            self.quotes().find_one(doc! { "_id": id_of(id) }).await.context("find a quote")?;
        Ok(found.map(|quote| {
            let people = quote.get_i32("numberOfPeople").unwrap_or(1);
            (quote, people)
        }))
    }

    fn quotes(&self) -> Collection<Document> {
        self.database.collection("quotes")
    }
}

fn selected(quote: &Document) -> impl Iterator<Item = &Document> {
    let events = quote.get_array("selectedEvents").into_iter().flatten();
    events.filter_map(Bson::as_document)
}

fn price(event: &Document, people: i32) -> i32 {
    let each = event.get_bool("pricePerPerson").unwrap_or_default();
    event.get_i32("eventPrice").unwrap_or_default() * if each { people } else { 1 }
}

fn whole(value: &Value) -> Option<i32> {
    value.as_i64().and_then(|value| i32::try_from(value).ok())
}

fn id_of(text: &str) -> Bson {
    ObjectId::parse_str(text).map_or_else(|_| Bson::String(text.to_owned()), Bson::ObjectId)
}

fn told(status: u16, data: Value) -> Answer {
    Answer::json(status, &json!({ "success": status < 400, "data": data }))
}
