//! What can be chosen.

use anyhow::Result;
use bson::{Document, doc, oid::ObjectId};
use quotes::access::Role;
use serde_json::{Value, json};
use testbed::data::Options;

use super::app;
use crate::app::{TestApp, person};

#[tokio::test]
async fn a_destination_narrows_whatever_its_case_and_accents() -> Result<()> {
    let app = app().await?;
    let all = rows(&app, "/api/events").await?;
    let here = rows(&app, "/api/events?destination=%20krak%C3%93w").await?;
    assert!(!here.is_empty() && here.len() < all.len());
    for event in &here {
        let there = event["destinations"].as_array().unwrap().contains(&json!("Kraków"));
        assert!(there || event["availableInAllDestinations"] == true, "{event}");
    }
    assert_eq!(here, rows(&app, "/api/events?destination=krakow").await?);
    let elsewhere = rows(&app, "/api/events?destination=Nowhere").await?;
    assert!(elsewhere.iter().all(|event| event["availableInAllDestinations"] == true));
    assert!(!elsewhere.is_empty());
    Ok(())
}

#[tokio::test]
async fn categories_narrow_by_id_and_slug_and_are_counted() -> Result<()> {
    let app = app().await?;
    let answered = app.get("/api/events").await?;
    let stag = answered.body["categories"].as_array().unwrap().clone();
    let stag = stag.into_iter().find(|category| category["slug"] == "stag").unwrap();
    let by_slug = app.get("/api/events?category=stag").await?;
    let found = by_slug.body["data"].as_array().unwrap().len();
    assert_eq!(stag["count"], found);
    assert_eq!(by_slug.body["categories"], answered.body["categories"]);
    let id = stag["_id"].as_str().unwrap();
    assert_eq!(rows(&app, &format!("/api/events?category={id}")).await?.len(), found);
    let unknown = app.get("/api/events?category=nonsense").await?;
    let details = &unknown.body["error"]["details"];
    assert_eq!((unknown.status, &details[0]["code"]), (422, &json!("unknown_category")));
    Ok(())
}

#[tokio::test]
async fn only_active_events_in_order_and_agents_may_ask() -> Result<()> {
    let options = Options { quotes: 10, ..Options::default() };
    let app = TestApp::seeded(&options, person(Role::Agent)).await?;
    let events = app.database.database().collection::<Document>("events");
    let names = ["Zorbing", "ábseiling", "Gone"];
    for name in names {
        let mut event = doc! { "name": name, "displayOrder": -1, "theirs": 1 };
        if name == "Gone" {
            event.insert("deletedAt", bson::DateTime::now());
        }
        events.insert_one(event).await?;
    }
    let rows = rows(&app, "/api/events").await?;
    assert_eq!((&rows[0]["name"], &rows[1]["name"]), (&json!("ábseiling"), &json!("Zorbing")));
    assert!(rows.iter().all(|event| event["isActive"] == true && event["name"] != "Gone"));
    let orders: Vec<i64> =
        rows.iter().map(|event| event["displayOrder"].as_i64().unwrap()).collect();
    assert!(orders.is_sorted());
    assert_eq!(rows[0]["pricing"], Value::Null);
    assert_eq!(rows.last().unwrap()["pricing"]["currency"], "GBP");
    Ok(())
}

#[tokio::test]
async fn words_are_looked_for_and_ugly_events_do_no_harm() -> Result<()> {
    let app = app().await?;
    let events = app.database.database().collection::<Document>("events");
    events
        .insert_many([
            doc! { "name": "Élan vital boat", "description": "With a DJ",
            "pricing": { "estimatedCost": "49.90", "currency": "GBP" } },
            doc! { "_id": "text id", "name": "Boat that can't be chosen" },
            doc! { "_id": ObjectId::new(), "name": 7, "pricing": "cheap", "categories": "none" },
        ])
        .await?;
    let found = rows(&app, "/api/events?search=ELAN%20dj").await?;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["pricing"], json!({ "estimatedCost": 49.9, "currency": "GBP" }));
    assert!(rows(&app, "/api/events?search=can't%20be%20chosen").await?.is_empty());
    let nameless = rows(&app, "/api/events").await?;
    let nameless = nameless.iter().find(|event| event["name"] == "").unwrap();
    assert_eq!((&nameless["pricing"], &nameless["categories"]), (&Value::Null, &json!([])));
    Ok(())
}

async fn rows(app: &TestApp, path: &str) -> Result<Vec<Value>> {
    let answered = app.get(path).await?;
    assert_eq!(answered.status, 200, "{path}: {}", answered.body);
    Ok(answered.body["data"].as_array().cloned().unwrap_or_default())
}
