//! Prices of events, before anything is saved.

use anyhow::{Context as _, Result};
use bson::{Document, doc, oid::ObjectId};
use causeway_core::maintenance::Maintenance;
use serde_json::{Value, json};

use super::{app, post, wrong};
use crate::app::TestApp;

const PATH: &str = "/api/admin/quotes/calculate-events-price";

#[tokio::test]
async fn base_and_events_make_the_total() -> Result<()> {
    let app = app().await?;
    let boat =
        insert(&app, doc! { "pricing": { "estimatedCost": 49.99, "currency": "GBP" } }).await?;
    let bus = insert(&app, doc! { "pricing": { "estimatedCost": 200, "currency": "GBP" } }).await?;
    let by_id = json!({ boat.clone(): true });
    for (body, field) in [
        (json!({ "eventIds": [boat, bus], "perPerson": by_id }), "eventIds"),
        (
            json!({ "events": [{ "eventId": boat, "pricePerPerson": true }, { "eventId": bus }] }),
            "events",
        ),
    ] {
        let mut body = body;
        body["numberOfPeople"] = json!(10);
        body["numberOfNights"] = json!(2);
        body["basePrice"] = json!(970.1);
        let data = post(&app, PATH, body).await?.body["data"].clone();
        assert_eq!(data["lines"][0]["total"], 499.9, "{field}: {data}");
        assert_eq!(
            (&data["lines"][0]["quantity"], &data["lines"][1]["quantity"]),
            (&json!(10), &json!(1))
        );
        assert_eq!((&data["base"], &data["eventsTotal"]), (&json!(970.1), &json!(699.9)));
        assert_eq!(
            (&data["total"], &data["perPerson"], &data["perNight"]),
            (&json!(1670), &json!(167), &json!(835))
        );
    }
    let all = json!({ "eventIds": [boat, bus], "perPerson": true, "numberOfPeople": 3 });
    assert_eq!(post(&app, PATH, all).await?.body["data"]["total"], 749.97);
    let none = post(&app, PATH, json!({ "numberOfPeople": 3 })).await?;
    assert_eq!((none.status, &none.body["data"]["total"]), (200, &json!(0)));
    Ok(())
}

#[tokio::test]
async fn what_is_not_in_the_total_is_listed_and_said() -> Result<()> {
    let app = app().await?;
    let pounds =
        insert(&app, doc! { "pricing": { "estimatedCost": 10, "currency": "GBP" } }).await?;
    let euros =
        insert(&app, doc! { "pricing": { "estimatedCost": 10, "currency": "EUR" } }).await?;
    let request = insert(&app, doc! { "minimumPeople": 8, "isActive": false }).await?;
    let body =
        json!({ "eventIds": [pounds, euros, request], "numberOfPeople": 4, "currency": "GBP" });
    let answered = post(&app, PATH, body).await?;
    assert_eq!((answered.status, &answered.body["data"]["total"]), (200, &json!(10)));
    let said: Vec<(Value, Value)> = answered.body["warnings"]
        .as_array()
        .context("no warnings")?
        .iter()
        .map(|warning| (warning["field"].clone(), warning["code"].clone()))
        .collect();
    let expected = [
        ("eventIds.1", "other_currency"),
        ("eventIds.2", "price_on_request"),
        ("eventIds.2", "event_inactive"),
        ("eventIds.2", "below_minimum_people"),
    ];
    assert_eq!(said, expected.map(|(field, code)| (json!(field), json!(code))));
    let standing = |at: usize| answered.body["data"]["lines"][at]["standing"].clone();
    assert_eq!(
        [standing(0), standing(1), standing(2)],
        ["counted", "other_currency", "on_request"]
    );
    Ok(())
}

#[tokio::test]
async fn a_price_can_be_asked_for_in_maintenance() -> Result<()> {
    let app = app().await?;
    app.maintenance.send_replace(Maintenance { on: true, ..Maintenance::default() });
    let body = json!({ "eventIds": [], "numberOfPeople": 4, "basePrice": 12.5 });
    let answered = post(&app, PATH, body).await?;
    assert_eq!((answered.status, &answered.body["data"]["total"]), (200, &json!(12.5)));
    Ok(())
}

#[tokio::test]
async fn events_that_are_unknown_repeated_or_too_many_are_named() -> Result<()> {
    let app = app().await?;
    let known = insert(&app, doc! {}).await?;
    let unknown = ObjectId::new().to_hex();
    let answered = post(&app, PATH, asked(json!([known, unknown]))).await?;
    assert_eq!(
        (answered.status, &answered.body["error"]["code"]),
        (422, &json!("EVENTS_NOT_FOUND"))
    );
    assert_eq!(wrong(&answered), [("eventIds.1".to_owned(), "unknown_event".to_owned())]);
    let answered = post(&app, PATH, asked(json!([known, known]))).await?;
    assert_eq!((answered.status, &answered.body["error"]["code"]), (422, &json!("INVALID_EVENTS")));
    assert_eq!(wrong(&answered), [("eventIds.1".to_owned(), "duplicate_event".to_owned())]);
    let many: Vec<String> = (0..21).map(|_| ObjectId::new().to_hex()).collect();
    let answered = post(&app, PATH, asked(json!(many))).await?;
    assert_eq!(wrong(&answered), [("eventIds".to_owned(), "too_many_events".to_owned())]);
    Ok(())
}

#[tokio::test]
async fn every_field_that_is_wrong_is_named() -> Result<()> {
    let app = app().await?;
    let body = json!({
        "eventIds": ["nonsense", 5], "perPerson": "yes", "numberOfPeople": 101, "currency": "CHF",
        "basePrice": 1.005, "numberOfNights": 1.5,
    });
    let answered = post(&app, PATH, body).await?;
    assert_eq!(
        (answered.status, &answered.body["error"]["code"]),
        (422, &json!("VALIDATION_ERROR"))
    );
    let expected = [
        ("eventIds.0", "not_an_id"),
        ("eventIds.1", "not_an_id"),
        ("perPerson", "not_a_flag"),
        ("numberOfPeople", "out_of_range"),
        ("numberOfNights", "not_whole"),
        ("currency", "unknown_currency"),
        ("basePrice", "too_many_decimals"),
    ];
    assert_eq!(wrong(&answered), expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    let both = json!({ "eventIds": [], "events": [], "numberOfPeople": 2 });
    assert_eq!(
        wrong(&post(&app, PATH, both).await?),
        [("events".to_owned(), "one_of_two".to_owned())]
    );
    let without = post(&app, PATH, json!({})).await?;
    assert_eq!(wrong(&without), [("numberOfPeople".to_owned(), "required".to_owned())]);
    Ok(())
}

fn asked(ids: Value) -> Value {
    json!({ "eventIds": ids, "numberOfPeople": 2 })
}

/// An event with these fields; its id.
async fn insert(app: &TestApp, fields: Document) -> Result<String> {
    let id = ObjectId::new();
    let mut event = doc! { "_id": id, "name": format!("Event {id}") };
    event.extend(fields);
    app.database.database().collection::<Document>("events").insert_one(event).await?;
    Ok(id.to_hex())
}
