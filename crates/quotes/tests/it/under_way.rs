//! What Causeway leaves in the database while a run is under way.

use anyhow::{Context as _, Result};
use bson::{Bson, DateTime, Document, doc, serialize_to_document};
use causeway_core::{
    live::{Live, Phase, StepShown},
    maintenance::{COLLECTION, ID, Maintenance},
};

use crate::app::TestApp;

/// A run of the whole plan.
pub(crate) const RUN: &str = "2026-11-26-0205-k7f";
/// The `up` that works for it.
pub(crate) const PART: &str = "2026-11-26-0206-a1b";

pub(crate) fn ago(seconds: i64) -> DateTime {
    DateTime::from_millis(DateTime::now().timestamp_millis() - seconds * 1_000)
}

pub(crate) fn held(id: &str, run: &str) -> Document {
    held_until(id, run, ago(-60))
}

pub(crate) fn held_until(id: &str, run: &str, expires_at: DateTime) -> Document {
    doc! { "_id": id, "epoch": 7_i64, "released": false, "expires_at": expires_at,
    "holder": { "run": run, "host": "db-admin-1", "operator": "ops" } }
}

pub(crate) fn step(id: &str, title: &str, state: &str, evidence: &str) -> Document {
    let ended = (state != "open").then(|| ago(30));
    doc! { "step": id, "title": title, "state": state, "began": ago(60), "ended": ended,
    "evidence": evidence, "warnings": [], "by": "ops", "host": "db-admin-1" }
}

pub(crate) fn run(status: &str, steps: Vec<Document>) -> Document {
    doc! {
        "_id": RUN, "application": RUN, "direction": "run", "version": "010",
        "title": "Add events to quotes", "migration_sha256": "", "status": status,
        "command": "causeway run 010", "operator": "ops", "host": "db-admin-1", "folder": "",
        "started_at": ago(120), "maintenance": true, "steps": steps,
        "jobs": [{ "name": "reminder-mailer", "state": "stopped" }],
    }
}

pub(crate) fn news() -> Live {
    Live {
        run: RUN.to_owned(),
        working: PART.to_owned(),
        command: "run".to_owned(),
        step: Some(StepShown { number: 12, of: 19, ..StepShown::default() }),
        phase: Some(Phase {
            name: "quotes  add selectedEvents".to_owned(),
            unit: "documents".to_owned(),
            done: 684_000,
            total: Some(1_000_000),
            per_second: 66_900.0,
            eta_seconds: Some(4.7),
            lag_seconds: Some(0.12),
        }),
        rates: vec![10.0, 20.0, 30.0],
        at: Some(DateTime::now()),
        ..Live::default()
    }
}

pub(crate) async fn put(app: &TestApp, collection: &str, document: Document) -> Result<()> {
    let documents = app.database.database().collection::<Document>(collection);
    let id = doc! { "_id": document.get("_id").context("it has no id")? };
    documents.replace_one(id, document).upsert(true).await?;
    Ok(())
}

pub(crate) async fn put_news(app: &TestApp, live: &Live) -> Result<()> {
    let mut document = serialize_to_document(live)?;
    document.insert("_id", causeway_core::live::ID);
    put(app, COLLECTION, document).await
}

/// The migration is under way: under the lease, behind the fence.
pub(crate) async fn under_way(app: &TestApp, said: &str) -> Result<()> {
    let steps = vec![
        step("check", "ask every question of the checklist", "done", "11 ok, 1 warning"),
        step("prove", "restore the backup beside", "void", "another backup was needed"),
        step("up", said, "open", said),
    ];
    put(app, "causeway_runs", run("running", steps)).await?;
    put(app, "causeway_lock", held("turn", RUN)).await?;
    put(app, "causeway_lock", held("lease", PART)).await?;
    let fenced = doc! { "name": "quotes", "uuid": "", "options": Bson::Null };
    let fence = doc! { "_id": "fence", "since": ago(60), "by": "ops", "collections": [fenced] };
    put(app, "causeway_lock", fence).await?;
    put_news(app, &news()).await?;
    let maintenance = Maintenance {
        on: true,
        since: Some(ago(60)),
        until: Some(ago(-600)),
        scope: vec!["quotes".to_owned()],
        run: Some(RUN.to_owned()),
        ..Maintenance::default()
    };
    let mut document = serialize_to_document(&maintenance)?;
    document.insert("_id", ID);
    put(app, COLLECTION, document).await?;
    app.maintenance.send_replace(maintenance);
    Ok(())
}
