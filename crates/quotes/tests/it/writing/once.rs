//! A request under a key is done once, also when two of it come at once.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::http::StatusCode;
use bson::{DateTime, Document, doc};
use futures_util::future::join_all;
use mongodb::options::ClientOptions;
use quotes::{
    access::Role,
    failure::Failure,
    store::{
        Store,
        audit::{Action, Entry},
        author::Author,
        idempotency::{Kept, Once, TAKEN},
    },
};
use testbed::TestDatabase;

use crate::app::person;

fn author() -> Author {
    Author { principal: person(Role::Admin), address: None }
}

async fn store(database: &TestDatabase) -> Result<Store> {
    #[expect(clippy::disallowed_methods, reason = "a test's own server has no password")]
    let options = ClientOptions::parse(database.uri()).await.context("read the URI")?;
    Store::new(options, database.name())
}

/// Writes one entry of the log, and its number is the answer.
async fn write(store: Store, author: Author, once: Once, number: usize) -> Result<Kept, Failure> {
    let kept = Kept { status: StatusCode::CREATED, body: format!("{{\"made\":{number}}}") };
    let entry = Entry {
        action: Action::Create,
        quote: "a quote".into(),
        at: DateTime::now(),
        details: Document::new(),
    };
    let work = Arc::new((store.clone(), author, once, kept, entry));
    store
        .transaction("write", move |session| {
            let work = Arc::clone(&work);
            Box::pin(async move {
                let (store, author, once, kept, entry) = &*work;
                store.write_down(session, author, entry).await?;
                store.keep_answer(session, once, kept).await?;
                Ok(kept.clone())
            })
        })
        .await
}

#[tokio::test]
async fn of_twenty_at_once_one_is_done() -> Result<()> {
    let database = TestDatabase::new().await?;
    let store = store(&database).await?;
    let author = author();
    let once = Once::new(&author, "POST /api/admin/quotes", b"key 1", "{}").unwrap();
    let tries = join_all((0..20).map(|number| {
        let (store, author, once) = (store.clone(), author.clone(), once.clone());
        tokio::spawn(write(store, author, once, number))
    }));
    let (mut done, mut taken) = (Vec::new(), 0);
    for tried in tries.await {
        match tried? {
            Ok(kept) => done.push(kept),
            Err(failure) if failure.code == TAKEN => taken += 1,
            Err(other) => anyhow::bail!("{other:?}"),
        }
    }
    assert_eq!((done.len(), taken), (1, 19));
    assert_eq!(store.answer_before(&once).await.unwrap(), done.pop());
    let logs = database.database().collection::<Document>("auditlogs");
    assert_eq!(logs.count_documents(doc! {}).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_key_belongs_to_one_request_of_one_person() -> Result<()> {
    let database = TestDatabase::new().await?;
    let store = store(&database).await?;
    let author = author();
    let route = "POST /api/admin/quotes";
    let once = Once::new(&author, route, b"key", "{}").unwrap();
    write(store.clone(), author.clone(), once, 1).await.unwrap();
    let other_body = Once::new(&author, route, b"key", "{\"leadName\":\"Eve\"}").unwrap();
    let reused = store.answer_before(&other_body).await.unwrap_err();
    assert_eq!((reused.status.as_u16(), reused.code), (422, "IDEMPOTENCY_KEY_REUSED"));
    let stranger = self::author();
    for fresh in [
        Once::new(&stranger, route, b"key", "{}").unwrap(),
        Once::new(&author, "POST /api/admin/quotes/1/send-email", b"key", "{}").unwrap(),
        Once::new(&author, route, b"another key", "{}").unwrap(),
    ] {
        assert_eq!(store.answer_before(&fresh).await.unwrap(), None);
    }
    Ok(())
}

#[test]
fn a_key_is_printable_and_not_too_long() {
    let author = author();
    let long = [b'k'; 256];
    for bad in [&b""[..], b"tab\there", b"\xc3\xa4", &long] {
        let refused = Once::new(&author, "POST /", bad, "{}").unwrap_err();
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for good in [&b" "[..], b"~", &long[..255]] {
        assert!(Once::new(&author, "POST /", good, "{}").is_ok());
    }
}
