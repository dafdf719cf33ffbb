//! Editing quotes: only what is sent changes.

use anyhow::{Context as _, Result};
use bson::{Document, RawDocumentBuf, doc, oid::ObjectId};
use futures_util::TryStreamExt as _;
use quotes::access::Role;
use quotes_core::quote::QuoteId;
use reqwest::Method;
use serde_json::{Value, json};
use testbed::data::{Options, Shape};

use super::desk::{Desk, QUOTES};
use crate::app::person;

#[tokio::test]
async fn the_price_follows_and_history_and_log_say_so() -> Result<()> {
    let desk = Desk::new().await?;
    let event = json!([{ "eventId": desk.events[0].to_hex(), "pricePerPerson": true }]);
    let (path, made) = desk.made(&json!({ "selectedEvents": event })).await?;
    let edited = desk.put(&path, json!({ "numberOfPeople": 12 })).await?;
    assert_eq!(edited.status, 200, "{}", edited.body);
    let data = &edited.body["data"];
    let share = made["eventsTotal"].as_f64().unwrap() / 10.0;
    assert_eq!(data["eventsTotal"].as_f64(), Some(share * 12.0));
    let total = 970.0 + share * 12.0;
    assert_eq!(data["totalPrice"].as_f64(), Some(total));
    let moves = data["priceHistory"].as_array().unwrap();
    let last = moves.last().unwrap();
    assert_eq!(
        (last["price"].as_f64(), last["reason"].as_str()),
        (Some(total), Some("recalculation"))
    );
    assert_eq!(edited.headers["etag"], format!("\"{}\"", data["revision"].as_str().unwrap()));
    let log = desk.log_of(&path).await?;
    let details = log[1].get_document("details")?;
    assert_eq!(log[1].get_str("action")?, "quote.update");
    assert!(details.get_array("fields")?.contains(&"numberOfPeople".into()), "{details}");
    Ok(())
}

#[tokio::test]
async fn what_changes_nothing_writes_nothing() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, made) = desk.made(&json!({})).await?;
    let before = desk.stored(&path).await?;
    let same =
        desk.put(&path, json!({ "leadName": " Greta Example ", "numberOfPeople": 10.0 })).await?;
    assert_eq!((same.status, &same.body["data"]["revision"]), (200, &made["revision"]));
    assert_eq!(desk.stored(&path).await?, before);
    assert_eq!(desk.log_of(&path).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn what_is_not_for_clients_is_ignored_and_named() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, _) = desk.made(&json!({})).await?;
    let sent = json!({ "status": "booked", "createdBy": "me", "priceHistory": [], "title": "New" });
    let edited = desk.put(&path, sent).await?;
    assert_eq!((edited.status, &edited.body["data"]["status"]), (200, &"draft".into()));
    let named: Vec<&str> = edited.body["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["code"] == "ignored_field")
        .filter_map(|it| it["field"].as_str())
        .collect();
    assert_eq!(named, ["status", "createdBy", "priceHistory"]);
    Ok(())
}

#[tokio::test]
async fn a_reference_is_as_good_as_the_id() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, made) = desk.made(&json!({})).await?;
    let reference = made["reference"].as_str().context("no reference")?.to_lowercase();
    let edited =
        desk.put(&format!("{QUOTES}/{reference}"), json!({ "title": "By reference" })).await?;
    assert_eq!(edited.status, 200, "{}", edited.body);
    assert_eq!(desk.stored(&path).await?.get_str("title")?, "By reference");
    Ok(())
}

#[tokio::test]
async fn a_quote_that_is_not_there_is_not_found() -> Result<()> {
    let desk = Desk::new().await?;
    let gone = ObjectId::new().to_hex();
    for id in [gone.as_str(), "7", "Q00000000", "%00", "%FF", "%7B%22%24gt%22%3A%22%22%7D"] {
        for (method, path) in [
            (Method::PUT, format!("{QUOTES}/{id}")),
            (Method::DELETE, format!("{QUOTES}/{id}")),
            (Method::POST, format!("{QUOTES}/{id}/restore")),
            (Method::POST, format!("{QUOTES}/{id}/events")),
            (Method::PUT, format!("{QUOTES}/{id}/status")),
            (Method::POST, format!("{QUOTES}/{id}/versions")),
        ] {
            let body = json!({ "status": "accepted", "eventId": gone });
            let answer = desk.app.ask(method.clone(), &path, Some(body)).await?;
            assert_eq!(answer.status, 404, "{method} {path}: {}", answer.body);
        }
    }
    Ok(())
}

