//! What was left standing: a fence, a maintenance that is overdue, jobs that stand still, requests to
//! runs that have ended.

use bson::{Document, doc};
use causeway_core::answer::Answer;
use futures_util::TryStreamExt;

use super::Patient;
use crate::check::findings::Findings;
use crate::failure::{Attempt, Result};
use crate::maintenance::{self, fence, words};
use crate::requests;
use crate::runs::{self, frame};

/// What the safe cures are, for a recipe.
const FIX: &str = "causeway doctor --fix";

/// Whether a fence stands although nobody wants one.
pub(super) async fn fence(patient: &Patient<'_>) -> Result<Answer> {
    let mut findings = Findings::new("fence", "does a fence stand that nobody lifted?");
    let target = &patient.context.target;
    match fence::read(target).await? {
        None => findings.ok("none"),
        Some(fence) if maintenance::read(target).await?.on => findings.ok(fence.words(patient.now)),
        Some(fence) => findings.warn(
            format!("{}, and maintenance is off", fence.words(patient.now)),
            format!("lift it: causeway maintenance off, or {FIX}"),
        ),
    }
    Ok(findings.answer())
}

/// Whether people wait longer than they were told.
pub(super) async fn overdue(patient: &Patient<'_>) -> Result<Answer> {
    let mut findings = Findings::new("maintenance", "is maintenance overdue?");
    let present = maintenance::read(&patient.context.target).await?;
    let text = words(&present, patient.now);
    if present.is_overdue(patient.now) {
        findings.warn(
            text,
            "end it: causeway maintenance off; or say when it ends: causeway maintenance on --until TIME",
        );
    } else {
        findings.ok(text);
    }
    Ok(findings.answer())
}

/// Whether background jobs stand still because of a run that nobody goes on with.
pub(super) async fn jobs(patient: &Patient<'_>) -> Result<Answer> {
    let mut findings = Findings::new("jobs", "does a background job stand still?");
    for job in runs::jobs_left(&patient.context.target).await? {
        let (what, cure) = job.split_once("; ").unwrap_or((&job, "start it by hand"));
        findings.warn(what, cure);
    }
    findings.ok("none that a run stopped");
    Ok(findings.answer())
}

/// Requests to runs that nobody works on: who resumes one finds it waiting, and does not know why.
pub(super) async fn requests(patient: &Patient<'_>) -> Result<Answer> {
    let mut findings =
        Findings::new("requests", "is something asked of runs that nobody works on?");
    for run in stale_requests(patient).await? {
        findings.warn(
            format!("a run that nobody works on is asked to wait, stop or slow down: {run}"),
            format!("forget that: {FIX}"),
        );
    }
    findings.ok("none");
    Ok(findings.answer())
}

async fn stale_requests(patient: &Patient<'_>) -> Result<Vec<String>> {
    let target = &patient.context.target;
    let reading = || "read what is asked of runs".to_owned();
    let asked = doc! { "_id": { "$regex": "^run:" }, "$or": [
    { "paused": true }, { "cancelled": true }, { "documents_per_second_max": { "$gt": 0 } } ] };
    let found = target.database.collection::<Document>(requests::COLLECTION).find(asked).await;
    let found: Vec<Document> = found.attempt(reading)?.try_collect().await.attempt(reading)?;
    let runs = found.iter().filter_map(|it| it.get_str("_id").ok()?.strip_prefix("run:"));
    let stale = runs.filter(|run| patient.holder.as_deref() != Some(*run));
    Ok(stale.map(str::to_owned).collect())
}

/// Lifts a fence that stands although maintenance is off, and forgets stale requests. Does nothing, and
/// asks nothing, where there is neither.
pub(super) async fn mend(patient: &Patient<'_>) -> Result<()> {
    let context = patient.context;
    let target = &context.target;
    let stands = fence::read(target).await?.filter(|_| patient.holder.is_none());
    let unwanted = stands.is_some() && !maintenance::read(target).await?.on;
    let stale = stale_requests(patient).await?;
    let mut what = Vec::new();
    if unwanted {
        what.push("validators behind the fence".to_owned());
    }
    if !stale.is_empty() {
        what.push(format!("no more requests to {}", stale.join(", ")));
    }
    if what.is_empty() {
        context.reporter.fact("mended", "nothing: there is nothing that is safe to mend");
        return Ok(());
    }
    let permission = context.approve(&what.join("; ")).await?;
    if unwanted {
        let lease = frame::take_lease(context, &runs::free_id(&context.state_dir)).await?;
        let lifted = fence::lift(context, &lease).await;
        lease.release().await?;
        for lifted in lifted? {
            context.reporter.fact("mended", format!("{} {}", lifted.name, lifted.words));
        }
    }
    for run in stale {
        requests::forget(target, &permission, &run).await?;
        context.reporter.fact("mended", format!("nothing is asked of {run} any more"));
    }
    Ok(())
}
