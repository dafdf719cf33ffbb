//! Runs and applications as the database keeps them, and their folders on disk.
//!
//! An *application* is everything done for a version between two rollbacks: one `up` that applied
//! it, runs that healed it, the `down` that undid it. It is named by its first run.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use bson::{Bson, DateTime, Document, RawDocumentBuf, doc};
use causeway_core::migration::Version;
use causeway_core::outcome::Outcome;
use mongodb::{ClientSession, Collection};

use crate::context::Context;
use crate::failure::{Attempt, Failure, Result};
use crate::lease::Lease;
use crate::target::Target;

mod application;
pub mod frame;
mod under_way;

pub use application::{Application, Unfinished};
pub use under_way::{jobs_left, resumed_by, unfinished};

/// Collection of runs.
pub const COLLECTION: &str = "causeway_runs";
/// Folders hold digests and archived values: the owner's alone.
const FOLDER_MODE: u32 = 0o700;

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Applies or heals.
    Up,
    /// Rolls back.
    Down,
    /// Restores a backup.
    Restore,
    /// Carries the whole plan through.
    Run,
}

impl Direction {
    /// As it is stored and shown.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Restore => "restore",
            Self::Run => "run",
        }
    }
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// A process works on it, or died doing so.
    Running,
    /// Stopped part-way; the same command resumes.
    Stopped,
    /// Ended as asked.
    Completed,
    /// Ended with an error or a failed verification; the same command goes on.
    Failed,
    /// Nobody needs to go on with it: another run did what it was for.
    Superseded,
}

impl Status {
    /// As it is stored and shown.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
        }
    }
}

/// The collection of runs.
#[must_use]
pub fn collection(target: &Target) -> Collection<Document> {
    target.database.collection(COLLECTION)
}

/// The application of `version` that is not rolled back.
///
/// # Errors
/// When the database can't be read.
pub async fn application(target: &Target, version: &Version) -> Result<Option<Application>> {
    Ok(latest_application(target, version).await?.filter(|latest| !latest.is_rolled_back()))
}

/// The latest application of `version`, rolled back or not.
///
/// # Errors
/// When the database can't be read.
pub async fn latest_application(target: &Target, version: &Version) -> Result<Option<Application>> {
    let runs = collection(target);
    let reading = || format!("read the runs of {version}");
    let open = doc! { "version": version.as_str(), "is_application": true };
    // By epoch, for the clocks of two operators' machines need not agree.
    let order = doc! { "epoch": -1, "started_at": -1, "_id": -1 };
    let found = runs.find_one(open).sort(order.clone()).await.attempt(reading)?;
    let Some(document) = found else { return Ok(None) };
    let id = document.get_str("_id").unwrap_or_default().to_owned();
    let latest = runs.find_one(doc! { "application": &id }).sort(order).await.attempt(reading)?;
    let unfinished = latest.as_ref().and_then(|latest| {
        (latest.get_str("status").ok() != Some(Status::Completed.word())).then(|| Unfinished {
            run: latest.get_str("_id").unwrap_or_default().to_owned(),
            direction: match latest.get_str("direction") {
                Ok("down") => Direction::Down,
                _ => Direction::Up,
            },
            host: latest.get_str("host").unwrap_or("?").to_owned(),
        })
    });
    Ok(Some(Application { id, document, unfinished }))
}

/// A run to be written down for the first time.
#[derive(Debug, Clone)]
pub struct NewRun<'a> {
    /// Epoch of the lease under which it is written.
    pub epoch: i64,
    /// Version.
    pub version: &'a Version,
    /// What it does.
    pub direction: Direction,
    /// Its application; none makes it the first run of a new one.
    pub application: Option<&'a str>,
    /// SHA-256 of the migration file.
    pub migration_sha256: &'a str,
    /// Hash of the plan.
    pub plan_hash: &'a str,
    /// For a `down` of what other scripts applied.
    pub unrecorded: bool,
}

/// Writes a new run down and returns its id. Needs the lease.
///
/// # Errors
/// When the server refuses.
pub async fn insert(context: &Context, new: &NewRun<'_>, id: &str) -> Result<()> {
    let document = doc! {
        "_id": id,
        "part_of": context.part_of.as_deref(),
        "application": new.application.unwrap_or(id),
        "is_application": new.application.is_none(),
        "rolled_back": false,
        "completed": false,
        "unrecorded": new.unrecorded,
        "version": new.version.as_str(),
        "direction": new.direction.word(),
        "command": &context.operator.command,
        "status": Status::Running.word(),
        "started_at": DateTime::now(),
        "epoch": new.epoch,
        "ended_at": Bson::Null,
        "operator": &context.operator.name,
        "host": &context.operator.host,
        "migration_sha256": new.migration_sha256,
        "plan_hash": new.plan_hash,
        "sessions": [],
    };
    collection(&context.target)
        .insert_one(document)
        .await
        .attempt(|| format!("write run {id} into {COLLECTION}"))?;
    Ok(())
}

/// Sets fields of a run's document.
///
/// # Errors
/// Stopped when the lease was lost; also when the server refuses.
pub async fn set((target, lease): (&Target, &Lease), run: &str, fields: Document) -> Result<()> {
    let change = (doc! { "_id": run }, doc! { "$set": fields });
    let matched = update((target, lease), || format!("write into run {run}"), change).await?;
    if matched == 1 {
        return Ok(());
    }
    Err(Failure::unexpected(format!("run {run} is gone from {COLLECTION}")))
}

