//! Events and categories: choosing, managing, refusing.

mod categories;
mod choosing;
mod managing;
mod pricing;

use anyhow::{Context as _, Result};
use bson::{Document, doc};
use quotes::access::Role;
use reqwest::Method;
use serde_json::Value;
use testbed::data::Options;

use crate::app::{Answered, TestApp, person};

/// Over a generated catalogue, with a few quotes, asked by an administrator.
async fn app() -> Result<TestApp> {
    TestApp::seeded(&Options { quotes: 50, ..Options::default() }, person(Role::Admin)).await
}

async fn post(app: &TestApp, path: &str, body: Value) -> Result<Answered> {
    app.ask(Method::POST, path, Some(body)).await
}

async fn put(app: &TestApp, path: &str, body: Value) -> Result<Answered> {
    app.ask(Method::PUT, path, Some(body)).await
}

async fn delete(app: &TestApp, path: &str) -> Result<Answered> {
    app.ask(Method::DELETE, path, None).await
}

/// The only document of a collection with this name.
async fn named(app: &TestApp, collection: &str, name: &str) -> Result<Document> {
    let documents = app.database.database().collection::<Document>(collection);
    documents.find_one(doc! { "name": name }).await?.with_context(|| format!("no {name}"))
}

/// How often the audit log says this of an id.
async fn audited(app: &TestApp, entry: Document) -> Result<u64> {
    let logs = app.database.database().collection::<Document>("auditlogs");
    Ok(logs.count_documents(entry).await?)
}

/// Codes of what is wrong, by field.
fn wrong(answered: &Answered) -> Vec<(String, String)> {
    let details = answered.body["error"]["details"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    details.iter().map(|it| (text(&it["field"]), text(&it["code"]))).collect()
}
