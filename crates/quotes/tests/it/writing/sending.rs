//! Sending quotes: into the outbox, and the version kept.

use anyhow::{Context as _, Result};
use bson::{Document, doc, oid::ObjectId};
use futures_util::TryStreamExt as _;
use reqwest::Method;
use serde_json::json;

use super::desk::{Desk, QUOTES};
use crate::app::{Answered, answered};

async fn outbox(desk: &Desk) -> Result<Vec<Document>> {
    Ok(desk.collection("outbox").find(doc! {}).sort(doc! { "_id": 1 }).await?.try_collect().await?)
}

async fn versions(desk: &Desk) -> Result<Vec<Document>> {
    let versions = desk.collection("quote_versions");
    Ok(versions.find(doc! {}).sort(doc! { "version": 1 }).await?.try_collect().await?)
}

#[tokio::test]
async fn a_quote_is_sent_exactly_when_its_mail_is_in_the_outbox() -> Result<()> {
    let desk = Desk::new().await?;
    let enquiry = desk.collection("enquiries").find_one(doc! { "_id": desk.enquiry }).await?;
    let agent = enquiry.context("no enquiry")?.get_str("agentEmail")?.to_owned();
    let event = json!([{ "eventId": desk.events[0].to_hex(), "pricePerPerson": true }]);
    let (path, made) = desk.made(&json!({ "selectedEvents": event })).await?;
    let words = json!({ "message": "See you <soon>", "revision": made["revision"] });
    let sent = desk.post(&format!("{path}/send-email"), words).await?;
    assert_eq!(sent.status, 202, "{}", sent.body);
    let data = &sent.body["data"];
    assert_eq!((&data["state"], &data["to"]), (&"queued".into(), &agent.as_str().into()));

    let mails = outbox(&desk).await?;
    assert_eq!(mails.len(), 1);
    let mail = &mails[0];
    assert_eq!(mail.get_object_id("_id")?.to_hex(), data["outboxId"]);
    assert_eq!(mail.get_str("to")?, agent);
    assert_eq!(mail.get_str("replyTo")?, desk.author.person().context("no person")?.email);
    assert_eq!((mail.get_str("state")?, mail.get_i32("attempts")?), ("queued", 0));
    assert_eq!(mail.get_datetime("nextAttemptAt")?, mail.get_datetime("createdAt")?);
    let html = mail.get_str("html")?;
    assert!(html.contains("See you") && !html.contains("<soon>"), "what people type is escaped");
    assert!(mail.get_str("text")?.contains("See you <soon>"));
    let name = made["selectedEvents"][0]["eventName"].as_str().context("no name")?;
    assert!(mail.get_str("text")?.contains(name));

    let quote = desk.stored(&path).await?;
    assert_eq!((quote.get_str("status")?, quote.get_i32("version")?), ("sent", 1));
    assert!(quote.get_bool("emailSent")?);
    assert_eq!(quote.get_str("emailDeliveryStatus")?, "pending");
    assert_eq!(quote.get_str("emailMessageId")?, mail.get_str("messageId")?);
    let kept = versions(&desk).await?;
    assert_eq!(kept.len(), 1);
    let raw = kept[0].get_binary_generic("raw")?;
    assert_eq!(Document::from_reader(raw.as_slice())?, quote, "the version is kept as it went");
    let log = desk.log_of(&path).await?;
    assert_eq!(log[1].get_str("action")?, "quote.send");
    let details = log[1].get_document("details")?;
    assert_eq!(details.get_object_id("outboxId")?, mail.get_object_id("_id")?);
    assert!(!details.to_string().contains(&agent), "the log names no address");
    Ok(())
}

#[tokio::test]
async fn the_next_version_says_what_changed() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, _) = desk.made(&json!({})).await?;
    let send = format!("{path}/send-email");
    for _ in 0..2 {
        // Mails get lost: the same version goes again.
        assert_eq!(desk.post(&send, json!({})).await?.body["data"]["version"], 1);
    }
    assert_eq!(desk.put(&path, json!({ "hotelName": "Hotel Next" })).await?.status, 200);
    assert_eq!(desk.post(&send, json!({})).await?.body["data"]["version"], 2);
    let kept = versions(&desk).await?;
    let times: Vec<usize> =
        kept.iter().map(|it| it.get_array("sent").map_or(0, Vec::len)).collect();
    assert_eq!(times, [2, 1]);
    let mails = outbox(&desk).await?;
    let says = |at: usize| -> Result<bool> {
        let text = mails[at].get_str("text")?;
        Ok(text.contains("Hotel Example") && text.contains("Hotel Next"))
    };
    assert_eq!((says(0)?, says(1)?, says(2)?), (false, false, true));
    Ok(())
}

/// The application before this one edits without raising the version.
#[tokio::test]
async fn what_was_sent_stays_as_it_was_also_when_others_edit() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, made) = desk.made(&json!({})).await?;
    let send = format!("{path}/send-email");
    assert_eq!(desk.post(&send, json!({})).await?.status, 202);
    let id = ObjectId::parse_str(made["_id"].as_str().context("no id")?)?;
    let edit = doc! { "$set": { "hotelName": "Hotel Elsewhere", "status": "updated" } };
    desk.quotes().update_one(doc! { "_id": id }, edit).await?;
    assert_eq!(desk.post(&send, json!({})).await?.body["data"]["version"], 2);
    let hotels = versions(&desk).await?.iter().map(hotel).collect::<Result<Vec<_>>>()?;
    assert_eq!(hotels, ["Hotel Example", "Hotel Elsewhere"]);
    Ok(())
}

