//! Runs that take long, and runs that nobody goes on with.

use bson::{DateTime, Document, doc};
use causeway_core::answer::Answer;

use super::Patient;
use crate::check::findings::Findings;
use crate::clock::{duration_words, thousands};
use crate::failure::{Attempt, Result};
use crate::requests;
use crate::runs;
use crate::steps::index::blockers;

/// The plan that this comes from calls it long after five minutes.
const LONG_SECONDS: f64 = 300.0;
/// What was changed lately: within so many seconds.
const LATELY_SECONDS: i64 = 60;

/// Whether a run is under way for long, and what holds it up.
pub(super) async fn slow(patient: &Patient<'_>) -> Result<Answer> {
    let mut findings = Findings::new("slow run", "does a migration take too long?");
    let target = &patient.context.target;
    let Some(holder) = &patient.holder else {
        findings.ok("no run is under way");
        return Ok(findings.answer());
    };
    let reading = || format!("read the run {holder}");
    let run = runs::collection(target).find_one(doc! { "_id": holder }).await.attempt(reading)?;
    let Some(run) = run else {
        findings.ok(format!("{holder} holds the lease, and is no migration"));
        return Ok(findings.answer());
    };
    let started = run.get_datetime("started_at").copied().unwrap_or(patient.now);
    let seconds = patient.seconds_since(started);
    let since = format!("run {holder} is under way for {}", duration_words(seconds));
    let requested = requests::read(target, holder).await?;
    if requested.paused {
        findings.warn(
            format!("{since}, and waits because somebody asked it to"),
            format!("let it go on: causeway resume {holder}"),
        );
    } else if seconds > LONG_SECONDS {
        let lately = changed_lately(patient, holder).await?;
        findings.warn(
            format!(
                "{since}; {} documents changed within the last minute; {}",
                thousands(lately),
                blockers(target).await
            ),
            format!(
                "see what it waits for: causeway logs {holder} --follow; end the operation that holds it up, \
                 or stop it and go on in calmer hours: causeway cancel {holder}"
            ),
        );
    } else {
        findings.ok(since);
    }
    Ok(findings.answer())
}

async fn changed_lately(patient: &Patient<'_>, run: &str) -> Result<u64> {
    let since = patient.now.timestamp_millis() - LATELY_SECONDS * 1_000;
    let lately = doc! { "run": run, "at": { "$gte": DateTime::from_millis(since) } };
    let journal = patient.context.target.database.collection::<Document>("causeway_journal");
    let pipeline = vec![
        doc! { "$match": lately },
        doc! { "$group": { "_id": null, "changed": { "$sum": "$changed" } } },
    ];
    let reading = || format!("read the journal of {run}");
    let mut found = journal.aggregate(pipeline).await.attempt(reading)?;
    if !found.advance().await.attempt(reading)? {
        return Ok(0);
    }
    let sum = found.deserialize_current().attempt(reading)?;
    Ok(crate::inventory::whole(&sum, "changed"))
}

/// Runs that did not end as asked while nobody works on them.
pub(super) async fn unfinished(patient: &Patient<'_>) -> Result<Answer> {
    let mut findings =
        Findings::new("unfinished run", "was a run stopped, killed, or did it fail?");
    for run in runs::unfinished(&patient.context.target).await? {
        let id = run.get_str("_id").unwrap_or_default();
        if patient.holder.as_deref() == Some(id) {
            findings.ok(format!("{id} is being worked on"));
            continue;
        }
        let word = |key: &str| run.get_str(key).unwrap_or("?");
        let evidence = format!(
            "{id} ({} {}) is {}, and nobody works on it; begun by {} on {}",
            word("direction"),
            run.get_str("version").or_else(|_| run.get_str("backup")).unwrap_or("?"),
            word("status"),
            word("operator"),
            word("host"),
        );
        let goes_on = runs::resumed_by(&run).unwrap_or_default();
        findings
            .warn(evidence, format!("see why: causeway logs {id}; then go on with it: {goes_on}"));
    }
    findings.ok("none");
    Ok(findings.answer())
}
