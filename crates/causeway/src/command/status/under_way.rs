//! Runs that did not end as asked, and what is asked of them.

use bson::Document;
use serde_json::json;

use super::Lease;
use crate::clock::thousands;
use crate::failure::Result;
use crate::requests::{self, Requested};
use crate::target::Target;
use crate::terminal::moment;
use crate::terminal::rows::Row;

/// Rows for each such run: the run, and below it what is asked of it.
///
/// # Errors
/// When the database can't be read.
pub(super) async fn rows(target: &Target, runs: &[Document]) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let (lease, turn) = (Lease::read(target).await?, Lease::read_turn(target).await?);
    for run in runs {
        let id = run.get_str("_id").unwrap_or_default();
        let left = run.get_str("status").is_ok_and(|status| status == "running")
            && !lease.is_held_by(id)
            && !turn.is_held_by(id);
        rows.push(run_row(run, if left { ", and nobody works on it" } else { "" }));
        let requested = requests::read(target, id).await?;
        rows.extend(words(&requested).map(|text| {
            Row::from([
                ("row", json!("request")),
                ("run", json!(id)),
                ("paused", json!(requested.paused)),
                ("cancelled", json!(requested.cancelled)),
                ("documents_per_second_max", json!(requested.documents_per_second_max)),
                ("text", json!(format!("run {id} is asked to {text}"))),
            ])
        }));
    }
    Ok(rows)
}

fn run_row(run: &Document, left: &str) -> Row {
    let text = |key: &str| run.get_str(key).unwrap_or("?").to_owned();
    let started =
        run.get_datetime("started_at").ok().and_then(|at| at.try_to_rfc3339_string().ok());
    let since = started.as_deref().map_or_else(|| "?".to_owned(), moment::local);
    let sentence = format!(
        "{} ({} {}) {}{}{left}, started {since} by {} on {}",
        text("_id"),
        text("direction"),
        if run.contains_key("version") { text("version") } else { text("backup") },
        text("status"),
        step(run),
        text("operator"),
        text("host"),
    );
    Row::from([
        ("row", json!("run_under_way")),
        ("run", json!(text("_id"))),
        ("version", json!(text("version"))),
        ("direction", json!(text("direction"))),
        ("status", json!(text("status"))),
        ("started_at", json!(started)),
        ("operator", json!(text("operator"))),
        ("host", json!(text("host"))),
        ("text", json!(sentence)),
    ])
}

/// Where a run of the whole plan is: ` in step up`.
fn step(run: &Document) -> String {
    let last = run.get_array("steps").ok().and_then(|steps| steps.last()?.as_document());
    let Some(last) = last else { return String::new() };
    let word = |key: &str| last.get_str(key).unwrap_or("?").replace('_', " ");
    match last.get_str("state") {
        Ok("open") => format!(" in step {}", word("step")),
        _ => format!(" after step {} ({})", word("step"), word("state")),
    }
}

/// What is asked, when anything is.
fn words(requested: &Requested) -> Option<String> {
    let mut parts = Vec::new();
    if requested.cancelled {
        parts.push("stop".to_owned());
    }
    if requested.paused {
        parts.push("wait".to_owned());
    }
    if let Some(rate) = requested.documents_per_second_max {
        parts.push(format!("change at most {} documents a second", thousands(rate)));
    }
    (!parts.is_empty()).then(|| parts.join(" and to "))
}
