//! The quote learns what became of its latest mail, and not while it may only be read.

use std::time::Duration;

use anyhow::Result;
use bson::doc;
use causeway_core::maintenance::Maintenance;
use serde_json::json;

use super::office::Office;

#[tokio::test]
async fn during_maintenance_mail_goes_out_and_the_quote_learns_of_it_afterwards() -> Result<()> {
    let office = Office::open().await?;
    let (path, _) = office.desk.made(&json!({})).await?;
    let id = office.send(&path).await?;
    let before = office.desk.stored(&path).await?;
    let on = Maintenance { on: true, scope: vec!["quotes".to_owned()], ..Maintenance::default() };
    office.desk.app.maintenance.send_replace(on);
    let _sender = office.sender().await?;
    office.until(id, "sent").await?;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(office.desk.stored(&path).await?, before);
    office.desk.app.maintenance.send_replace(Maintenance::default());
    office.until_quote_says(&path, "delivered").await?;
    Ok(())
}

#[tokio::test]
async fn behind_a_fence_it_is_put_off() -> Result<()> {
    let office = Office::open().await?;
    let (path, _) = office.desk.made(&json!({})).await?;
    let id = office.send(&path).await?;
    let database = office.desk.app.database.database();
    let fence = |rule: bson::Document| doc! { "collMod": "quotes", "validator": rule };
    database.run_command(fence(doc! { "$expr": false })).await?;
    let _sender = office.sender().await?;
    let put_off = doc! { "_id": id, "nextAttemptAt": { "$gt": bson::DateTime::now() } };
    office.until(id, "sent").await?;
    while office.outbox().find_one(put_off.clone()).await?.is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    database.run_command(fence(doc! {})).await?;
    office.let_time_pass().await?;
    office.until_quote_says(&path, "delivered").await?;
    Ok(())
}

#[tokio::test]
async fn a_quote_is_told_of_its_latest_mail_only() -> Result<()> {
    let office = Office::open().await?;
    let (path, _) = office.desk.made(&json!({})).await?;
    let first = office.send(&path).await?;
    let second = office.send(&path).await?;
    let later = doc! { "$set": { "state": "waits", "nextAttemptAt": bson::DateTime::MAX } };
    office.outbox().update_one(doc! { "_id": second }, later).await?;
    let _sender = office.sender().await?;
    office.until(first, "sent").await?;
    let told = doc! { "_id": first, "nextAttemptAt": { "$exists": false } };
    while office.outbox().find_one(told.clone()).await?.is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(office.desk.stored(&path).await?.get_str("emailDeliveryStatus")?, "pending");
    Ok(())
}
