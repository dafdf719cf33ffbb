//! What people are told once.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use bson::{DateTime, Document, doc};
use quotes::access::Role;
use reqwest::Method;
use testbed::TestDatabase;

use super::{HOSTILE, Shown, sent};
use crate::app::{Served, following, signed_in, store};

fn notice(id: &str, subject: &str) -> Document {
    let from = DateTime::from_millis(DateTime::now().timestamp_millis() - 60_000);
    let shown = doc! { "kind": "notification", "level": "done", "from": from, "until": null };
    doc! { "_id": id, "subject": subject, "text": "You can now:\n- add events", "in_app": shown }
}

async fn open(served: &Served, path: &str) -> Result<Shown> {
    sent(served.request(Method::GET, path)).await
}

async fn mark(served: &Served, form: &[(&str, &str)]) -> Result<Shown> {
    sent(served.request(Method::POST, "/notifications/read").form(form)).await
}

/// What people are told is read once a second.
async fn told(served: &Served, count: usize) -> Result<Shown> {
    let begun = Instant::now();
    loop {
        let shown = open(served, "/notifications").await?;
        if shown.text.matches("class=\"unread\"").count() == count {
            return Ok(shown);
        }
        ensure!(begun.elapsed() < Duration::from_secs(10), "{}", shown.text);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn each_notice_is_new_until_its_reader_has_read_it() -> Result<()> {
    let database = TestDatabase::new().await?;
    let notices = database.database().collection("causeway_notices");
    notices.insert_many([notice("one", "Done"), notice("two", HOSTILE)]).await?;
    let reader = following(store(&database).await?, signed_in(Role::Agent)).await?;
    let other = following(store(&database).await?, signed_in(Role::Admin)).await?;
    let shown = told(&reader, 2).await?;
    told(&other, 2).await?;
    assert!(shown.text.contains("&#60;script&#62;") && shown.text.contains("Mark all as read"));
    let count = "<span class=\"count\">2<span class=\"offscreen\"> unread</span>";
    assert!(open(&reader, "/quotes").await?.text.contains(count));
    let read = mark(&reader, &[("id", "one"), ("id", "a notice that nobody sent")]).await?;
    assert_eq!((read.status, read.to()), (303, "/notifications"));
    told(&reader, 1).await?;
    assert!(open(&reader, "/quotes").await?.text.contains(">1<span class=\"offscreen\"> unread"));
    mark(&reader, &[("id", "one"), ("id", "two")]).await?;
    let shown = told(&reader, 0).await?;
    assert!(shown.text.contains("<small class=\"dim\">read"), "{}", shown.text);
    assert!(!open(&reader, "/quotes").await?.text.contains("class=\"count\""));
    told(&other, 2).await?;
    let reads = database.database().collection::<Document>("notice_reads");
    assert_eq!(reads.count_documents(doc! {}).await?, 2);
    Ok(())
}

#[tokio::test]
async fn nothing_to_read_says_so() -> Result<()> {
    let database = TestDatabase::new().await?;
    let reader = following(store(&database).await?, signed_in(Role::Agent)).await?;
    assert!(open(&reader, "/notifications").await?.text.contains("There is nothing to read."));
    Ok(())
}
