//! A mail server that refuses, is away, hangs up, or lets nobody in.

use anyhow::Result;
use bson::DateTime;
use serde_json::json;
use testbed::smtp::Behaviour;

use super::office::{Office, TO};

async fn sent() -> Result<(Office, String, bson::oid::ObjectId)> {
    let office = Office::open().await?;
    let (path, _) = office.desk.made(&json!({})).await?;
    let id = office.send(&path).await?;
    Ok((office, path, id))
}

#[tokio::test]
async fn what_may_go_another_time_goes_then() -> Result<()> {
    let (mut office, path, id) = sent().await?;
    office.smtp.behave(Behaviour::Refuse(TO, "451 4.7.1 greylisted"))?;
    let _sender = office.sender().await?;
    let mail = office.until_deferred(id, 1).await?;
    assert!(mail.get_str("serverSaid")?.contains("greylisted"), "{mail}");
    let wait =
        mail.get_datetime("nextAttemptAt")?.timestamp_millis() - DateTime::now().timestamp_millis();
    assert!((50_000..=60_000).contains(&wait), "{wait} ms");
    assert_eq!(office.desk.stored(&path).await?.get_str("emailDeliveryStatus")?, "pending");

    office.smtp.behave(Behaviour::RefuseText("*", "452 4.3.1 full"))?;
    office.let_time_pass().await?;
    let mail = office.until_deferred(id, 2).await?;
    let wait =
        mail.get_datetime("nextAttemptAt")?.timestamp_millis() - DateTime::now().timestamp_millis();
    assert!((290_000..=300_000).contains(&wait), "{wait} ms");

    office.smtp.stop();
    office.let_time_pass().await?;
    office.until_deferred(id, 3).await?;
    office.smtp.restart()?;
    office.smtp.behave(Behaviour::Normal)?;
    office.let_time_pass().await?;
    assert_eq!(office.until(id, "sent").await?.get_i32("attempts")?, 4);
    office.until_quote_says(&path, "delivered").await?;
    assert_eq!(office.arrived()?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn after_the_last_attempt_it_failed() -> Result<()> {
    let (office, path, id) = sent().await?;
    let tried = bson::doc! { "$set": { "attempts": 9 } };
    office.outbox().update_one(bson::doc! { "_id": id }, tried).await?;
    office.smtp.behave(Behaviour::Refuse(TO, "451 4.7.1 later"))?;
    let _sender = office.sender().await?;
    assert_eq!(office.until(id, "failed").await?.get_i32("attempts")?, 10);
    office.until_quote_says(&path, "failed").await?;
    Ok(())
}

#[tokio::test]
async fn a_refusal_for_good_is_told_in_the_servers_words() -> Result<()> {
    for behaviour in [
        Behaviour::Refuse(TO, "550 5.1.1 no such user"),
        Behaviour::RefuseText("*", "550 5.1.1 no such user"),
    ] {
        let (office, path, id) = sent().await?;
        office.smtp.behave(behaviour)?;
        let _sender = office.sender().await?;
        let mail = office.until(id, "failed").await?;
        assert!(mail.get_str("serverSaid")?.contains("no such user"), "{mail}");
        office.until_quote_says(&path, "failed").await?;
        let shown = office.desk.app.get(&format!("{path}/emails")).await?;
        let row = &shown.body["data"][0];
        assert_eq!((&row["state"], &row["attempts"]), (&json!("failed"), &json!(1)));
        assert_eq!(row["nextAttemptAt"], json!(null));
        assert_eq!(office.arrived()?.len(), 0);
    }
    Ok(())
}

#[tokio::test]
async fn who_is_not_let_in_says_so_without_the_password_and_fails_no_mail() -> Result<()> {
    let (office, _, id) = sent().await?;
    office.smtp.behave(Behaviour::Password("agency", "s3cr3t-right"))?;
    let from = "The Agency <quotes@agency.example>";
    let without = office.sender().await?;
    let mail = office.until_deferred(id, 1).await?;
    assert!(mail.get_str("serverSaid")?.contains("Authentication required"), "{mail}");
    without.finish().await;
    office.let_time_pass().await?;
    let wrong = office.sender_as(from, Some(("agency", "s3cr3t-wrong"))).await?;
    let mail = office.until_deferred(id, 2).await?;
    let said = mail.get_str("serverSaid")?;
    assert!(said.contains("does not let agency in") && !said.contains("s3cr3t"), "{said}");
    wrong.finish().await;
    office.let_time_pass().await?;
    let _right = office.sender_as(from, Some(("agency", "s3cr3t-right"))).await?;
    office.until(id, "sent").await?;
    Ok(())
}

#[tokio::test]
async fn what_can_not_be_sent_at_all_fails_and_holds_nothing_up() -> Result<()> {
    let office = Office::open().await?;
    office.fill(2).await?;
    let broken = bson::doc! { "$set": { "to": "nobody\r\nBcc: eve@example.com" } };
    office.outbox().update_one(bson::doc! {}, broken).await?;
    let _sender = office.sender().await?;
    office.until_empty().await?;
    assert_eq!((office.count(&["failed"]).await?, office.count(&["sent"]).await?), (1, 1));
    Ok(())
}