/// Changes runs under the lease; returns how many matched.
pub(crate) async fn update(
    (target, lease): (&Target, &Lease),
    attempted: impl Fn() -> String,
    (filter, change): (Document, Document),
) -> Result<u64> {
    let runs = collection(target);
    let mut matched = 0;
    lease
        .fenced(attempted, async |session: &mut ClientSession| {
            let updating = runs.update_many(filter.clone(), change.clone());
            matched = updating.session(session).await?.matched_count;
            Ok(())
        })
        .await?;
    Ok(matched)
}

/// Removes a new application that was refused before its first write.
///
/// # Errors
/// When the server refuses.
pub async fn forget(target: &Target, application: &str) -> Result<()> {
    collection(target)
        .delete_one(doc! { "_id": application, "before": { "$exists": false } })
        .await
        .attempt(|| format!("remove the refused run {application}"))?;
    Ok(())
}

/// Writes down that `run` rolled the application back. A run of it that was killed is not running.
///
/// # Errors
/// When the server refuses.
pub async fn rolled_back(
    (target, lease): (&Target, &Lease),
    application: &str,
    run: &str,
) -> Result<()> {
    let others = doc! { "application": application, "_id": { "$ne": run },
    "status": Status::Running.word() };
    let over = doc! { "status": Status::Stopped.word(), "ended_at": DateTime::now() };
    let change = (others, doc! { "$set": over });
    let attempted = || format!("write the end of the runs of {application}");
    update((target, lease), attempted, change).await?;
    set((target, lease), application, doc! { "rolled_back": true, "rolled_back_by": run }).await
}

/// Writes down that `run` has ended, or can be resumed. A run that this process did not open stays
/// as it is: somebody else may have ended it meanwhile.
///
/// # Errors
/// When the server refuses.
pub async fn end((target, lease): (&Target, &Lease), run: &str, outcome: Outcome) -> Result<()> {
    let status = match outcome {
        Outcome::Done | Outcome::NothingToDo | Outcome::RolledBack => Status::Completed,
        Outcome::Stopped | Outcome::LockHeld | Outcome::Refused => Status::Stopped,
        Outcome::Failed
        | Outcome::Usage
        | Outcome::VerificationFailed
        | Outcome::RollbackFailed
        | Outcome::Pending => Status::Failed,
    };
    let change = (
        doc! { "_id": run, "status": Status::Running.word() },
        doc! { "$set": { "status": status.word(), "ended_at": DateTime::now() } },
    );
    update((target, lease), || format!("write the end of run {run}"), change).await.map(drop)
}

/// Keeps the session of a worker: its transactions are known by it in the change stream. Must be
/// durable before the session writes.
///
/// # Errors
/// When the server refuses.
pub async fn keep_session(
    (target, lease): (&Target, &Lease),
    run: &str,
    session: &Document,
) -> Result<()> {
    let id = session.get("id").cloned().unwrap_or(Bson::Null);
    let change = (doc! { "_id": run }, doc! { "$addToSet": { "sessions": id } });
    update((target, lease), || format!("write a session into run {run}"), change).await.map(drop)
}

/// Sessions of every run of an application. What another migration changed since is as much
/// somebody else's write as the application's own, and so is what a person decided about a conflict.
///
/// # Errors
/// When the database can't be read.
pub async fn sessions(target: &Target, application: &str) -> Result<Vec<Bson>> {
    collection(target)
        .distinct("sessions", doc! { "application": application, "by_hand": { "$ne": true } })
        .await
        .attempt(|| format!("read the sessions of the runs of {application}"))
}

/// A fresh run id: `2026-11-22-0213-k7f`.
#[must_use]
pub fn new_id() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let random = bson::oid::ObjectId::new().bytes();
    // The last three bytes are a counter that starts at random; the five before them are random.
    let letter = |byte: u8| char::from(LETTERS[usize::from(byte % 32)]);
    let tail: String = [random[7], random[10], random[11]].map(letter).iter().collect();
    format!("{}-{tail}", crate::clock::run_stamp())
}

/// A fresh run id that no run in the state folder has: those of one minute differ in three letters.
#[must_use]
pub fn free_id(state_dir: &Path) -> String {
    loop {
        let id = new_id();
        if !folder(state_dir, &id).exists() {
            return id;
        }
    }
}

/// Folder of a run.
#[must_use]
pub fn folder(state_dir: &Path, run: &str) -> PathBuf {
    state_dir.join("runs").join(run)
}

/// Makes the folder of a run, for its owner alone.
///
/// # Errors
/// When it can't be made.
pub fn make_folder(state_dir: &Path, run: &str) -> Result<PathBuf> {
    let folder = folder(state_dir, run);
    std::fs::DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(&folder).map_err(
        |error| {
            Failure::refused(format!("failed to make the folder {}", folder.display()))
                .because(error)
                .hint("nothing is done without a journal: make it writable, or name another with --state-dir")
        },
    )?;
    Ok(folder)
}

/// A raw document as a binary value: the server must not touch what has to come back exactly.
#[must_use]
pub fn raw_binary(raw: &RawDocumentBuf) -> Bson {
    binary(raw.as_bytes().to_vec())
}

/// Bytes as a generic binary value.
#[must_use]
pub fn binary(bytes: Vec<u8>) -> Bson {
    Bson::Binary(bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes })
}
