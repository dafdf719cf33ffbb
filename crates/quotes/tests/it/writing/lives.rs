//! From draft to booked, and on to the next version.

use anyhow::{Context as _, Result};
use bson::{doc, oid::ObjectId};
use reqwest::Method;
use serde_json::{Value, json};

use super::desk::Desk;
use crate::app::answered;

/// As if it had been sent.
async fn sent(desk: &Desk, fields: &Value) -> Result<(String, ObjectId)> {
    let (path, made) = desk.made(fields).await?;
    let id = ObjectId::parse_str(made["_id"].as_str().context("no id")?)?;
    let sent = doc! { "$set": { "status": "sent" } };
    desk.quotes().update_one(doc! { "_id": id }, sent).await?;
    Ok((path, id))
}

#[tokio::test]
async fn editing_what_was_sent_raises_the_version_once() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, _) = sent(&desk, &json!({})).await?;
    for title in ["First", "Second"] {
        let edited = desk.put(&path, json!({ "title": title })).await?;
        let data = &edited.body["data"];
        assert_eq!((&data["status"], &data["version"]), (&"updated".into(), &2.into()));
    }
    Ok(())
}

#[tokio::test]
async fn accepted_is_locked_until_a_new_version_is_started() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, _) = sent(&desk, &json!({})).await?;
    let (status, versions) = (format!("{path}/status"), format!("{path}/versions"));
    let refused = desk.post(&versions, json!({})).await?;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (409, &"QUOTE_NOT_LOCKED".into()));
    let early = desk.put(&status, json!({ "status": "booked" })).await?;
    assert_eq!(early.body["error"]["code"], "QUOTE_NOT_ACCEPTED");
    for _ in 0..2 {
        let accepted = desk.put(&status, json!({ "status": "accepted" })).await?;
        assert_eq!((accepted.status, &accepted.body["data"]["status"]), (200, &"accepted".into()));
        assert!(accepted.body["data"]["acceptedAt"].is_string());
    }
    let event = json!({ "eventId": desk.events[0].to_hex() });
    for refused in [
        desk.put(&path, json!({ "title": "x" })).await?,
        desk.post(&format!("{path}/events"), event).await?,
    ] {
        assert_eq!((refused.status, &refused.body["error"]["code"]), (409, &"QUOTE_LOCKED".into()));
    }
    assert_eq!(desk.put(&status, json!({ "status": "booked" })).await?.status, 200);

    let anew = || {
        answered(
            desk.app
                .request(Method::POST, &versions)
                .header("idempotency-key", "v2")
                .json(&json!({})),
        )
    };
    let (first, second) = tokio::try_join!(anew(), anew())?;
    for started in [&first, &second] {
        assert_eq!(started.status, 200, "{}", started.body);
        let data = &started.body["data"];
        assert_eq!((&data["status"], &data["version"]), (&"updated".into(), &2.into()));
        assert_eq!((&data["acceptedAt"], &data["bookedAt"]), (&Value::Null, &Value::Null));
    }
    assert_eq!(first.body, second.body);
    let actions: Vec<String> = desk
        .log_of(&path)
        .await?
        .iter()
        .map(|it| it.get_str("action").unwrap().to_owned())
        .collect();
    assert_eq!(actions, ["quote.create", "quote.status", "quote.status", "quote.version"]);
    Ok(())
}

#[tokio::test]
async fn only_what_was_sent_is_accepted_and_only_these_words_are_taken() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, _) = desk.made(&json!({})).await?;
    let status = format!("{path}/status");
    let draft = desk.put(&status, json!({ "status": "accepted" })).await?;
    assert_eq!((draft.status, &draft.body["error"]["code"]), (409, &"QUOTE_NOT_SENT".into()));
    for odd in [json!({}), json!({ "status": "sent" }), json!({ "status": 3 })] {
        assert_eq!(desk.put(&status, odd).await?.status, 422);
    }
    Ok(())
}