/// Whatever else is wrong with a document, one field can be edited, and all others keep their bytes.
#[tokio::test]
async fn every_ugly_quote_can_be_edited_and_keeps_the_rest() -> Result<()> {
    let options = Options { quotes: 1, ugly_each: true, ..Options::default() };
    let desk = Desk::with(&options, person(Role::Admin)).await?;
    let quotes = desk.app.database.database().collection::<RawDocumentBuf>("quotes");
    let all: Vec<RawDocumentBuf> = quotes.find(doc! {}).await?.try_collect().await?;
    assert!(all.len() >= Shape::ALL.len());
    for before in all {
        edit_title(&desk, &before).await?;
    }
    Ok(())
}

async fn edit_title(desk: &Desk, before: &RawDocumentBuf) -> Result<()> {
    let quotes = desk.app.database.database().collection::<RawDocumentBuf>("quotes");
    let id = bson::Bson::try_from(before.get("_id")?.context("no id")?)?;
    let path = format!("{QUOTES}/{}", escaped(&QuoteId::from(id.clone()).to_string()));
    let locked = matches!(before.get_str("status"), Ok("accepted" | "booked"));
    let edited = desk.put(&path, json!({ "title": "Edited", "numberOfRooms": 7 })).await?;
    if locked {
        assert_eq!((edited.status, &edited.body["error"]["code"]), (409, &"QUOTE_LOCKED".into()));
        return Ok(());
    }
    assert_eq!(edited.status, 200, "{id}: {}", edited.body);
    assert_eq!(edited.body["data"]["numberOfRooms"], 7, "{id}");
    let after = quotes.find_one(doc! { "_id": { "$eq": &id } }).await?.context("it is gone")?;
    let written = ["title", "numberOfRooms", "updatedAt", "status", "version"];
    let rest = |document: &RawDocumentBuf| -> Result<Document> {
        let kept = document
            .iter()
            .filter(|it| it.as_ref().map_or(true, |(name, _)| !written.contains(&name.as_str())));
        kept.map(|it| it.map(|(name, value)| Ok((name.as_str().to_owned(), value.try_into()?)))?)
            .collect()
    };
    assert_eq!(rest(before)?.to_vec()?, rest(&after)?.to_vec()?, "{id}");
    Ok(())
}

/// An id as it stands in a path.
fn escaped(id: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    id.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[tokio::test]
async fn a_deleted_quote_is_out_of_reach_until_it_is_restored() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, made) = desk.made(&json!({})).await?;
    let deleted = desk.delete(&path).await?;
    assert_eq!(deleted.status, 200);
    assert!(deleted.body["data"]["deletedAt"].is_string());
    let again = desk.delete(&path).await?;
    assert_eq!(again.body["data"]["deletedAt"], deleted.body["data"]["deletedAt"]);
    let edit = desk.put(&path, json!({ "title": "x" })).await?;
    assert_eq!((edit.status, &edit.body["error"]["code"]), (409, &"QUOTE_DELETED".into()));
    assert_eq!(desk.stored(&path).await?.get_object_id("deletedBy")?, desk.author.user_id());
    for _ in 0..2 {
        let restored = desk.post(&format!("{path}/restore"), json!({})).await?;
        assert_eq!((restored.status, &restored.body["data"]["deletedAt"]), (200, &Value::Null));
        assert_eq!(restored.body["data"]["totalPrice"], made["totalPrice"]);
    }
    let actions: Vec<String> = desk
        .log_of(&path)
        .await?
        .iter()
        .map(|it| it.get_str("action").unwrap().to_owned())
        .collect();
    assert_eq!(actions, ["quote.create", "quote.delete", "quote.restore"]);
    Ok(())
}
