//! What a list adds up to.

use std::collections::BTreeMap;

use anyhow::Result;
use bson::{Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt as _;
use quotes_core::quote::Quote;
use serde_json::{Value, json};

use super::{edit, generated, listed};
use crate::app::TestApp;

#[tokio::test]
async fn totals_are_what_the_quotes_add_up_to() -> Result<()> {
    let app = generated().await?;
    for (query, filter) in [
        ("", doc! {}),
        ("&status=sent", doc! { "status": "sent" }),
        ("&destination=prague", doc! { "destination": "Prague" }),
        ("&search=prague", doc! { "destination": "Prague" }),
        ("&search=doesnotexist", doc! { "destination": "doesnotexist" }),
    ] {
        let totals = listed(&app, &format!("totals=true&limit=1{query}")).await?["totals"].clone();
        assert_eq!(totals, added(&app, filter).await?, "{query}");
    }
    assert!(listed(&app, "limit=1").await?.get("totals").is_none());
    Ok(())
}

/// The same, one by one.
async fn added(app: &TestApp, filter: Document) -> Result<Value> {
    let quotes = app.database.database().collection::<RawDocumentBuf>("quotes");
    let quotes: Vec<RawDocumentBuf> = quotes.find(filter).await?.try_collect().await?;
    let mut sums: BTreeMap<&str, (u64, i64)> = BTreeMap::new();
    let mut unreadable = 0;
    for document in &quotes {
        let quote = Quote::read(document);
        let sum = sums.entry(quote.currency.code()).or_default();
        match quote.total {
            Some(total) => *sum = (sum.0 + 1, sum.1 + total.minor()),
            None => unreadable += 1,
        }
    }
    let mut by_currency: Vec<Value> = sums
        .into_iter()
        .map(|(currency, (count, minor))| {
            #[expect(clippy::cast_precision_loss, reason = "sums of a test are small")]
            let total = minor as f64 / 100.0;
            let whole = minor % 100 == 0;
            let total = if whole { json!(minor / 100) } else { json!(total) };
            json!({ "currency": currency, "count": count, "total": total })
        })
        .collect();
    by_currency.sort_by_key(|sum| sum["currency"].to_string());
    Ok(json!({
        "complete": true,
        "count": quotes.len(),
        "byCurrency": by_currency,
        "unreadable": unreadable,
    }))
}

#[tokio::test]
async fn a_total_that_nobody_can_read_is_counted_and_left_out() -> Result<()> {
    let app = generated().await?;
    edit(&app, doc! { "status": "sent" }, doc! { "totalPrice": "ask Ben" }).await?;
    edit(&app, doc! { "status": "draft" }, doc! { "currency": 7 }).await?;
    let sent = listed(&app, "totals=true&status=sent").await?["totals"].clone();
    assert_eq!(sent["unreadable"], sent["count"]);
    let draft = listed(&app, "totals=true&status=draft").await?["totals"].clone();
    assert_eq!(draft["byCurrency"], json!([]));
    assert_eq!(draft["unreadable"], draft["count"]);
    Ok(())
}
