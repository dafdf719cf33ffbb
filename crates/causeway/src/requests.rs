//! What somebody asks of a run from another terminal: pause, resume, cancel, throttle.
//!
//! A request is one document in `causeway_state`, the one collection that the application's own
//! user may write. The run reads it four times a second.

use bson::{Bson, DateTime, Document, doc};
use mongodb::Collection;

use crate::failure::{Attempt, Failure, Result};
use crate::runs;
use crate::target::Target;

/// Collection of maintenance state and requests.
pub const COLLECTION: &str = "causeway_state";

/// What is asked of a run at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Requested {
    /// Wait.
    pub paused: bool,
    /// Stop after the batch in hand.
    pub cancelled: bool,
    /// Change at most so many documents a second.
    pub documents_per_second_max: Option<u64>,
}

/// `_id` of the requests to `run`.
#[must_use]
pub fn request_id(run: &str) -> String {
    format!("run:{run}")
}

fn collection(target: &Target) -> Collection<Document> {
    target.database.collection(COLLECTION)
}

/// Reads what is asked of `run`.
///
/// # Errors
/// When the database can't be read.
pub async fn read(target: &Target, run: &str) -> Result<Requested> {
    let found = collection(target)
        .find_one(doc! { "_id": request_id(run) })
        .await
        .attempt(|| format!("read what is asked of run {run}"))?;
    let Some(found) = found else { return Ok(Requested::default()) };
    let rate = match found.get("documents_per_second_max") {
        Some(Bson::Int64(rate)) => u64::try_from(*rate).ok(),
        Some(Bson::Int32(rate)) => u64::try_from(*rate).ok(),
        _ => None,
    };
    Ok(Requested {
        paused: found.get_bool("paused").unwrap_or(false),
        cancelled: found.get_bool("cancelled").unwrap_or(false),
        documents_per_second_max: rate.filter(|rate| *rate > 0),
    })
}

/// Forgets a cancellation: a run that is resumed was asked to go on.
///
/// # Errors
/// When the server refuses.
pub async fn forget_cancel(target: &Target, run: &str) -> Result<()> {
    collection(target)
        .update_one(doc! { "_id": request_id(run) }, doc! { "$set": { "cancelled": false } })
        .await
        .attempt(|| format!("clear the cancellation of run {run}"))?;
    Ok(())
}

/// Asks `run` to wait after the batch in hand.
///
/// # Errors
/// Refused when no such run is going on.
pub async fn pause(target: &Target, run: &str) -> Result<()> {
    ask(target, run, doc! { "paused": true }).await
}

/// Asks `run` to go on.
///
/// # Errors
/// Refused when no such run is going on.
pub async fn resume(target: &Target, run: &str) -> Result<()> {
    ask(target, run, doc! { "paused": false }).await
}

/// Asks `run` to stop after the batch in hand.
///
/// # Errors
/// Refused when no such run is going on.
pub async fn cancel(target: &Target, run: &str) -> Result<()> {
    ask(target, run, doc! { "cancelled": true }).await
}

/// Asks `run` to change at most so many documents a second; none lifts the limit.
///
/// # Errors
/// Refused when no such run is going on.
pub async fn throttle(target: &Target, run: &str, rate: Option<u64>) -> Result<()> {
    let rate = rate.map_or(Bson::Null, |rate| Bson::Int64(i64::try_from(rate).unwrap_or(i64::MAX)));
    ask(target, run, doc! { "documents_per_second_max": rate }).await
}

async fn ask(target: &Target, run: &str, mut fields: Document) -> Result<()> {
    let known = runs::collection(target)
        .find_one(doc! { "_id": run })
        .await
        .attempt(|| format!("look for run {run}"))?;
    let Some(known) = known else {
        return Err(Failure::refused(format!("there is no run {run} in {}", target.name()))
            .hint("`causeway status` names the run that is going on"));
    };
    let status = known.get_str("status").unwrap_or("?");
    if status == runs::Status::Completed.word() {
        return Err(Failure::refused(format!("run {run} has ended")));
    }
    fields.insert("asked_at", DateTime::now());
    collection(target)
        .update_one(doc! { "_id": request_id(run) }, doc! { "$set": fields })
        .upsert(true)
        .await
        .attempt(|| format!("write the request to run {run}"))?;
    Ok(())
}
