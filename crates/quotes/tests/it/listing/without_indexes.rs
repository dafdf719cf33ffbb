//! Before migration 012 ran, as in a rolling deployment, lists are there all the same.

use anyhow::Result;
use bson::doc;
use quotes::access::Role;
use testbed::{TestDatabase, data};

use super::{all, count, generated, listed};
use crate::app::{TestApp, person, settings};

async fn as_it_was() -> Result<TestApp> {
    let database = TestDatabase::new().await?;
    let options = data::Options { quotes: super::QUOTES, ..data::Options::default() };
    data::load(&database.database(), &options).await?;
    TestApp::over(database, person(Role::Admin), settings()?).await
}

#[tokio::test]
async fn lists_are_sorted_by_age_and_searches_look_at_every_quote() -> Result<()> {
    let app = as_it_was().await?;
    for sort in ["updated", "arrival", "total"] {
        let page = listed(&app, &format!("sort={sort}")).await?;
        assert_eq!(page["warnings"][0]["code"], "sorted_by_age", "{sort}");
        let seen = all(&app, &format!("limit=100&sort={sort}")).await?;
        assert_eq!(seen.len() as u64, super::QUOTES);
    }
    assert_eq!(listed(&app, "sort=created").await?["warnings"], serde_json::json!([]));
    let prague = count(&app, doc! { "destination": "Prague" }).await?;
    assert_eq!(all(&app, "limit=100&destination=PRAGUE").await?.len(), prague);
    assert_eq!(all(&app, "limit=100&search=Prague").await?.len(), prague);
    let row = listed(&app, "limit=1").await?["data"][0].clone();
    let reference = row["reference"].as_str().unwrap_or_default();
    assert_eq!(all(&app, &format!("search={reference}")).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn an_index_that_is_dropped_is_done_without() -> Result<()> {
    let app = generated().await?;
    assert_eq!(listed(&app, "limit=1&status=sent").await?["warnings"], serde_json::json!([]));
    let sent = count(&app, doc! { "status": "sent" }).await?;
    for index in ["status_1_updatedAt_-1__id_-1", "updatedAt_-1__id_-1"] {
        let drop = doc! { "dropIndexes": "quotes", "index": index };
        app.database.database().run_command(drop).await?;
        assert_eq!(all(&app, "limit=100&status=sent").await?.len(), sent, "without {index}");
    }
    let warned = listed(&app, "limit=1&status=sent").await?;
    assert_eq!(warned["warnings"][0]["code"], "sorted_by_age");
    Ok(())
}
