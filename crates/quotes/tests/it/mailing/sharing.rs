//! Several servers share one outbox, and look at little of it.

use anyhow::Result;
use bson::{Bson, DateTime, Document, doc};
use futures_util::TryStreamExt as _;

use super::office::Office;

#[tokio::test]
async fn two_servers_send_each_mail_once() -> Result<()> {
    let office = Office::open().await?;
    office.fill(100).await?;
    let (one, other) = (office.sender().await?, office.sender().await?);
    office.until_empty().await?;
    let mut arrived = office.arrived()?;
    arrived.dedup();
    assert_eq!((arrived.len(), office.smtp.mails()?.len()), (100, 100));
    assert_eq!(office.count(&["sent"]).await?, 100);
    one.finish().await;
    other.finish().await;
    Ok(())
}

/// What a server that died left behind.
#[tokio::test]
async fn what_was_not_handed_over_is_sent_by_another_and_what_was_is_unclear() -> Result<()> {
    let office = Office::open().await?;
    office.fill(3).await?;
    let ids: Vec<Document> = office.outbox().find(doc! {}).await?.try_collect().await?;
    let long_ago = DateTime::from_millis(1_000);
    for (mail, (state, at)) in ids.iter().zip([
        ("sending", long_ago),
        ("handed_over", long_ago),
        ("sending", DateTime::from_millis(DateTime::now().timestamp_millis() + 60_000)),
    ]) {
        let set =
            doc! { "$set": { "state": state, "nextAttemptAt": at, "attempts": 1, "claim": 1 } };
        office.outbox().update_one(doc! { "_id": mail.get_object_id("_id")? }, set).await?;
    }
    let _sender = office.sender().await?;
    let id = |at: usize| ids[at].get_object_id("_id");
    assert_eq!(office.until(id(0)?, "sent").await?.get_i32("attempts")?, 2);
    let unclear = office.until(id(1)?, "unclear").await?;
    assert!(unclear.get_str("serverSaid")?.contains("did not live"), "{unclear}");
    assert_eq!(office.mail(id(2)?).await?.get_str("state")?, "sending", "its server may live");
    assert_eq!(office.arrived()?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_look_reads_what_is_due_and_not_what_waits() -> Result<()> {
    let office = Office::open().await?;
    office.fill(500).await?;
    let later = DateTime::from_millis(DateTime::now().timestamp_millis() + 3_600_000);
    office.outbox().update_many(doc! {}, doc! { "$set": { "nextAttemptAt": later } }).await?;
    let database = office.desk.app.database.database();
    database.run_command(doc! { "profile": 2 }).await?;
    let sender = office.sender().await?;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    sender.finish().await;
    database.run_command(doc! { "profile": 0 }).await?;
    let looks =
        doc! { "ns": format!("{}.outbox", database.name()), "planSummary": { "$exists": true } };
    let profile = database.collection::<Document>("system.profile");
    let looks: Vec<Document> = profile.find(looks).await?.try_collect().await?;
    assert!(looks.len() > 10, "{looks:?}");
    for look in looks {
        let examined = look.get("keysExamined").and_then(Bson::as_i32).unwrap_or_default();
        let plan = look.get_str("planSummary")?;
        assert!(plan.starts_with("IXSCAN") && examined <= 4, "{look}");
    }
    Ok(())
}
