//! What may have arrived, and what did not, goes once more when a person says so.

use anyhow::Result;
use bson::oid::ObjectId;
use serde_json::json;
use testbed::smtp::Behaviour;

use super::office::Office;

#[tokio::test]
async fn what_may_have_arrived_waits_for_a_person() -> Result<()> {
    let office = Office::open().await?;
    let (path, _) = office.desk.made(&json!({})).await?;
    let id = office.send(&path).await?;
    let retry = format!("{path}/emails/{}/retry", id.to_hex());
    let on_its_way = office.desk.post(&retry, json!({})).await?;
    assert_eq!(on_its_way.refusal(), (409, "MAIL_NOT_FAILED"), "{}", on_its_way.body);

    office.smtp.behave(Behaviour::HangUp("*"))?;
    let _sender = office.sender().await?;
    let mail = office.until(id, "unclear").await?;
    assert!(mail.get_str("serverSaid")?.contains("no answer to the text"), "{mail}");
    office.smtp.behave(Behaviour::Normal)?;
    office.let_time_pass().await?;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert_eq!((office.arrived()?.len(), office.mail(id).await?), (1, mail));
    assert_eq!(office.desk.stored(&path).await?.get_str("emailDeliveryStatus")?, "pending");

    let again = office.desk.post(&retry, json!({})).await?;
    assert_eq!((again.status, &again.body["data"]["state"]), (202, &json!("queued")));
    office.until(id, "sent").await?;
    office.until_quote_says(&path, "delivered").await?;
    let arrived = office.arrived()?;
    assert_eq!((arrived.len(), &arrived[0]), (2, &arrived[1]), "as the same mail");
    assert_eq!(office.desk.post(&retry, json!({})).await?.refusal(), (409, "MAIL_NOT_FAILED"));
    let log = office.desk.log_of(&path).await?;
    let entry = &log[log.len() - 1];
    assert_eq!(entry.get_str("action")?, "quote.resend");
    let details = entry.get_document("details")?;
    assert_eq!((details.get_object_id("outboxId")?, details.get_str("from")?), (id, "unclear"));
    Ok(())
}

#[tokio::test]
async fn only_what_is_there_and_not_deleted_goes_again() -> Result<()> {
    let office = Office::open().await?;
    let (path, _) = office.desk.made(&json!({})).await?;
    let id = office.send(&path).await?;
    office.smtp.behave(Behaviour::Refuse("*", "550 no"))?;
    let sender = office.sender().await?;
    office.until_quote_says(&path, "failed").await?;
    sender.finish().await;
    let (other, _) = office.desk.made(&json!({})).await?;
    for odd in [
        format!("{path}/emails/{}/retry", ObjectId::new()),
        format!("{path}/emails/nonsense/retry"),
        format!("{path}/emails/%FF/retry"),
        format!("{other}/emails/{id}/retry"),
    ] {
        assert_eq!(
            office.desk.post(&odd, json!({})).await?.refusal(),
            (404, "MAIL_NOT_FOUND"),
            "{odd}"
        );
    }
    let retry = format!("{path}/emails/{id}/retry");
    assert_eq!(office.desk.delete(&path).await?.status, 200);
    assert_eq!(office.desk.post(&retry, json!({})).await?.refusal(), (409, "QUOTE_DELETED"));
    assert_eq!(office.desk.post(&format!("{path}/restore"), json!({})).await?.status, 200);
    assert_eq!(office.desk.post(&retry, json!({})).await?.status, 202);
    assert_eq!(office.desk.stored(&path).await?.get_str("emailDeliveryStatus")?, "pending");
    Ok(())
}
