//! The database itself refuses: in maintenance, and by rules of its own.

use anyhow::{Context as _, Result};
use bson::{Document, doc};
use quotes::access::{Person, Principal, Role};
use reqwest::Method;
use serde_json::json;
use testbed::{
    TestDatabase,
    data::{self, Options, Validator},
};

use super::desk::{Desk, QUOTES};
use crate::app::{self, answered, person};

#[tokio::test]
async fn a_fence_is_maintenance_also_for_whoever_did_not_know() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, _) = desk.made(&json!({})).await?;
    let fence =
        doc! { "$jsonSchema": { "title": "fenced by causeway for maintenance", "not": {} } };
    let database = desk.app.database.database();
    database.run_command(doc! { "collMod": "quotes", "validator": fence }).await?;
    let attempts = [
        desk.post(QUOTES, desk.draft()).await?,
        desk.put(&path, json!({ "title": "x" })).await?,
        desk.post(&format!("{path}/send-email"), json!({})).await?,
    ];
    for refused in attempts {
        assert_eq!(refused.refusal(), (503, "MAINTENANCE"));
        assert!(refused.headers.contains_key("retry-after"));
    }
    let on = doc! { "_id": "maintenance", "on": true, "fence": true, "message": "We upgrade." };
    desk.collection("causeway_state").insert_one(on).await?;
    let told = desk.put(&path, json!({ "title": "x" })).await?;
    assert_eq!(told.body["error"]["message"], "We upgrade.");
    Ok(())
}

#[tokio::test]
async fn the_gate_is_closed_but_for_whoever_shows_the_token() -> Result<()> {
    let Principal::Person(somebody) = person(Role::Admin) else { anyhow::bail!("no person") };
    let desk = Desk::new().await?;
    let on = causeway_core::maintenance::Maintenance { on: true, ..Default::default() };
    desk.app.maintenance.send_replace(on.clone());
    assert_eq!(desk.post(QUOTES, desk.draft()).await?.refusal(), (503, "MAINTENANCE"));
    let shows = Principal::Person(Person { passes_maintenance: true, ..somebody });
    let desk = Desk::of(shows).await?;
    desk.app.maintenance.send_replace(on);
    desk.made(&json!({})).await?;
    Ok(())
}

/// A document that was put past a validator can be edited as soon as it is right, and not before.
#[tokio::test]
async fn a_field_that_the_database_refuses_is_named() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, made) = desk.made(&json!({})).await?;
    let id = bson::oid::ObjectId::parse_str(made["_id"].as_str().unwrap_or_default())?;
    let odd = doc! { "$set": { "numberOfRooms": 5.5 }, "$unset": { "whatsIncluded": "" } };
    desk.quotes().update_one(doc! { "_id": id }, odd).bypass_document_validation(true).await?;
    let refused = desk.put(&path, json!({ "title": "x" })).await?;
    assert_eq!(refused.refusal(), (422, "REFUSED_BY_DATABASE"));
    let mut fields: Vec<&str> = refused.body["error"]["details"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|it| it["field"].as_str())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["numberOfRooms", "whatsIncluded"]);
    let right = json!({ "numberOfRooms": 5, "whatsIncluded": "Breakfast", "title": "x" });
    assert_eq!(desk.put(&path, right).await?.status, 200);
    Ok(())
}

/// The old rules of the database know no price that moved by an event.
#[tokio::test]
async fn before_010_a_quote_with_events_is_refused_with_the_reason() -> Result<()> {
    let database = TestDatabase::new().await?;
    let options = Options { quotes: 20, validator: Validator::Strict, ..Options::default() };
    data::load(&database.database(), &options).await?;
    let served = app::following(app::store(&database).await?, person(Role::Admin)).await?;
    let any = async |name: &str, filter| {
        let found = database.database().collection::<Document>(name).find_one(filter).await?;
        anyhow::Ok(found.context("nothing was generated")?.get_object_id("_id")?.to_hex())
    };
    let enquiry = any("enquiries", doc! {}).await?;
    let priced = doc! { "isActive": true, "pricing.currency": "GBP" };
    let event = any("events", priced).await?;
    let mut draft = json!({
        "enquiryId": enquiry, "leadName": "Greta Example", "hotelName": "Hotel Example",
        "numberOfPeople": 10, "numberOfRooms": 5, "numberOfNights": 2, "arrivalDate": "2090-05-12",
        "whatsIncluded": "Breakfast", "basePrice": 970,
    });
    let made = answered(served.request(Method::POST, QUOTES).json(&draft)).await?;
    assert_eq!(made.status, 201, "{}", made.body);
    draft["selectedEvents"] = json!([{ "eventId": event }]);
    let refused = answered(served.request(Method::POST, QUOTES).json(&draft)).await?;
    assert_eq!(refused.refusal(), (422, "REFUSED_BY_DATABASE"));
    let message = refused.body["error"]["message"].as_str().unwrap_or_default();
    assert!(message.contains("migration 010 ("), "{message}");
    Ok(())
}
