//! How a total comes about, and how it moved.

use anyhow::Result;
use bson::{DateTime, Document, doc, oid::ObjectId};
use serde_json::{Value, json};

use super::{at, generated, put, some};
use crate::app::TestApp;

/// A quote for ten people with a boat party of 50 each and karting of 90, and what the catalogue says.
async fn with_events(app: &TestApp) -> Result<ObjectId> {
    let (boat, karting, gone) = (ObjectId::new(), ObjectId::new(), ObjectId::new());
    let price = |cost: i32| doc! { "estimatedCost": cost, "currency": "GBP" };
    let events = [
        doc! { "_id": boat, "name": "Boat party of today", "isActive": true, "pricing": price(55), "minimumPeople": 12 },
        doc! { "_id": karting, "name": "Karting of today", "isActive": false, "pricing": price(90) },
    ];
    for event in events {
        put(app, "events", event).await?;
    }
    let entry = |event: ObjectId, name: &str, price: i32, currency: &str| {
        doc! {
            "_id": ObjectId::new(), "eventId": event, "eventName": name, "eventPrice": price,
            "eventCurrency": currency, "pricePerPerson": name == "Boat party",
            "addedAt": DateTime::now(),
        }
    };
    let mut quote = some(app, "quotes", doc! { "_id": { "$type": 7 } }).await?;
    let id = ObjectId::new();
    quote.extend(doc! {
        "_id": id,
        "numberOfPeople": 10,
        "numberOfNights": 2,
        "currency": "GBP",
        "selectedEvents": [
            entry(boat, "Boat party", 50, "GBP"),
            entry(karting, "Karting", 90, "GBP"),
            entry(gone, "Opera", 30, "EUR"),
        ],
        "totalPrice": 1_560,
    });
    put(app, "quotes", quote).await?;
    Ok(id)
}

#[tokio::test]
async fn a_breakdown_adds_up_and_warns_of_what_is_not_as_it_was() -> Result<()> {
    let app = generated().await?;
    let id = with_events(&app).await?;
    let read = app.get(&format!("{}/price-breakdown", at(id))).await?;
    let price = &read.body["data"];
    assert_eq!(price["events"][0]["quantity"], 10);
    assert_eq!(price["events"][0]["total"], 500);
    assert_eq!(price["events"][1]["total"], 90);
    assert_eq!(price["events"][2]["standing"], "other_currency");
    let sum = ["base", "eventsTotal", "adjustment", "total", "perPerson", "perNight"];
    let sum: Vec<&Value> = sum.iter().map(|part| &price[*part]).collect();
    assert_eq!(sum, [970, 590, 0, 1_560, 156, 780].map(Value::from).iter().collect::<Vec<_>>());
    let warnings = read.body["warnings"].as_array().cloned().unwrap_or_default();
    let codes: Vec<&str> = warnings.iter().filter_map(|it| it["code"].as_str()).collect();
    let expected = [
        "other_currency",
        "below_minimum_people",
        "price_moved",
        "event_inactive",
        "event_deleted",
    ];
    for code in expected {
        assert!(codes.contains(&code), "{code} is not among {codes:?}");
    }
    let whole = app.get(&at(id)).await?;
    assert_eq!(whole.body["data"]["priceBreakdown"], *price);
    assert_eq!(whole.body["warnings"], read.body["warnings"]);
    let chosen = app.get(&format!("{}/events", at(id))).await?;
    assert_eq!(chosen.body["data"], whole.body["data"]["selectedEvents"]);
    assert_eq!(chosen.body["data"][0]["eventPrice"], 50);
    assert_eq!(chosen.body["warnings"], read.body["warnings"]);
    Ok(())
}

#[tokio::test]
async fn a_price_history_says_who_and_what_events_did() -> Result<()> {
    let app = generated().await?;
    let id = with_events(&app).await?;
    let user = some(&app, "users", doc! {}).await?;
    let (user, name) = (user.get_object_id("_id")?, user.get_str("name")?.to_owned());
    let (first, second) = (DateTime::from_millis(1_000), DateTime::from_millis(2_000));
    let gone = ObjectId::new();
    let history = doc! { "$set": { "priceHistory": [
        { "_id": ObjectId::new(), "price": 970, "reason": "manual_override", "timestamp": first, "userId": gone },
        { "_id": ObjectId::new(), "price": 1_560, "reason": "event_added", "timestamp": second, "userId": user },
    ] } };
    let quotes = app.database.database().collection::<Document>("quotes");
    quotes.update_one(doc! { "_id": id }, history).await?;
    let event = doc! {
        "action": "event_added", "eventId": ObjectId::new(), "eventName": "Boat party",
        "totalBefore": 970, "totalAfter": 1_470.5,
    };
    let entry = doc! {
        "_id": ObjectId::new(), "quoteId": id, "userId": user, "action": "quote.update",
        "timestamp": second, "ip": "203.0.113.7",
        "details": { "fields": ["selectedEvents"], "events": [event] },
    };
    put(&app, "auditlogs", entry).await?;
    let read = app.get(&format!("{}/price-history", at(id))).await?.body["data"].clone();
    assert_eq!(read["entries"][0]["user"], json!({ "_id": gone.to_hex(), "name": null }));
    assert_eq!(read["entries"][1]["price"], 1_560);
    assert_eq!(read["entries"][1]["user"]["name"], name.as_str());
    let event = &read["events"][0];
    assert_eq!(event["eventName"], "Boat party");
    assert_eq!((&event["totalBefore"], &event["totalAfter"]), (&json!(970), &json!(1_470.5)));
    assert_eq!(event["timestamp"], "1970-01-01T00:00:02.000Z");
    assert_eq!(event["user"]["name"], name.as_str());
    Ok(())
}
