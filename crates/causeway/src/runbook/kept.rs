//! The run's document in `causeway_runs`: where it is, whoever looks, from whatever machine.

use bson::{DateTime, Document, doc};
use causeway_core::migration::Version;
use causeway_core::runbook::RunRecord;

use crate::failure::{Attempt, Failure, Result};
use crate::runs::{self, Direction};
use crate::target::Target;

/// Fields that documents of other runs have as well: by them no run of a plan is taken for an
/// application.
fn others() -> Document {
    doc! { "is_application": false, "rolled_back": false, "completed": false, "sessions": [],
    "epoch": 0_i64, "plan_hash": "" }
}

fn of_version(version: &Version) -> Document {
    doc! { "direction": Direction::Run.word(), "version": version.as_str() }
}

/// The latest run of a version.
///
/// # Errors
/// When the database can't be read, or what it keeps can't be understood.
pub(super) async fn latest(target: &Target, version: &Version) -> Result<Option<RunRecord>> {
    let reading = || format!("read the runs of {version}");
    let found = runs::collection(target)
        .find_one(of_version(version))
        .sort(doc! { "started_at": -1, "_id": -1 })
        .await
        .attempt(reading)?;
    found.map(understood).transpose()
}

fn understood(document: Document) -> Result<RunRecord> {
    let id = document.get_str("_id").unwrap_or("?").to_owned();
    bson::deserialize_from_document(document)
        .attempt(|| format!("understand run {id}: a newer version of causeway may have written it"))
}

/// Writes a new one down.
///
/// # Errors
/// When the server refuses.
pub(super) async fn insert(target: &Target, record: &RunRecord) -> Result<()> {
    let writing = || format!("write run {} into {}", record.id, runs::COLLECTION);
    let mut document = bson::serialize_to_document(record).attempt(writing)?;
    document.extend(others());
    runs::collection(target).insert_one(document).await.attempt(writing).map(drop)
}

/// Writes everything that a run changes of its document. Notes are other people's.
///
/// # Errors
/// When the server refuses.
pub(super) async fn save(target: &Target, record: &RunRecord) -> Result<()> {
    let writing = || format!("write into run {}", record.id);
    let mut document = bson::serialize_to_document(record).attempt(writing)?;
    for others in ["_id", "notes", "started_at"] {
        document.remove(others);
    }
    let done = runs::collection(target)
        .update_one(doc! { "_id": &record.id }, doc! { "$set": document })
        .await
        .attempt(writing)?;
    if done.matched_count == 1 {
        return Ok(());
    }
    Err(Failure::unexpected(format!("run {} is gone from {}", record.id, runs::COLLECTION)))
}

/// The run of `up` or `down` that was begun last as a step of this one.
pub(super) async fn part(
    target: &Target,
    of: &str,
    direction: Direction,
) -> Result<Option<String>> {
    let found = runs::collection(target)
        .find_one(doc! { "part_of": of, "direction": direction.word() })
        .sort(doc! { "epoch": -1, "started_at": -1 })
        .await
        .attempt(|| format!("read the runs that are steps of {of}"))?;
    Ok(found.and_then(|run| run.get_str("_id").ok().map(str::to_owned)))
}

/// Now, on this machine.
pub(super) fn now() -> DateTime {
    DateTime::now()
}
