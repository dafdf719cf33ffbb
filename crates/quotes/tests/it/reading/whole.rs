//! Any quote can be read, by whoever may.

use anyhow::{Context as _, Result, bail, ensure};
use bson::{DateTime, Document, RawDocumentBuf, doc, oid::ObjectId};
use futures_util::TryStreamExt as _;
use quotes::access::{Person, Principal, Role};
use quotes_core::quote::{QuoteId, Reference, revision};
use testbed::data;

use super::{at, generated, put, some};
use crate::app::{TestApp, person};

/// What stands behind a quote's URL.
const PARTS: [&str; 7] =
    ["", "/events", "/price-breakdown", "/price-history", "/versions", "/audit", "/emails"];

#[tokio::test]
async fn every_quote_can_be_read_however_ugly_it_is() -> Result<()> {
    let app = generated().await?;
    let quotes = app.database.database().collection::<RawDocumentBuf>("quotes");
    let all: Vec<RawDocumentBuf> = quotes.find(doc! {}).await?.try_collect().await?;
    assert_eq!(all.len(), 200);
    for document in all {
        let id = QuoteId::from(Document::try_from(&document)?.remove("_id").context("an id")?);
        for part in PARTS {
            let path = format!("/api/admin/quotes/{}{part}", escaped(&id.to_string()));
            let read = app.get(&path).await?;
            ensure!(read.status == 200, "{path}: {} {}", read.status, read.body);
            if part.is_empty() {
                assert_eq!(read.body["data"]["_id"], id.to_string());
                assert_eq!(read.body["data"]["revision"], revision(&document));
                let tag = read.headers["etag"].to_str()?;
                assert_eq!(tag, format!("\"{}\"", revision(&document)));
            }
        }
        let reference = Reference::of(&id);
        let by_reference = app.get(&format!("/api/admin/quotes/{reference}")).await?;
        assert_eq!(by_reference.body["data"]["_id"], id.to_string(), "{reference}");
    }
    Ok(())
}

fn escaped(id: &str) -> String {
    id.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[tokio::test]
async fn what_can_be_no_id_is_not_found() -> Result<()> {
    let app = generated().await?;
    let regex = escaped(r#"{"$regularExpression": {"pattern": ".", "options": ""}}"#);
    let operator = escaped(r#"{"$gt": ""}"#);
    let undefined = escaped(r#"{"$undefined": true}"#);
    let long = "a".repeat(3_000);
    let ids = [
        "nothing",
        "000000000000000000000000",
        "%00",
        "%ff",
        "-1",
        "1e400",
        "Q00000000",
        "XFFFFFFFF",
        &regex,
        &operator,
        &undefined,
        &long,
    ];
    for id in ids {
        for part in PARTS {
            let refused = app.get(&format!("/api/admin/quotes/{id}{part}")).await?;
            assert_eq!(refused.status, 404, "{id}{part}: {}", refused.body);
            assert_eq!(refused.body["success"], false);
        }
    }
    let id = some(&app, "quotes", doc! { "_id": { "$type": 7 } }).await?.get_object_id("_id")?;
    for version in ["1", "-1", "x", "99999999999"] {
        let refused = app.get(&format!("{}/versions/{version}", at(id))).await?;
        assert_eq!(refused.status, 404, "{version}");
        assert_eq!(refused.body["error"]["code"], "VERSION_NOT_FOUND", "{version}");
    }
    Ok(())
}

#[tokio::test]
async fn a_reference_of_two_quotes_names_none() -> Result<()> {
    let app = TestApp::start().await?;
    for id in ["65a1b2c300000000aabbccdd", "65a1b2c400000000aabbccdd"] {
        let id = ObjectId::parse_str(id)?;
        put(&app, "quotes", doc! { "_id": id, "reference": "QAABBCCDD" }).await?;
    }
    super::super::seed::migrate(&app.database).await?;
    assert_eq!(app.get("/api/admin/quotes/QAABBCCDD").await?.status, 404);
    assert_eq!(app.get("/api/admin/quotes/65a1b2c300000000aabbccdd").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn agents_read_their_own_without_notes_and_a_run_what_it_made() -> Result<()> {
    let agent = ObjectId::new();
    let Principal::Person(asking) = person(Role::Agent) else { bail!("a person is one") };
    let principal = Principal::Person(Person { id: agent, ..asking });
    let options = data::Options { quotes: 50, ugly_percent: 0, ..data::Options::default() };
    let app = TestApp::seeded(&options, principal).await?;
    let notes = doc! { "internalNotes": { "$type": "string" } };
    let quote = some(&app, "quotes", notes).await?.get_object_id("_id")?;
    assert_eq!(app.get(&at(quote)).await?.status, 404);
    let quotes = app.database.database().collection::<Document>("quotes");
    let set = async |fields: Document| {
        quotes.update_one(doc! { "_id": quote }, doc! { "$set": fields }).await.context("edit")
    };
    set(doc! { "createdBy": agent }).await?;
    let own = app.get(&at(quote)).await?;
    assert_eq!(own.status, 200);
    assert!(own.body["data"].get("internalNotes").is_none(), "agents don't see notes");
    set(doc! { "deletedAt": DateTime::now() }).await?;
    for part in PARTS {
        // The audit log is not for agents.
        let status = if part == "/audit" { 403 } else { 404 };
        assert_eq!(app.get(&format!("{}{part}", at(quote))).await?.status, status, "{part}");
    }

    let run = TestApp::seeded(&options, Principal::Run("2026-abc".to_owned())).await?;
    let made = doc! { "_id": quote, "madeBy": { "causewayRun": "2026-abc" } };
    assert_eq!(run.get(&at(quote)).await?.status, 404);
    let quotes = run.database.database().collection::<Document>("quotes");
    quotes.replace_one(doc! { "_id": quote }, made).await?;
    assert_eq!(run.get(&at(quote)).await?.status, 200);
    Ok(())
}
