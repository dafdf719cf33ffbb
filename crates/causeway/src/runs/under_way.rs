//! Runs that did not end as asked.

use bson::{Document, doc};
use futures_util::TryStreamExt;

use super::{COLLECTION, Direction, Status, collection};
use crate::backup::restore;
use crate::failure::{Attempt, Result};
use crate::target::Target;

/// The command that goes on with a run.
#[must_use]
pub fn resumed_by(run: &Document) -> Option<String> {
    if run.get_str("direction").is_ok_and(|it| it == Direction::Run.word()) {
        // It names its backup as well.
        return Some(format!("causeway run {}", run.get_str("version").ok()?));
    }
    if let Some(command) = restore::command(run) {
        return Some(command);
    }
    let (direction, version) = (run.get_str("direction").ok()?, run.get_str("version").ok()?);
    Some(format!("causeway {direction} {version}"))
}

/// The latest run of each application, when it did not end as asked.
///
/// # Errors
/// When the database can't be read.
pub async fn unfinished(target: &Target) -> Result<Vec<Document>> {
    let reading = || format!("read {} in {}", COLLECTION, target.name());
    let pipeline = vec![
        doc! { "$sort": { "epoch": 1, "started_at": 1, "_id": 1 } },
        doc! { "$project": { "before": 0, "sessions": 0 } },
        doc! { "$group": { "_id": "$application", "latest": { "$last": "$$ROOT" } } },
        doc! { "$replaceRoot": { "newRoot": "$latest" } },
        doc! { "$match": { "status": { "$nin":
        [Status::Completed.word(), Status::Superseded.word()] } } },
        doc! { "$sort": { "_id": 1 } },
    ];
    collection(target)
        .aggregate(pipeline)
        .await
        .attempt(reading)?
        .try_collect()
        .await
        .attempt(reading)
}

/// Background jobs that a run of the whole plan stopped and did not start again, in words.
///
/// # Errors
/// When the database can't be read.
pub async fn jobs_left(target: &Target) -> Result<Vec<String>> {
    let reading = || format!("read {} in {}", COLLECTION, target.name());
    let left = doc! { "direction": Direction::Run.word(),
    "jobs.state": { "$in": ["stopping", "stopped", "starting"] } };
    let runs = collection(target);
    let found = runs.find(left).projection(doc! { "jobs": 1, "version": 1 });
    let found: Vec<Document> =
        found.await.attempt(reading)?.try_collect().await.attempt(reading)?;
    Ok(found.iter().flat_map(words_of_jobs).collect())
}

fn words_of_jobs(run: &Document) -> Vec<String> {
    let word = |document: &Document, key: &str| document.get_str(key).unwrap_or("?").to_owned();
    let (id, version) = (word(run, "_id"), word(run, "version"));
    let jobs = run.get_array("jobs").into_iter().flatten().filter_map(|job| job.as_document());
    jobs.filter(|job| word(job, "state") != "started")
        .map(|job| {
            let name = word(job, "name");
            format!("the job {name} was stopped by run {id}; `causeway run {version}` goes on, and starts it")
        })
        .collect()
}
