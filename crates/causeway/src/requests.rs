//! What somebody asks of a run from another terminal: pause, resume, cancel, throttle.
//!
//! A request is one document in `causeway_state`, the one collection that the application's own
//! user may write. The run reads it four times a second. Nobody may ask anything of a run that no
//! process works on: whoever resumes it much later would find it paused and not know why.

use bson::{Bson, Document, doc};
use causeway_core::migration::Version;
use causeway_core::requests;
use mongodb::Collection;

use crate::confirm::Permission;
use crate::failure::{Attempt, Failure, Result};
use crate::lease::{self, LEASE_ID};
use crate::runs::{self, Direction};
use crate::target::Target;

pub use causeway_core::requests::COLLECTION;

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

fn collection(target: &Target) -> Collection<Document> {
    target.database.collection(COLLECTION)
}

fn locks(target: &Target) -> Collection<Document> {
    target.database.collection(lease::COLLECTION)
}

/// Reads what is asked of `run`.
///
/// # Errors
/// When the database can't be read.
pub async fn read(target: &Target, run: &str) -> Result<Requested> {
    let found = collection(target)
        .find_one(doc! { "_id": requests::id(run) })
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

/// Forgets a cancellation and a pause from before the lease was taken: a run that is resumed was
/// asked to go on. What was asked since is meant for the runner that holds the lease now.
///
/// # Errors
/// When the server refuses.
pub async fn forget_former(target: &Target, run: &str) -> Result<()> {
    let clearing = || format!("clear what was asked of run {run} before");
    let lease = locks(target).find_one(doc! { "_id": LEASE_ID }).await.attempt(clearing)?;
    let Some(taken_at) = lease.and_then(|lease| lease.get_datetime("acquired_at").ok().copied())
    else {
        return Ok(());
    };
    collection(target)
        .update_one(
            doc! { "_id": requests::id(run) },
            vec![doc! { "$set": {
                "cancelled": { "$and": ["$cancelled", { "$gt": ["$cancelled_at", taken_at] }] },
                "paused": { "$and": ["$paused", { "$gt": ["$paused_at", taken_at] }] },
            } }],
        )
        .await
        .attempt(clearing)?;
    Ok(())
}

/// Forgets what was asked of a run that nobody works on.
///
/// # Errors
/// When the server refuses.
pub async fn forget(target: &Target, permission: &Permission, run: &str) -> Result<()> {
    assert_eq!(permission.database(), target.name(), "permission was asked for another database");
    collection(target)
        .delete_one(doc! { "_id": requests::id(run) })
        .await
        .attempt(|| format!("forget what was asked of run {run}"))?;
    Ok(())
}

/// Asks `run` to wait after the batch in hand.
///
/// # Errors
/// Refused when no runner is working on it.
pub async fn pause(target: &Target, run: &str) -> Result<()> {
    ask(target, run, requests::pause()).await
}

/// Asks `run` to go on.
///
/// # Errors
/// Refused when no runner is working on it.
pub async fn resume(target: &Target, run: &str) -> Result<()> {
    ask(target, run, requests::resume()).await
}

/// Asks `run` to stop after the batch in hand.
///
/// # Errors
/// Refused when no runner is working on it.
pub async fn cancel(target: &Target, run: &str) -> Result<()> {
    ask(target, run, doc! { "cancelled": true, "cancelled_at": "$$NOW" }).await
}

/// Asks `run` to change at most so many documents a second; none lifts the limit.
///
/// # Errors
/// Refused when no runner is working on it.
pub async fn throttle(target: &Target, run: &str, rate: Option<u64>) -> Result<()> {
    let rate = rate.map_or(Bson::Null, |rate| Bson::Int64(i64::try_from(rate).unwrap_or(i64::MAX)));
    ask(target, run, doc! { "documents_per_second_max": rate }).await
}

async fn ask(target: &Target, run: &str, fields: Document) -> Result<()> {
    let known = runs::collection(target)
        .find_one(doc! { "_id": run })
        .await
        .attempt(|| format!("look for run {run}"))?;
    let Some(known) = known else {
        return Err(Failure::refused(format!("there is no run {run} in {}", target.name()))
            .hint("`causeway status` names the run that is going on"));
    };
    if known.get_str("direction").is_ok_and(|it| it == Direction::Run.word()) {
        // Its steps change documents, one at a time; each is a run of its own.
        let part = working_part(target, run).await?;
        return Box::pin(ask(target, &part, fields)).await;
    }
    let status = known.get_str("status").unwrap_or("?");
    if status == runs::Status::Completed.word() {
        return Err(Failure::refused(format!("run {run} has ended")));
    }
    require_runner(target, run, &known).await?;
    // Times are those of the clock that the lease goes by, each kind of request with its own: what
    // is asked of the runner that resumes must not make what the former was asked look new.
    collection(target)
        .update_one(doc! { "_id": requests::id(run) }, vec![doc! { "$set": fields }])
        .upsert(true)
        .await
        .attempt(|| format!("write the request to run {run}"))?;
    Ok(())
}

/// The step of a run of the whole plan that works under the lease at present.
async fn working_part(target: &Target, run: &str) -> Result<String> {
    let holder = lease::holding_run(target).await?;
    let part = match &holder {
        Some(holder) => runs::collection(target)
            .find_one(doc! { "_id": holder, "part_of": run })
            .await
            .attempt(|| format!("look for the steps of run {run}"))?,
        None => None,
    };
    part.and_then(|part| part.get_str("_id").ok().map(str::to_owned)).ok_or_else(|| {
        Failure::refused(format!("no step of run {run} changes documents at present")).hint(
            "Ctrl-C in its terminal stops it between two steps; `causeway status` says where it is",
        )
    })
}

/// Refuses when the lease is free, has expired, or is another run's.
async fn require_runner(target: &Target, run: &str, known: &Document) -> Result<()> {
    let holder = lease::holding_run(target).await?;
    let holder = holder.as_deref();
    if holder == Some(run) {
        return Ok(());
    }
    let other = holder.map_or_else(String::new, |other| format!("; run {other} holds the lease"));
    let refused = Failure::refused(format!("no runner is working on {run}{other}"));
    Err(match resuming(target, run, known).await? {
        Some(command) => {
            let when = holder.map_or_else(String::new, |other| format!("when {other} ends, "));
            refused.hint(format!("{when}`{command}` resumes it"))
        }
        None => refused.hint("`causeway status` names the run that is going on"),
    })
}

/// The command that resumes `run`: only the latest run of an application can be resumed.
async fn resuming(target: &Target, run: &str, known: &Document) -> Result<Option<String>> {
    let version = known.get_str("version").ok().and_then(|it| it.parse::<Version>().ok());
    let Some(version) = version else { return Ok(None) };
    let unfinished = runs::application(target, &version).await?.and_then(|it| it.unfinished);
    let latest = unfinished.filter(|unfinished| unfinished.run == run);
    Ok(latest.map(|latest| format!("causeway {} {version}", latest.direction.word())))
}
