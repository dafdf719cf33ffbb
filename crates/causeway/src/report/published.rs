//! The page of a report in the database, for an application that shows it to people who can't reach the
//! operator's machine.

use std::fs;
use std::path::Path;

use bson::{Document, doc};

use crate::failure::{Attempt, Failure, Result};
use crate::target::Target;

/// Collection of pages, one for each run.
const COLLECTION: &str = "causeway_reports";
/// With what stands around it, a document of this size is taken by the server.
const BYTES_MAX: usize = 12_000_000;

/// Keeps the page of a run, in the place of the one before.
///
/// # Errors
/// When the page can't be read or is too large, or the server refuses.
pub async fn publish(target: &Target, run: &str, page: &Path) -> Result<()> {
    keep(target, (run, page), true).await
}

/// The same, if one of this run is kept already.
///
/// # Errors
/// The same.
pub async fn republish(target: &Target, run: &str, page: &Path) -> Result<()> {
    keep(target, (run, page), false).await
}

async fn keep(target: &Target, (run, page): (&str, &Path), also_first: bool) -> Result<()> {
    let html = fs::read_to_string(page).attempt(|| format!("read {}", page.display()))?;
    if html.len() > BYTES_MAX {
        return Err(Failure::unexpected(format!("{} is too large for a document", page.display())));
    }
    let fields = doc! { "$set": { "html": { "$literal": html }, "made_at": "$$NOW" } };
    target
        .database
        .collection::<Document>(COLLECTION)
        .update_one(doc! { "_id": run }, vec![fields])
        .upsert(also_first)
        .await
        .attempt(|| format!("keep the report of run {run} in {COLLECTION}"))
        .map(drop)
}
