//! A desk to write quotes at: the application over a small agency, whose database is as strict as any.

use anyhow::{Context as _, Result};
use bson::{Document, doc, oid::ObjectId};
use futures_util::TryStreamExt as _;
use mongodb::Collection;
use quotes::access::{Principal, Role};
use reqwest::Method;
use serde_json::{Value, json};
use testbed::data::{Options, Validator};

use crate::app::{Answered, TestApp, person};

pub(crate) const QUOTES: &str = "/api/admin/quotes";

pub(crate) struct Desk {
    pub(crate) app: TestApp,
    pub(crate) author: Principal,
    pub(crate) enquiry: ObjectId,
    /// Active events that have a price in pounds.
    pub(crate) events: Vec<ObjectId>,
}

impl Desk {
    pub(crate) async fn new() -> Result<Self> {
        Self::of(person(Role::Admin)).await
    }

    /// Where this one writes.
    pub(crate) async fn of(author: Principal) -> Result<Self> {
        let options = Options { quotes: 60, validator: Validator::Strict, ..Options::default() };
        Self::with(&options, author).await
    }

    pub(crate) async fn with(options: &Options, author: Principal) -> Result<Self> {
        let app = TestApp::seeded(options, author.clone()).await?;
        let database = app.database.database();
        if options.validator == Validator::Strict {
            extend_validator(&app).await?;
        }
        let enquiries = database.collection::<Document>("enquiries");
        let enquiry = enquiries.find_one(doc! {}).await?.context("no enquiry")?;
        let priced = doc! { "isActive": true, "pricing.currency": "GBP" };
        let events = database.collection::<Document>("events").find(priced).await?;
        let events: Vec<Document> = events.try_collect().await?;
        Ok(Self {
            enquiry: enquiry.get_object_id("_id")?,
            events: events.iter().map(|it| Ok(it.get_object_id("_id")?)).collect::<Result<_>>()?,
            app,
            author,
        })
    }

    pub(crate) fn collection(&self, name: &str) -> Collection<Document> {
        self.app.database.database().collection(name)
    }

    pub(crate) fn quotes(&self) -> Collection<Document> {
        self.collection("quotes")
    }

    /// All that a new quote needs.
    pub(crate) fn draft(&self) -> Value {
        json!({
            "enquiryId": self.enquiry.to_hex(),
            "leadName": "Greta Example",
            "hotelName": "Hotel Example",
            "numberOfPeople": 10,
            "numberOfRooms": 5,
            "numberOfNights": 2,
            "arrivalDate": "2090-05-12",
            "whatsIncluded": "Breakfast",
            "basePrice": 970,
        })
    }

    /// The same with some fields otherwise; null leaves one out.
    pub(crate) fn draft_with(&self, fields: &Value) -> Value {
        let mut draft = self.draft();
        let (Some(draft_fields), Some(fields)) = (draft.as_object_mut(), fields.as_object()) else {
            return draft;
        };
        for (name, value) in fields {
            match value {
                Value::Null => drop(draft_fields.remove(name)),
                value => drop(draft_fields.insert(name.clone(), value.clone())),
            }
        }
        draft
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Result<Answered> {
        self.app.ask(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Result<Answered> {
        self.app.ask(Method::PUT, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<Answered> {
        self.app.ask(Method::DELETE, path, None).await
    }

    /// Makes a quote that is meant to be possible, and returns its path and what was answered.
    pub(crate) async fn made(&self, fields: &Value) -> Result<(String, Value)> {
        let made = self.post(QUOTES, self.draft_with(fields)).await?;
        assert_eq!(made.status, 201, "{}", made.body);
        let id = made.body["data"]["_id"].as_str().context("no id")?;
        Ok((format!("{QUOTES}/{id}"), made.body["data"].clone()))
    }

    /// The document of a quote at a path.
    pub(crate) async fn stored(&self, path: &str) -> Result<Document> {
        let id = ObjectId::parse_str(path.rsplit('/').next().context("no id")?)?;
        self.quotes().find_one(doc! { "_id": id }).await?.context("it is gone")
    }

    /// What the log says of a quote, the oldest first.
    pub(crate) async fn log_of(&self, path: &str) -> Result<Vec<Document>> {
        let id = ObjectId::parse_str(path.rsplit('/').next().context("no id")?)?;
        let logs = self.collection("auditlogs");
        Ok(logs.find(doc! { "quoteId": id }).sort(doc! { "_id": 1 }).await?.try_collect().await?)
    }
}

/// What the migrations 010 and 011 do with a validator that lists words.
async fn extend_validator(app: &TestApp) -> Result<()> {
    let database = app.database.database();
    let mut specifications = database.list_collections().filter(doc! { "name": "quotes" }).await?;
    let quotes = specifications.try_next().await?.context("no quotes")?;
    let mut validator = quotes.options.validator.context("no validator")?;
    let properties = validator.get_document_mut("$jsonSchema")?.get_document_mut("properties")?;
    properties
        .get_document_mut("status")?
        .get_array_mut("enum")?
        .extend(["accepted".into(), "booked".into()]);
    let history = properties.get_document_mut("priceHistory")?.get_document_mut("items")?;
    let reason = history.get_document_mut("properties")?.get_document_mut("reason")?;
    reason.get_array_mut("enum")?.extend(["event_added".into(), "event_removed".into()]);
    database.run_command(doc! { "collMod": "quotes", "validator": validator }).await?;
    Ok(())
}
