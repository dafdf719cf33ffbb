//! What the smoke checks of a run of Causeway make: marked, seen by that run, mailed to nobody, gone at
//! the end.

use anyhow::{Context as _, Result};
use bson::{doc, oid::ObjectId};
use quotes::access::{Principal, Role};
use serde_json::json;

use super::desk::{Desk, QUOTES};
use crate::app::{following, person, store};

fn run(id: &str) -> Principal {
    Principal::Run(id.to_owned())
}

#[tokio::test]
async fn a_run_leaves_nothing_behind() -> Result<()> {
    let desk = Desk::of(run("run-1")).await?;
    let enquiry = desk.collection("enquiries").find_one(doc! { "_id": desk.enquiry }).await?;
    let event = json!([{ "eventId": desk.events[0].to_hex() }]);
    let (path, _) = desk.made(&json!({ "selectedEvents": event })).await?;
    let stored = desk.stored(&path).await?;
    assert_eq!(stored.get_document("madeBy")?, &doc! { "causewayRun": "run-1" });
    assert_eq!(stored.get_object_id("createdBy")?, ObjectId::from_bytes([0; 12]));
    assert_eq!(desk.put(&path, json!({ "numberOfPeople": 12 })).await?.status, 200);
    let sent = desk.post(&format!("{path}/send-email"), json!({})).await?;
    assert_eq!((sent.status, &sent.body["data"]["state"]), (202, &"suppressed".into()));
    let tried = desk.post(&format!("{path}/send-test"), json!({})).await?;
    assert_eq!((tried.status, &tried.body["data"]["state"]), (202, &"suppressed".into()));
    assert_eq!(desk.collection("outbox").count_documents(doc! {}).await?, 0);
    assert_eq!(desk.collection("quote_versions").count_documents(doc! {}).await?, 1);

    assert_eq!(desk.delete(&path).await?.status, 200);
    let id = stored.get_object_id("_id")?;
    assert_eq!(desk.quotes().count_documents(doc! { "_id": id }).await?, 0);
    assert_eq!(desk.collection("quote_versions").count_documents(doc! {}).await?, 0);
    assert_eq!(desk.delete(&path).await?.status, 404);
    let after = desk.collection("enquiries").find_one(doc! { "_id": desk.enquiry }).await?;
    assert_eq!(after, enquiry, "nothing of it is noted anywhere");
    let log = desk.log_of(&path).await?;
    assert_eq!(log.last().context("no log")?.get_str("action")?, "quote.delete");
    assert!(log.iter().all(|entry| entry.get_str("causewayRun").ok() == Some("run-1")));
    Ok(())
}

#[tokio::test]
async fn a_run_reaches_only_what_it_made() -> Result<()> {
    let desk = Desk::of(run("run-1")).await?;
    let (mine, _) = desk.made(&json!({})).await?;
    let some = desk.quotes().find_one(doc! { "madeBy": { "$exists": false } }).await?;
    let persons = format!("{QUOTES}/{}", some.context("no quote")?.get_object_id("_id")?);
    assert_eq!(desk.put(&persons, json!({ "title": "x" })).await?.status, 404);
    assert_eq!(desk.delete(&persons).await?.status, 404);

    let other = following(store(&desk.app.database).await?, run("run-2")).await?;
    let edit = other.request(reqwest::Method::PUT, &mine).json(&json!({ "title": "x" }));
    assert_eq!(crate::app::answered(edit).await?.status, 404);
    let unknown = desk.draft_with(&json!({ "enquiryId": ObjectId::new().to_hex() }));
    assert_eq!(desk.post(QUOTES, unknown).await?.status, 422);
    Ok(())
}

#[tokio::test]
async fn agents_write_nothing() -> Result<()> {
    let desk = Desk::of(person(Role::Agent)).await?;
    let own = doc! { "$set": { "createdBy": desk.author.user_id() } };
    let quote = desk.quotes().find_one_and_update(doc! {}, own).await?.context("no quote")?;
    let path = format!("{QUOTES}/{}", quote.get_object_id("_id")?);
    for (refused, what) in [
        (desk.post(QUOTES, desk.draft()).await?, "create"),
        (desk.put(&path, json!({ "title": "x" })).await?, "edit"),
        (desk.delete(&path).await?, "delete"),
        (desk.post(&format!("{path}/restore"), json!({})).await?, "restore"),
        (desk.post(&format!("{path}/events"), json!({})).await?, "add an event"),
        (desk.put(&format!("{path}/status"), json!({})).await?, "accept"),
        (desk.post(&format!("{path}/versions"), json!({})).await?, "start a version"),
        (desk.post(&format!("{path}/send-email"), json!({})).await?, "send"),
        (desk.post(&format!("{path}/send-test"), json!({})).await?, "send a test"),
    ] {
        assert_eq!(refused.refusal(), (403, "FORBIDDEN"), "{what}");
    }
    Ok(())
}
