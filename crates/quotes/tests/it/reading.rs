//! Reading one quote, what was written down about it, and what it refers to.

mod agency;
mod prices;
mod records;
mod whole;

use anyhow::{Context as _, Result};
use bson::{Bson, Document, oid::ObjectId};
use quotes::access::Role;
use testbed::data;

use crate::app::{TestApp, person};

/// A few quotes with every ugly shape, read by an administrator.
async fn generated() -> Result<TestApp> {
    let options = data::Options { quotes: 200, ugly_each: true, ..data::Options::default() };
    TestApp::seeded(&options, person(Role::Admin)).await
}

/// Puts a document into a collection.
async fn put(app: &TestApp, collection: &str, document: Document) -> Result<Bson> {
    let documents = app.database.database().collection::<Document>(collection);
    Ok(documents.insert_one(document).await.context("insert")?.inserted_id)
}

/// Some document of a collection.
async fn some(app: &TestApp, collection: &str, filter: Document) -> Result<Document> {
    let documents = app.database.database().collection::<Document>(collection);
    documents.find_one(filter).await.context("find")?.context("there is none")
}

/// The URL of a quote.
fn at(id: ObjectId) -> String {
    format!("/api/admin/quotes/{id}")
}