fn hotel(version: &Document) -> Result<String> {
    let raw = version.get_binary_generic("raw")?;
    Ok(Document::from_reader(raw.as_slice())?.get_str("hotelName")?.to_owned())
}

#[tokio::test]
async fn of_two_copies_of_a_request_one_is_sent() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, _) = desk.made(&json!({})).await?;
    let send = |to: &'static str| {
        let request = desk.app.request(Method::POST, &format!("{path}/send-email"));
        answered(request.header("idempotency-key", "once").json(&json!({ "to": to })))
    };
    let (one, other) = tokio::try_join!(send("a@b.example"), send("a@b.example"))?;
    assert_eq!((one.status, other.status), (202, 202), "{} {}", one.body, other.body);
    assert_eq!(one.body, other.body);
    let replayed = |it: &Answered| it.headers.contains_key("idempotency-replayed");
    assert!(replayed(&one) != replayed(&other));
    assert_eq!(outbox(&desk).await?.len(), 1);
    let reused = send("c@d.example").await?;
    assert_eq!(reused.refusal(), (422, "IDEMPOTENCY_KEY_REUSED"));
    Ok(())
}

#[tokio::test]
async fn nobody_is_no_recipient_and_nonsense_no_address() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, _) = desk.made(&json!({})).await?;
    let send = format!("{path}/send-email");
    for odd in ["nobody", "a@b.example, c@d.example", "a@b\r\nBcc: c@d.example", "<a@b.example>"] {
        assert_eq!(desk.post(&send, json!({ "to": odd })).await?.status, 422, "{odd}");
    }
    let nowhere = doc! { "$unset": { "agentEmail": "" } };
    desk.collection("enquiries").update_one(doc! { "_id": desk.enquiry }, nowhere).await?;
    let refused = desk.post(&send, json!({})).await?;
    assert_eq!(
        (refused.status, &refused.body["error"]["details"][0]["field"]),
        (422, &"to".into())
    );
    assert_eq!(desk.stored(&path).await?.get_str("status")?, "draft");
    assert_eq!(desk.post(&send, json!({ "to": " a@b.example " })).await?.status, 202);
    assert_eq!(outbox(&desk).await?[0].get_str("to")?, "a@b.example");
    Ok(())
}

#[tokio::test]
async fn a_test_goes_to_its_author_and_changes_nothing() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, _) = desk.made(&json!({})).await?;
    let before = desk.stored(&path).await?;
    let test = json!({ "to": "somebody@else.example", "message": "A try" });
    let sent = desk.post(&format!("{path}/send-test"), test).await?;
    let email = &desk.author.person().context("no person")?.email;
    assert_eq!((sent.status, &sent.body["data"]["to"]), (202, &email.as_str().into()));
    assert_eq!(outbox(&desk).await?[0].get_str("purpose")?, "test");
    assert_eq!(desk.stored(&path).await?, before);
    assert_eq!((versions(&desk).await?.len(), desk.log_of(&path).await?.len()), (0, 1));
    Ok(())
}

#[tokio::test]
async fn what_is_locked_or_another_by_now_is_not_sent() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, made) = desk.made(&json!({})).await?;
    let send = format!("{path}/send-email");
    desk.put(&path, json!({ "title": "Other" })).await?;
    let stale = desk.post(&send, json!({ "revision": made["revision"] })).await?;
    assert_eq!(stale.refusal(), (409, "VERSION_CONFLICT"));
    assert_eq!(stale.body["error"]["present"]["title"], "Other");
    assert_eq!(desk.post(&send, json!({})).await?.status, 202);
    desk.put(&format!("{path}/status"), json!({ "status": "accepted" })).await?;
    assert_eq!(desk.post(&send, json!({})).await?.refusal(), (409, "QUOTE_LOCKED"));
    assert_eq!(outbox(&desk).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn the_preview_is_what_would_be_sent() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, made) = desk.made(&json!({})).await?;
    let preview = format!("{path}/email-preview");
    let json = desk.app.get(&format!("{preview}?format=json")).await?;
    assert_eq!(json.status, 200, "{}", json.body);
    let html = desk.app.get(&preview).await?;
    assert_eq!(html.body, json.body["data"]["html"]);
    assert_eq!(html.headers["content-type"], "text/html; charset=utf-8");
    let policy = html.headers["content-security-policy"].to_str()?;
    assert!(policy.contains("sandbox") && !policy.contains("script"), "{policy}");
    let text = desk.app.get(&format!("{preview}?format=text")).await?;
    assert_eq!(text.body, json.body["data"]["text"]);
    assert_eq!(desk.app.get(&format!("{preview}?format=pdf")).await?.status, 422);
    assert_eq!(desk.stored(&path).await?.get_str("status")?, "draft", "seeing it sends nothing");

    let sent = desk.post(&format!("{path}/send-email"), json!({})).await?;
    assert_eq!(sent.body["data"]["to"], json.body["data"]["to"]);
    let mail = &outbox(&desk).await?[0];
    for part in ["subject", "html", "text"] {
        assert_eq!(mail.get_str(part)?, json.body["data"][part], "{part}");
    }
    let reference = made["reference"].as_str().context("no reference")?;
    assert!(mail.get_str("subject")?.contains(reference));
    let gone = format!("{QUOTES}/{}/email-preview", ObjectId::new());
    assert_eq!(desk.app.get(&gone).await?.refusal(), (404, "QUOTE_NOT_FOUND"));
    Ok(())
}
