//! Quotes that are made at the same time are one transaction, and nobody notices.

use std::time::Duration;

use anyhow::{Context as _, Result};
use bson::{Document, doc, oid::ObjectId};
use futures_util::future::{join_all, try_join_all};
use serde_json::Value;

use super::together::Failing;

const AT_ONCE: usize = 20;

/// While the first is written slowly, the others gather behind it.
async fn behind_a_slow_one(
    failing: &Failing,
    others: impl Future<Output = Result<()>>,
) -> Result<()> {
    let slow = failing.failing("insert", "auditlogs").times(1).block_millis(700);
    let slow = slow.on(&failing.client).await?;
    let (first, others) = tokio::join!(failing.create("first"), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        others.await
    });
    assert_eq!(first?.status, 201);
    assert_eq!(slow.off().await?, 1);
    others
}

/// The server counts the transactions that it committed or aborted; plain reads are none.
async fn transactions(failing: &Failing, what: &str) -> Result<i64> {
    let status = failing.client.database("admin").run_command(doc! { "serverStatus": 1 }).await?;
    let total = status.get_document("transactions")?.get(what).cloned();
    total.and_then(|total| total.as_i64()).context("the server does not count transactions")
}

async fn listed(failing: &Failing, enquiry: ObjectId) -> Result<(i32, usize)> {
    let enquiries = failing.database.collection::<Document>("enquiries");
    let enquiry = enquiries.find_one(doc! { "_id": enquiry }).await?.context("no enquiry")?;
    Ok((enquiry.get_i32("quotesCount")?, enquiry.get_array("quotes")?.len()))
}

#[tokio::test]
async fn many_at_once_are_few_transactions_and_all_of_them_are_there() -> Result<()> {
    let failing = Failing::start().await?;
    let (before, of_enquiry) = (failing.all().await?.0, listed(&failing, failing.enquiry).await?);
    let before_it = transactions(&failing, "totalCommitted").await?;
    behind_a_slow_one(&failing, async {
        let keys: Vec<String> = (0..AT_ONCE).map(|n| format!("key {n}")).collect();
        for made in try_join_all(keys.iter().map(|key| failing.create(key))).await? {
            assert_eq!(made.status, 201, "{}", made.body);
        }
        Ok(())
    })
    .await?;
    let made = u64::try_from(AT_ONCE + 1)?;
    let after = failing.all().await?.0;
    let grown: Vec<u64> = after.iter().zip(before).map(|(after, before)| after - before).collect();
    assert_eq!(grown, [made, made, made, 0, 0]);
    let (count, list) = listed(&failing, failing.enquiry).await?;
    assert_eq!((count, list), (of_enquiry.0 + i32::try_from(made)?, of_enquiry.1 + AT_ONCE + 1));
    let count = transactions(&failing, "totalCommitted").await? - before_it;
    assert!(count <= 6, "{AT_ONCE} quotes were {count} transactions");
    Ok(())
}

#[tokio::test]
async fn one_that_is_refused_takes_no_other_along() -> Result<()> {
    let failing = Failing::start().await?;
    behind_a_slow_one(&failing, async {
        let nobody = failing.create_for(ObjectId::new(), "nobody's");
        let twins = join_all([failing.create("twins"), failing.create("twins")]);
        let others = ["a", "b", "c", "d"].map(|key| failing.create(key));
        let (refused, twins, others) = tokio::join!(nobody, twins, try_join_all(others));
        let refused = refused?;
        assert_eq!(refused.refusal(), (422, "VALIDATION_ERROR"));
        assert_eq!(refused.body["error"]["details"][0]["code"], "unknown_enquiry");
        let twins: Vec<Value> =
            twins.into_iter().map(|it| it.map(|it| it.body)).collect::<Result<_>>()?;
        assert_eq!(twins[0], twins[1]);
        assert!(others?.iter().all(|made| made.status == 201));
        Ok(())
    })
    .await?;
    let quotes = failing.database.collection::<Document>("quotes");
    // The first, one of the twins, and the four others.
    assert_eq!(quotes.count_documents(doc! { "leadName": "Greta Example" }).await?, 6);
    Ok(())
}

#[tokio::test]
async fn a_lost_commit_of_many_happens_once_for_each() -> Result<()> {
    let failing = Failing::start().await?;
    let lost = failing.failing("commitTransaction", "").times(3).close_connection();
    let lost = lost.on(&failing.client).await?;
    let keys: Vec<String> = (0..AT_ONCE).map(|n| format!("key {n}")).collect();
    for made in try_join_all(keys.iter().map(|key| failing.create(key))).await? {
        assert_eq!(made.status, 201, "{}", made.body);
    }
    assert!(lost.off().await? > 0, "no commit was lost");
    let quotes = failing.database.collection::<Document>("quotes");
    let made = quotes.count_documents(doc! { "leadName": "Greta Example" }).await?;
    assert_eq!(made, u64::try_from(AT_ONCE)?);
    let (count, list) = listed(&failing, failing.enquiry).await?;
    assert_eq!(usize::try_from(count)?, list);
    Ok(())
}

#[tokio::test]
async fn what_failed_for_all_is_done_for_each() -> Result<()> {
    let failing = Failing::start().await?;
    let enquiries = failing.database.collection::<Document>("enquiries");
    let other = enquiries.find_one(doc! { "_id": { "$ne": failing.enquiry } }).await?;
    let other = other.context("there is one enquiry only")?.get_object_id("_id")?;
    let aborted = transactions(&failing, "totalAborted").await?;
    // Somebody else is at the enquiry until all of them have met that.
    let mut session = failing.client.start_session().await?;
    session.start_transaction().await?;
    let touch = doc! { "$set": { "touched": true } };
    enquiries.update_one(doc! { "_id": failing.enquiry }, touch).session(&mut session).await?;
    let slow = failing.failing("insert", "auditlogs").times(1).block_millis(500);
    let slow = slow.on(&failing.client).await?;
    let (first, others, ended) = tokio::join!(
        failing.create_for(other, "first"),
        async {
            tokio::time::sleep(Duration::from_millis(150)).await;
            let keys: Vec<String> = (0..5).map(|n| format!("key {n}")).collect();
            try_join_all(keys.iter().map(|key| failing.create(key))).await
        },
        async {
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            session.commit_transaction().await
        }
    );
    ended?;
    drop(slow);
    assert!(transactions(&failing, "totalAborted").await? > aborted, "nothing failed");
    assert_eq!(first?.status, 201);
    for made in others? {
        assert_eq!(made.status, 201, "{}", made.body);
    }
    let (count, list) = listed(&failing, failing.enquiry).await?;
    assert_eq!(usize::try_from(count)?, list);
    Ok(())
}
