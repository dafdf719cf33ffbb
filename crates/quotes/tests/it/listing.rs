//! Lists of quotes over data as years have left it.

mod filtering;
mod paging;
mod plans;
mod searching;
mod totals;
mod without_indexes;

use anyhow::{Context as _, Result, ensure};
use bson::{Document, doc};
use quotes::access::Role;
use serde_json::Value;
use testbed::data;

use crate::app::{TestApp, person};

/// As many as it takes for every ugly shape to occur.
const QUOTES: u64 = 2_000;

/// Generated quotes with every ugly shape, listed by an administrator.
async fn generated() -> Result<TestApp> {
    let options = data::Options { quotes: QUOTES, ..data::Options::default() };
    TestApp::seeded(&options, person(Role::Admin)).await
}

/// The body of a list that is answered.
async fn listed(app: &TestApp, query: &str) -> Result<Value> {
    let answered = app.get(&format!("/api/admin/quotes?{query}")).await?;
    ensure!(answered.status == 200, "{query}: {} {}", answered.status, answered.body);
    Ok(answered.body)
}

/// The ids of the quotes on a page.
fn ids(page: &Value) -> Vec<String> {
    let rows = page["data"].as_array().into_iter().flatten();
    rows.filter_map(|row| row["_id"].as_str()).map(str::to_owned).collect()
}

/// The ids of all pages from a cursor on, page by page.
async fn walk(app: &TestApp, query: &str, toward: &str, from: Option<Value>) -> Result<Vec<Value>> {
    let mut pages: Vec<Value> = Vec::new();
    let mut cursor = from;
    loop {
        let at = cursor.as_ref().and_then(Value::as_str).map(|cursor| format!("&cursor={cursor}"));
        let page = listed(app, &format!("{query}{}", at.unwrap_or_default())).await?;
        ensure!(pages.len() < 1_000, "{query} has no end");
        cursor = Some(page["page"][toward].clone()).filter(|next| !next.is_null());
        pages.push(page);
        if cursor.is_none() {
            return Ok(pages);
        }
    }
}

/// The ids of all quotes of a list.
async fn all(app: &TestApp, query: &str) -> Result<Vec<String>> {
    let pages = walk(app, query, "next", None).await?;
    Ok(pages.iter().flat_map(ids).collect())
}

/// How many quotes match, as the server counts them.
async fn count(app: &TestApp, query: Document) -> Result<usize> {
    let quotes = app.database.database().collection::<Document>("quotes");
    let count = quotes.count_documents(query).await.context("count")?;
    Ok(usize::try_from(count)?)
}

/// A quote as the generator makes it, with some fields set.
async fn edit(app: &TestApp, filter: Document, set: Document) -> Result<()> {
    let quotes = app.database.database().collection::<Document>("quotes");
    quotes.update_many(filter, doc! { "$set": set }).await.context("edit")?;
    Ok(())
}
