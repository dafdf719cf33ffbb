//! The run's document in `causeway_runs`: where it is, whoever looks, from whatever machine.

use std::time::{Duration, Instant};

use bson::{Document, doc};
use causeway_core::migration::Version;
use causeway_core::runbook::RunRecord;

use crate::failure::{Attempt, Failure, Result};
use crate::lease;
use crate::runs::{self, Direction};
use crate::target::Target;
use crate::transaction::{is_transient, trouble_max};

/// Between two tries to reach a server that is away.
const PAUSE: Duration = Duration::from_millis(200);

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

/// Writes a new one down, under our turn.
///
/// # Errors
/// When the server refuses.
pub(super) async fn insert(target: &Target, record: &RunRecord, turn: i64) -> Result<()> {
    let writing = || format!("write run {} into {}", record.id, runs::COLLECTION);
    let mut document = bson::serialize_to_document(record).attempt(writing)?;
    document.extend(others());
    document.insert("turn", turn);
    runs::collection(target).insert_one(document).await.attempt(writing).map(drop)
}

/// Says that from now on it is written under this turn: whoever had it before can't write any more.
///
/// # Errors
/// When the server refuses.
pub(super) async fn take_over(target: &Target, record: &RunRecord, turn: i64) -> Result<()> {
    runs::collection(target)
        .update_one(doc! { "_id": &record.id }, doc! { "$set": { "turn": turn } })
        .await
        .attempt(|| format!("take run {} over", record.id))
        .map(drop)
}

/// Writes everything that a run changes of its document, while it is our turn. Notes are other people's.
/// A server that is away for a moment is waited for.
///
/// # Errors
/// Stopped when another runner took the turn; when the server refuses.
pub(super) async fn save(target: &Target, record: &RunRecord, turn: i64) -> Result<()> {
    let writing = || format!("write into run {}", record.id);
    let mut document = bson::serialize_to_document(record).attempt(writing)?;
    for others in ["_id", "notes", "started_at"] {
        document.remove(others);
    }
    let since = Instant::now();
    let done = loop {
        let ours = doc! { "_id": &record.id, "turn": turn };
        let changes = doc! { "$set": document.clone() };
        match runs::collection(target).update_one(ours, changes).await.attempt(writing) {
            Err(failure) if is_away(&failure) && since.elapsed() < trouble_max() => {
                tokio::time::sleep(PAUSE).await;
            }
            other => break other?,
        }
    };
    if done.matched_count == 1 { Ok(()) } else { Err(lease::taken_by_another()) }
}

/// Whether the server was away, and may be back soon.
fn is_away(failure: &Failure) -> bool {
    failure.driver_error().is_some_and(is_transient)
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
