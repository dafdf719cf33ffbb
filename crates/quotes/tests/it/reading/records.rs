//! What was written down about a quote.

use anyhow::Result;
use bson::{Binary, DateTime, RawDocumentBuf, doc, oid::ObjectId, spec::BinarySubtype};
use serde_json::json;

use super::{at, generated, put, some};

#[tokio::test]
async fn the_audit_log_is_read_with_the_newest_first_and_without_addresses() -> Result<()> {
    let app = generated().await?;
    let quote = ObjectId::new();
    put(&app, "quotes", doc! { "_id": quote }).await?;
    let user = some(&app, "users", doc! {}).await?.get_object_id("_id")?;
    for (action, at) in [("quote.create", 1_000), ("quote.send", 2_000)] {
        let entry = doc! {
            "quoteId": quote, "userId": user, "action": action,
            "timestamp": DateTime::from_millis(at), "ip": "203.0.113.7",
            "details": { "version": 1_i64, "event": user },
        };
        put(&app, "auditlogs", entry).await?;
    }
    let read = app.get(&format!("{}/audit", at(quote))).await?;
    let entries = read.body["data"].as_array().cloned().unwrap_or_default();
    let actions: Vec<_> = entries.iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(actions, ["quote.send", "quote.create"]);
    assert_eq!(entries[0]["details"], json!({ "version": 1, "event": user.to_hex() }));
    assert!(!read.body.to_string().contains("203.0.113.7"));
    Ok(())
}

#[tokio::test]
async fn mails_are_listed_without_their_contents() -> Result<()> {
    let app = generated().await?;
    let quote = ObjectId::new();
    put(&app, "quotes", doc! { "_id": quote }).await?;
    let mail = doc! {
        "purpose": "quote", "quoteId": quote, "version": 2, "to": "agent@agency.example",
        "replyTo": "ada@agency.example", "messageId": "<1@agency.example>", "subject": "Your weekend",
        "html": "<p>secret contents</p>", "text": "secret contents", "state": "failed",
        "attempts": 3, "serverSaid": "550 no such user", "createdAt": DateTime::now(),
    };
    put(&app, "outbox", mail).await?;
    let read = app.get(&format!("{}/emails", at(quote))).await?;
    let row = &read.body["data"][0];
    assert_eq!((&row["state"], &row["attempts"]), (&json!("failed"), &json!(3)));
    assert_eq!(row["serverSaid"], "550 no such user");
    assert!(!read.body.to_string().contains("secret"));
    Ok(())
}

#[tokio::test]
async fn a_version_is_whole_and_compared_with_the_next_and_with_now() -> Result<()> {
    let app = generated().await?;
    let quote = ObjectId::new();
    let state = |people: i32, hotel: &str| {
        doc! {
            "_id": quote, "numberOfPeople": people, "hotelName": hotel, "leadName": "Zoë",
            "totalPrice": 100, "currency": "GBP", "version": 3,
        }
    };
    put(&app, "quotes", state(12, "Grand")).await?;
    for (version, people, hotel) in [(1, 8, "Plaza"), (2, 10, "Plaza")] {
        let raw = RawDocumentBuf::try_from(&state(people, hotel))?.into_bytes();
        let kept = doc! {
            "quoteId": quote, "version": version,
            "raw": Binary { subtype: BinarySubtype::Generic, bytes: raw },
            "sent": [{ "at": DateTime::from_millis(1_000), "by": ObjectId::new(), "to": "a@b.example" }],
        };
        put(&app, "quote_versions", kept).await?;
    }
    let listed = app.get(&format!("{}/versions", at(quote))).await?;
    let versions: Vec<_> = (0..2).map(|n| listed.body["data"][n]["version"].clone()).collect();
    assert_eq!(versions, [2, 1]);
    let read = app.get(&format!("{}/versions/1", at(quote))).await?.body["data"].clone();
    assert_eq!(read["quote"]["numberOfPeople"], 8);
    assert_eq!(read["sent"][0]["to"], "a@b.example");
    assert_eq!(read["next"], 2);
    let people = |after: &str| json!({ "field": "numberOfPeople", "label": "People", "before": "8", "after": after });
    assert_eq!(read["untilNext"], json!([people("10")]));
    assert_eq!(read["untilNow"][0]["field"], "hotelName");
    assert_eq!(read["untilNow"][1], people("12"));
    let last = app.get(&format!("{}/versions/2", at(quote))).await?.body["data"].clone();
    assert_eq!((&last["next"], &last["untilNext"]), (&json!(null), &json!([])));
    Ok(())
}
