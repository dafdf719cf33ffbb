//! What arrives in a mailbox.

use anyhow::{Context as _, Result};
use bson::doc;
use serde_json::{Value, json};

use super::office::{Office, TO, header};

const LINE_LENGTH_MAX: usize = 998;

fn amounts(text: &str) -> Vec<&str> {
    let part = |c: char| c.is_ascii_digit() || ".,£€$".contains(c);
    let words = text.split(|c| !part(c)).filter(|word| word.starts_with(['£', '€', '$']));
    words.map(|word| word.trim_end_matches(['.', ','])).collect()
}

fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}

#[tokio::test]
async fn a_mail_arrives_as_it_was_written_and_the_quote_knows() -> Result<()> {
    let office = Office::open().await?;
    let [one, other] = [0, 1].map(|at| office.desk.events[at].to_hex());
    let events = json!([{ "eventId": one, "pricePerPerson": true }, { "eventId": other }]);
    let (path, _) = office.desk.made(&json!({ "selectedEvents": events })).await?;
    let long = format!("Zoë, see you! {}", "x".repeat(1_500));
    let words = json!({ "to": TO, "message": long });
    let sent = office.desk.post(&format!("{path}/send-email"), words).await?;
    let id = bson::oid::ObjectId::parse_str(sent.body["data"]["outboxId"].as_str().unwrap_or(""))?;
    let (seen, before) = (sent.body["data"]["revision"].clone(), office.desk.stored(&path).await?);

    let _sender = office.sender().await?;
    let mail = office.until(id, "sent").await?;
    assert_eq!(mail.get_i32("attempts")?, 1);
    assert!(mail.get_str("serverSaid")?.contains("kept as 1"), "{mail}");
    assert!(mail.get_datetime("sentAt")? >= mail.get_datetime("createdAt")?);

    let arrived = office.smtp.mails()?;
    assert_eq!((arrived.len(), arrived[0].to.as_str()), (1, TO));
    let lines = arrived[0].text.split(|byte| *byte == b'\n');
    assert!(lines.map(<[u8]>::len).max() <= Some(LINE_LENGTH_MAX));
    let read = arrived[0].read()?;
    assert_eq!(read["defects"], json!([]));
    assert_eq!(read["types"], json!(["text/html", "text/plain"]));
    let author = office.desk.author.person().context("no person")?;
    for (name, value) in [
        ("From", "The Agency <quotes@agency.example>"),
        ("To", TO),
        ("Reply-To", author.email.as_str()),
        ("Message-ID", mail.get_str("messageId")?),
        ("Subject", mail.get_str("subject")?),
    ] {
        assert_eq!(header(&read, name)?, value);
    }
    assert!(header(&read, "Date")?.ends_with("+0000"));
    let (text, html) = (read["text"].as_str(), read["html"].as_str());
    let (text, html) = (unix(text.context("no text")?), unix(html.context("no HTML")?));
    assert_eq!(text.trim_end(), mail.get_str("text")?.trim_end());
    assert_eq!(html.trim_end(), mail.get_str("html")?.trim_end());
    let shown = read["html_words"].as_str().context("no words")?;
    assert!(amounts(shown).len() > 5, "{shown}");
    assert!(amounts(shown).iter().all(|amount| text.contains(amount)), "{text}");
    let links: Vec<&str> =
        read["links"].as_array().into_iter().flatten().flat_map(Value::as_str).collect();
    assert!(!links.is_empty());
    assert!(
        links.iter().all(|link| text.contains(link.trim_start_matches("mailto:"))),
        "{links:?}"
    );

    let mut after = office.until_quote_says(&path, "delivered").await?;
    after.insert("emailDeliveryStatus", "pending");
    assert_eq!(after, before, "nothing else of the quote changed");
    let edit = json!({ "title": "Other", "revision": seen });
    let edited = office.desk.put(&path, edit).await?;
    assert_eq!(edited.status, 200, "who had the form open is not disturbed: {}", edited.body);
    Ok(())
}

#[tokio::test]
async fn a_test_goes_out_and_its_quote_is_not_told() -> Result<()> {
    let office = Office::open().await?;
    let (path, _) = office.desk.made(&json!({})).await?;
    let before = office.desk.stored(&path).await?;
    assert_eq!(office.desk.post(&format!("{path}/send-test"), json!({})).await?.status, 202);
    let sender = office.sender().await?;
    office.until_empty().await?;
    sender.finish().await;
    let arrived = office.smtp.mails()?;
    let author = &office.desk.author.person().context("no person")?.email;
    assert_eq!((arrived.len(), &arrived[0].to), (1, author));
    assert_eq!(office.desk.stored(&path).await?, before);
    Ok(())
}

#[tokio::test]
async fn hostile_text_in_every_field_arrives_as_text() -> Result<()> {
    let office = Office::open().await?;
    let hostile =
        "<script>alert(1)</script>\"'& é\r\nBcc: eve@example.com\r\n\r\n.\r\nQUIT\u{1b}[31m";
    let event = json!([{ "eventId": office.desk.events[0].to_hex() }]);
    let (path, made) = office.desk.made(&json!({ "selectedEvents": event })).await?;
    // As programs before this one may have left it.
    let id = bson::oid::ObjectId::parse_str(made["_id"].as_str().context("no id")?)?;
    let fields = doc! {
        "title": hostile, "destination": hostile, "leadName": hostile, "hotelName": hostile,
        "whatsIncluded": hostile, "transferOptions": hostile, "internalNotes": "a secret of ours",
        "selectedEvents.0.eventName": hostile,
    };
    let all = doc! { "$set": fields };
    office
        .desk
        .quotes()
        .update_one(doc! { "_id": id }, all)
        .bypass_document_validation(true)
        .await?;
    let agent = doc! { "$set": { "agentName": hostile, "leadName": hostile } };
    office
        .desk
        .collection("enquiries")
        .update_one(doc! { "_id": office.desk.enquiry }, agent)
        .await?;
    let words = json!({ "to": TO, "message": hostile.replace('\u{1b}', "") });
    let sent = office.desk.post(&format!("{path}/send-email"), words).await?;
    assert_eq!(sent.status, 202, "{}", sent.body);
    // Whoever writes to the outbox by other means.
    let subject =
        doc! { "$set": { "subject": hostile, "replyTo": "a@b.example\r\nBcc: eve@example.com" } };
    office.outbox().update_one(doc! {}, subject).await?;

    let _sender =
        office.sender_as("\"<script> \\\" Agency\" <quotes@agency.example>", None).await?;
    office.until_empty().await?;
    let arrived = office.smtp.mails()?;
    assert_eq!((arrived.len(), arrived[0].to.as_str()), (1, TO));
    let read = arrived[0].read()?;
    assert_eq!(read["defects"], json!([]), "{read:#}");
    let names: Vec<&str> =
        read["headers"].as_array().into_iter().flatten().flat_map(|it| it[0].as_str()).collect();
    assert!(!names.contains(&"Bcc") && !names.contains(&"Reply-To"), "{names:?}");
    let tags = read["tags"].as_array().context("no tags")?;
    assert!(!tags.iter().any(|tag| tag == "script"), "{tags:?}");
    for part in ["text", "html_words"] {
        let shown = read[part].as_str().context("no words")?;
        assert!(shown.contains("<script>alert(1)</script>"), "{shown}");
        assert!(!shown.contains("a secret of ours") && !shown.contains('\u{1b}'), "{shown}");
    }
    Ok(())
}
