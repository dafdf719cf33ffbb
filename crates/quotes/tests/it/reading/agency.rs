//! Enquiries and packages, to choose from.

use std::collections::HashSet;

use anyhow::{Context as _, Result};
use bson::{Document, doc};
use serde_json::Value;

use super::{generated, put, some};
use crate::app::TestApp;

#[tokio::test]
async fn enquiries_are_paged_and_found_by_words() -> Result<()> {
    let app = generated().await?;
    let enquiries = app.database.database().collection::<Document>("enquiries");
    let total = enquiries.count_documents(doc! {}).await?;
    let mut seen = HashSet::new();
    let mut path = "/api/admin/enquiries?limit=30".to_owned();
    loop {
        let page = app.get(&path).await?.body;
        let rows = page["data"].as_array().cloned().unwrap_or_default();
        seen.extend(rows.iter().map(|row| row["_id"].to_string()));
        let Some(next) = page["page"]["next"].as_str() else { break };
        path = format!("/api/admin/enquiries?limit=30&cursor={next}");
    }
    assert_eq!(seen.len() as u64, total);
    let lead = doc! { "leadName": "Zoë Unusual-Name", "firstChoiceDestination": "Ystad" };
    put(&app, "enquiries", lead).await?;
    let found = app.get("/api/admin/enquiries?search=unusual ysta").await?.body;
    assert_eq!(found["data"][0]["leadName"], "Zoë Unusual-Name");
    assert_eq!(found["data"].as_array().map(Vec::len), Some(1));
    for bad in ["limit=0", "limit=x", "cursor=x", &format!("search={}", "x".repeat(201))] {
        let refused = app.get(&format!("/api/admin/enquiries?{bad}")).await?;
        assert_eq!(refused.status, 422, "{bad}: {}", refused.body);
    }
    Ok(())
}

#[tokio::test]
async fn an_enquiry_says_what_was_asked_for_by_name() -> Result<()> {
    let app = generated().await?;
    let event = some(&app, "events", doc! {}).await?;
    let requested = doc! { "eventsRequested": [event.get_object_id("_id")?, "Wine tasting", 7] };
    let id = put(&app, "enquiries", requested).await?.as_object_id().context("an ObjectId")?;
    let read = app.get(&format!("/api/admin/enquiries/{id}")).await?;
    let names: Vec<Value> =
        (0..2).map(|n| read.body["data"]["eventsRequested"][n]["name"].clone()).collect();
    assert_eq!(names, [event.get_str("name")?, "Wine tasting"]);
    for id in ["x", "000000000000000000000000", "%ff"] {
        assert_eq!(app.get(&format!("/api/admin/enquiries/{id}")).await?.status, 404, "{id}");
    }
    Ok(())
}

#[tokio::test]
async fn packages_say_for_whom_and_when_there_are_prices() -> Result<()> {
    let app: TestApp = generated().await?;
    put(&app, "super_offer_packages", doc! { "_id": "odd", "name": 7 }).await?;
    let read = app.get("/api/admin/packages").await?.body;
    let packages = read["data"].as_array().cloned().unwrap_or_default();
    assert_eq!(packages.len(), 13);
    let offer = packages.iter().find(|it| it["name"] == "Super Offer 1").context("the first")?;
    assert_eq!(offer["groupSizeTiers"][0]["minPeople"], 6);
    assert_eq!(offer["durationOptions"], serde_json::json!([2, 3, 4]));
    assert_eq!(offer["periods"][0]["month"], 4);
    assert_eq!(offer["periods"][4]["from"], "2025-04-18");
    assert_eq!(packages.iter().filter(|it| it["_id"].is_null()).count(), 1);
    Ok(())
}
