//! Runs that did not end as asked.

use bson::{Document, doc};
use futures_util::TryStreamExt;

use super::{COLLECTION, Status, collection};
use crate::backup::restore;
use crate::failure::{Attempt, Result};
use crate::target::Target;

/// The command that goes on with a run.
#[must_use]
pub fn resumed_by(run: &Document) -> Option<String> {
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
