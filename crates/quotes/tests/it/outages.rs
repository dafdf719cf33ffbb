//! The database goes away, hangs, changes its primary: requests are answered in time, what was known
//! stays known, what was acknowledged is kept.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use bson::{Document, doc, oid::ObjectId};
use causeway_core::maintenance::{COLLECTION, ID};
use quotes::{access::Role, needs, settings::Address, store::Store};
use reqwest::Method;
use serde_json::json;
use testbed::{Proxy, ReplicaSet, ReplicaSetOptions};

use crate::{
    app::{Answered, Served, answered, following, person},
    seed::failed,
};

/// The application's own deadline, and a little for the way.
const ANSWER_SECONDS_MAX: u64 = 16;
const RECOVERY_SECONDS_MAX: u64 = 30;

async fn store(uri: &str) -> Result<Store> {
    let address = Address::parse(uri, None).await?;
    let store = Store::new(address.options, &address.database)?;
    needs::everything(&store).await.map_err(failed)?;
    Ok(store)
}

async fn report(app: &Served) -> Result<Answered> {
    let report = json!({ "text": "It does not work" });
    let request = app.request(Method::POST, "/api/problems").json(&report);
    answered(request.timeout(Duration::from_secs(ANSWER_SECONDS_MAX))).await
}

/// Waits until it is ready, or until it no longer is.
async fn becomes(app: &Served, status: u16) -> Result<Answered> {
    let begun = Instant::now();
    loop {
        let ready = app.get("/readyz").await?;
        if ready.status == status {
            return Ok(ready);
        }
        let waited = begun.elapsed() < Duration::from_secs(RECOVERY_SECONDS_MAX);
        ensure!(waited, "/readyz goes on with {}: {}", ready.status, ready.body);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_database_that_is_gone_or_hangs_is_told_and_comes_back() -> Result<()> {
    let set = ReplicaSet::start(ReplicaSetOptions::default()).await?;
    let address = set.addresses().pop().context("a member")?;
    let proxy = Proxy::start(&address)?;
    let uri = proxy.uri_for("shop");
    let app = following(store(&uri).await?, person(Role::Admin)).await?;
    becomes(&app, 200).await?;
    let states = set.client().await?.database("shop").collection::<Document>(COLLECTION);
    let on = doc! { "_id": ID, "on": true, "message": "We upgrade.", "scope": ["quotes"] };
    states.insert_one(on).await?;
    while app.get("/api/status").await?.body["data"]["maintenance"] != true {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for break_it in [Proxy::cut, Proxy::stall] {
        break_it(&proxy)?;
        let not_ready = becomes(&app, 503).await?;
        assert_eq!(not_ready.body["error"]["details"][0]["code"], "unreachable");
        assert_eq!(app.get("/healthz").await?.status, 200);
        let status = app.get("/api/status").await?.body["data"].clone();
        assert_eq!(status["databaseReachable"], false);
        assert_eq!(
            (&status["maintenance"], &status["message"]),
            (&json!(true), &json!("We upgrade."))
        );
        assert!(status["asOf"].is_string(), "{status}");
        let page = app.get("/status").await?;
        let text = page.body.as_str().unwrap_or_default();
        assert_eq!(page.status, 200);
        assert!(
            text.contains("The database does not answer") && text.contains("We upgrade."),
            "{text}"
        );
        let refused = report(&app).await?;
        assert_eq!(refused.status, 503, "{}", refused.body);
        assert_eq!(refused.body["error"]["code"], "DATABASE_UNAVAILABLE");
        assert!(
            !refused.body.to_string().contains(&proxy.address().to_string()),
            "{}",
            refused.body
        );
        proxy.restore()?;
        becomes(&app, 200).await?;
        assert_eq!(report(&app).await?.status, 201);
    }
    Ok(())
}

#[tokio::test]
async fn a_server_that_stands_still_keeps_nobody_waiting_for_ever() -> Result<()> {
    let set = ReplicaSet::start(ReplicaSetOptions::default()).await?;
    let app = following(store(&set.uri_for("shop")).await?, person(Role::Admin)).await?;
    set.stop(0)?;
    let asked = futures_util::future::join_all((0..40).map(|_| report(&app))).await;
    for answered in asked {
        assert_eq!(answered?.status, 503);
    }
    assert_eq!(app.get("/readyz").await?.status, 503);
    set.cont(0)?;
    becomes(&app, 200).await?;
    assert_eq!(report(&app).await?.status, 201);
    Ok(())
}

#[tokio::test]
async fn what_was_acknowledged_outlives_the_primary_and_is_there_once() -> Result<()> {
    let options = ReplicaSetOptions { members: 3, ..ReplicaSetOptions::default() };
    let set = ReplicaSet::start(options).await?;
    let app = Arc::new(following(store(&set.uri_for("shop")).await?, person(Role::Admin)).await?);
    let database = set.client().await?.database("shop");
    let enquiry = ObjectId::new();
    database.collection("enquiries").insert_one(doc! { "_id": enquiry }).await?;
    let done = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..8)
        .map(|number| tokio::spawn(write_on(app.clone(), done.clone(), (number, enquiry))))
        .collect();
    tokio::time::sleep(Duration::from_millis(500)).await;
    set.step_down().await?;
    let killed = set.primary().await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    set.kill(killed)?;
    set.primary().await?;
    becomes(&app, 200).await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    done.store(true, Ordering::Relaxed);
    let mut kept = Vec::new();
    for writer in writers {
        kept.extend(writer.await??);
    }
    ensure!(kept.len() > 20, "only {} were acknowledged", kept.len());
    set.restart(killed).await?;
    let found = database.collection::<Document>("quotes").distinct("_id", doc! {}).await?;
    let found: BTreeSet<String> =
        found.iter().filter_map(|id| Some(id.as_object_id()?.to_hex())).collect();
    let acknowledged: BTreeSet<String> = kept.iter().cloned().collect();
    assert_eq!(acknowledged.len(), kept.len(), "two requests got the same quote");
    // Each request was repeated until it was acknowledged: none is lost, none was done twice.
    assert_eq!(found, acknowledged);
    let audited = database.collection::<Document>("auditlogs");
    let audited = audited.count_documents(doc! { "action": "quote.create" }).await?;
    assert_eq!(usize::try_from(audited)?, kept.len());
    Ok(())
}

/// Makes quotes, each under a key of its own until it is acknowledged, and returns their ids.
async fn write_on(
    app: Arc<Served>,
    done: Arc<AtomicBool>,
    (number, enquiry): (u32, ObjectId),
) -> Result<Vec<String>> {
    let quote = json!({
        "enquiryId": enquiry.to_hex(), "leadName": "Greta Example", "hotelName": "Hotel Example",
        "numberOfPeople": 10, "numberOfRooms": 5, "numberOfNights": 2,
        "arrivalDate": "2090-05-12", "whatsIncluded": "Breakfast", "basePrice": 970,
    });
    let mut kept = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let key = format!("{number}-{}", kept.len());
        let begun = Instant::now();
        loop {
            let request = app.request(Method::POST, "/api/admin/quotes").json(&quote);
            let request = request.timeout(Duration::from_secs(ANSWER_SECONDS_MAX));
            let answer = answered(request.header("Idempotency-Key", &key)).await?;
            match answer.status {
                201 => {
                    let id = answer.body["data"]["_id"].as_str().context("no id")?;
                    kept.push(id.to_owned());
                    break;
                }
                503 | 409 => tokio::time::sleep(Duration::from_millis(50)).await,
                status => bail!("{status}: {}", answer.body),
            }
            ensure!(begun.elapsed() < Duration::from_secs(90), "never acknowledged");
        }
    }
    Ok(kept)
}
