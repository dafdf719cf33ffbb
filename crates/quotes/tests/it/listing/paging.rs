//! Every quote is on exactly one page, whatever its fields hold.

use std::collections::HashSet;

use anyhow::{Result, ensure};
use bson::{DateTime, Document, doc, oid::ObjectId};
use serde_json::Value;

use super::{all, generated, ids, listed, walk};
use crate::app::TestApp;

const SORTS: [&str; 4] = ["updated", "created", "arrival", "total"];

#[tokio::test]
async fn each_quote_is_on_one_page_in_every_order_and_both_directions() -> Result<()> {
    let app = generated().await?;
    let filters = ["", "&status=sent", "&destination=prague", "&deleted=no"];
    for filter in filters {
        let mut everything: Option<HashSet<String>> = None;
        for sort in SORTS {
            for order in ["asc", "desc"] {
                let query = format!("limit=97&sort={sort}&order={order}{filter}");
                let seen = there_and_back(&app, &query).await?;
                let set: HashSet<String> = seen.iter().cloned().collect();
                assert_eq!(set.len(), seen.len(), "{query} shows a quote twice");
                assert_eq!(*everything.get_or_insert_with(|| set.clone()), set, "{query}");
            }
        }
        let expected = if filter.is_empty() { super::QUOTES } else { 1 };
        assert!(everything.unwrap_or_default().len() as u64 >= expected, "{filter}");
    }
    Ok(())
}

/// The ids from the first page to the last; going back, they must be the same.
async fn there_and_back(app: &TestApp, query: &str) -> Result<Vec<String>> {
    let pages = walk(app, query, "next", None).await?;
    let seen: Vec<String> = pages.iter().flat_map(ids).collect();
    let Some(last) = pages.last().filter(|_| pages.len() > 1) else { return Ok(seen) };
    let mut back = walk(app, query, "previous", Some(last["page"]["previous"].clone())).await?;
    back.reverse();
    let mut again: Vec<String> = back.iter().flat_map(ids).collect();
    again.extend(ids(last));
    ensure!(seen == again, "{query}: going back shows other quotes");
    let first = &pages[0]["page"]["previous"];
    ensure!(first.is_null(), "{query}: there is nothing before the first page");
    Ok(seen)
}

#[tokio::test]
async fn the_order_is_the_one_that_was_asked_for() -> Result<()> {
    let app = generated().await?;
    let page = listed(&app, "sort=updated&limit=100").await?;
    let times: Vec<&str> = texts(&page, "updatedAt");
    assert_eq!(times.len(), 100);
    assert!(times.is_sorted_by(|a, b| a >= b), "{times:?}");
    let page = listed(&app, "arrivalFrom=2023-01-01&arrivalTo=2023-06-30&order=asc").await?;
    let dates = texts(&page, "arrivalDate");
    assert_eq!(dates.len(), 25);
    assert!(dates.is_sorted(), "{dates:?}");
    assert!(dates[0] >= "2023-01-01", "{dates:?}");
    Ok(())
}

fn texts<'a>(page: &'a Value, field: &str) -> Vec<&'a str> {
    let rows = page["data"].as_array().into_iter().flatten();
    rows.filter_map(|row| row[field].as_str()).collect()
}

#[tokio::test]
async fn what_is_added_meanwhile_moves_no_quote_to_another_page() -> Result<()> {
    let app = generated().await?;
    let before: HashSet<String> = all(&app, "limit=100").await?.into_iter().collect();
    let quotes = app.database.database().collection::<Document>("quotes");
    let mut seen = Vec::new();
    let mut page = listed(&app, "limit=50").await?;
    loop {
        seen.extend(ids(&page));
        let Some(next) = page["page"]["next"].as_str() else { break };
        let new = doc! { "_id": ObjectId::new(), "updatedAt": DateTime::now(), "leadName": "New" };
        quotes.insert_one(new).await?;
        page = listed(&app, &format!("limit=50&cursor={next}")).await?;
    }
    assert_eq!(seen.iter().cloned().collect::<HashSet<_>>(), before);
    assert_eq!(seen.len(), before.len());
    Ok(())
}

#[tokio::test]
async fn a_cursor_of_another_list_or_of_nobody_is_refused() -> Result<()> {
    let app = generated().await?;
    let page = listed(&app, "limit=10&status=sent").await?;
    let cursor = page["page"]["next"].as_str().unwrap_or_default();
    for query in [
        format!("status=draft&cursor={cursor}"),
        format!("sort=total&status=sent&cursor={cursor}"),
        format!("status=sent&order=asc&cursor={cursor}"),
        format!("status=sent&search=prague&cursor={cursor}"),
        format!("status=sent&cursor={}", &cursor[2..]),
        "cursor=2".to_owned(),
        "cursor=AAAA".to_owned(),
        "search=prague&cursor=%00".to_owned(),
    ] {
        let refused = app.get(&format!("/api/admin/quotes?{query}")).await?;
        assert_eq!(refused.status, 422, "{query}: {}", refused.body);
        assert_eq!(refused.body["error"]["details"][0]["field"], "cursor", "{query}");
    }
    let same = app.get(&format!("/api/admin/quotes?status=sent&limit=3&cursor={cursor}")).await?;
    assert_eq!(same.status, 200, "another size of page is the same list");
    Ok(())
}
