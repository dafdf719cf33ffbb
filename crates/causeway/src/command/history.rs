//! `causeway history`: the runs there were, newest first, the records, and who allowed
//! what. Writes nothing.

use bson::{Bson, DateTime, Document, doc};
use causeway_core::event::Event;
use causeway_core::outcome::Outcome;
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use super::arguments::HistoryArguments;
use super::session::Session;
use crate::audit;
use crate::failure::{Attempt, Result};
use crate::records;
use crate::runs;
use crate::target::Target;
use crate::terminal::rows::Row;

/// Approvals that are shown.
const APPROVALS: i64 = 20;

/// Shows runs, records and approvals.
///
/// # Errors
/// When the database can't be read.
pub(super) async fn run(session: &Session, arguments: &HistoryArguments) -> Result<Outcome> {
    let target = session.connect().await?;
    let found = runs(&target, arguments.runs_max).await?;
    for run in &found {
        session.reporter.emit(Event::Row(run_row(run)));
    }
    if found.is_empty() {
        session.reporter.fact("runs", "none in this database");
    }
    for record in records::read(&target).await? {
        session.reporter.emit(Event::Row(Row::from([
            ("row", json!("record")),
            ("version", json!(record.version)),
            ("status", json!(record.status.word())),
            ("applied_at", json!(record.applied_at_shown())),
            ("by", json!(if record.foreign { "other scripts" } else { "causeway" })),
            ("run", json!(record.run)),
            ("description", json!(record.description)),
        ])));
    }
    for approval in audit::last(&target, APPROVALS).await?.iter().rev() {
        session.reporter.emit(Event::Row(approval_row(approval)));
    }
    Ok(Outcome::Done)
}

fn approval_row(approval: &Document) -> Row {
    let text = |key: &str| json!(approval.get_str(key).ok());
    let at = approval.get_datetime("at").ok().and_then(|at| at.try_to_rfc3339_string().ok());
    Row::from([
        ("row", json!("approval")),
        ("at", json!(at)),
        ("operator", text("operator")),
        ("host", text("host")),
        ("approval", text("approval")),
        ("what", text("what")),
        ("command", text("command")),
        ("run", text("run")),
    ])
}

async fn runs(target: &Target, runs_max: u32) -> Result<Vec<Document>> {
    let reading = || format!("read {} in {}", runs::COLLECTION, target.name());
    runs::collection(target)
        .find(doc! {})
        .sort(doc! { "started_at": -1, "_id": -1 })
        .limit(i64::from(runs_max))
        .projection(doc! { "sessions": 0, "before": 0 })
        .await
        .attempt(reading)?
        .try_collect()
        .await
        .attempt(reading)
}

fn run_row(run: &Document) -> Row {
    let text = |key: &str| json!(run.get_str(key).ok());
    let date = |key: &str| run.get_datetime(key).ok().copied();
    let written = |at: Option<DateTime>| json!(at.and_then(|at| at.try_to_rfc3339_string().ok()));
    let (started, ended) = (date("started_at"), date("ended_at"));
    Row::from([
        ("row", json!("run")),
        ("run", text("_id")),
        ("application", text("application")),
        ("version", text("version")),
        ("direction", text("direction")),
        ("command", text("command")),
        ("status", text("status")),
        ("started_at", written(started)),
        ("ended_at", written(ended)),
        ("seconds", took(started, ended)),
        ("operator", text("operator")),
        ("host", text("host")),
        ("counts", run.get("counts").map_or(Value::Null, extended_json)),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of some years")]
fn took(started: Option<DateTime>, ended: Option<DateTime>) -> Value {
    let (Some(started), Some(ended)) = (started, ended) else { return Value::Null };
    json!((ended.timestamp_millis() - started.timestamp_millis()) as f64 / 1000.0)
}

fn extended_json(value: &Bson) -> Value {
    value.clone().into_relaxed_extjson()
}
