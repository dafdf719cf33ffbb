//! One batch is one transaction: slot, archive, change, journal entry, or nothing of it.
//!
//! Errors are told apart by code and label, never by text. A transient error or conflict means
//! that nothing was written: the batch is tried again. When a commit was not acknowledged, the
//! journal entry tells whether it happened: it is committed with the data. The next try looks for
//! it first, in a transaction of the same session, which ends the former one if it is still open.

use std::time::{Duration, Instant};

use bson::{DateTime, Document, doc};
use causeway_core::journal::Deed;
use futures_util::StreamExt;
use mongodb::error::{
    Error, ErrorKind, TRANSIENT_TRANSACTION_ERROR, UNKNOWN_TRANSACTION_COMMIT_RESULT,
};
use mongodb::options::{ReadConcern, ReadPreference, SelectionCriteria, WriteConcern};
use mongodb::{ClientSession, Collection};

use crate::context::Context;
use crate::failure::{Attempt, Failure, Result};
use crate::journal::Journal;
use crate::lease::{self, Lease};
use crate::runs;
use crate::target::Target;

/// Collection of the entries committed with the data.
pub const COLLECTION: &str = "causeway_journal";
/// How long transient errors may go on before the run stops: an election takes seconds.
const TROUBLE_MAX: Duration = Duration::from_secs(120);
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_secs(2);
const COMMIT_WAIT: Duration = Duration::from_secs(30);

/// How long to go on trying where trouble does not end. Tests do not wait as long.
#[must_use]
pub fn trouble_max() -> Duration {
    let asked = cfg!(feature = "fault-points").then(|| std::env::var("CAUSEWAY_TROUBLE_SECONDS"));
    let seconds = asked.and_then(std::result::Result::ok).and_then(|seconds| seconds.parse().ok());
    seconds.map_or(TROUBLE_MAX, Duration::from_secs)
}

/// A worker: a session of its own, a slot of its own.
#[derive(Debug)]
pub struct Worker<'a> {
    context: &'a Context,
    lease: &'a Lease,
    journal: &'a Journal,
    run: &'a str,
    slot: String,
    session: ClientSession,
    commit: Commit,
}

/// What is known of the commit of the batch in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Commit {
    /// None was asked for: nothing of the batch can be in the data.
    NotAsked,
    /// One was asked for and not acknowledged: the entry in the database tells.
    Unknown,
}

/// Names a batch.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// Position of the step in the file.
    pub step: usize,
    /// Number within the run.
    pub number: u64,
    /// Documents it is about.
    pub documents: u64,
    /// Application.
    pub application: &'a str,
}

/// What a batch did, as its work reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Done {
    /// Documents changed.
    pub changed: u64,
    /// Values archived.
    pub archived: u64,
    /// Documents left alone because something speaks against it.
    pub left: u64,
}

impl std::ops::AddAssign for Done {
    fn add_assign(&mut self, other: Self) {
        self.changed += other.changed;
        self.archived += other.archived;
        self.left += other.left;
    }
}

/// An error inside a transaction.
#[derive(Debug)]
pub enum BatchError {
    /// The server's; retried by its labels.
    Server(Error),
    /// Ours; final.
    Final(Failure),
}

impl From<Error> for BatchError {
    fn from(error: Error) -> Self {
        Self::Server(error)
    }
}

impl From<Failure> for BatchError {
    fn from(failure: Failure) -> Self {
        Self::Final(failure)
    }
}

impl<'a> Worker<'a> {
    /// Starts a session for slot `number` and keeps its id in the run.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn start(
        context: &'a Context,
        lease: &'a Lease,
        (journal, run): (&'a Journal, &'a str),
        number: usize,
    ) -> Result<Self> {
        let session =
            context.target.client.start_session().await.attempt(|| "start a session".to_owned())?;
        runs::keep_session((&context.target, lease), run, session.id()).await?;
        Ok(Self {
            context,
            lease,
            journal,
            run,
            slot: lease::slot_id(number),
            session,
            commit: Commit::NotAsked,
        })
    }

    /// The database.
    #[must_use]
    pub fn target(&self) -> &'a Target {
        &self.context.target
    }

    /// Epoch of the lease.
    #[must_use]
    pub fn epoch(&self) -> i64 {
        self.lease.epoch
    }

    /// The run.
    #[must_use]
    pub fn run(&self) -> &'a str {
        self.run
    }

    /// Does `work` in one transaction, with intent and result in the journal.
    ///
    /// `work` may be called several times; it must do everything through the session it is given.
    ///
    /// # Errors
    /// Stopped when the lease is lost, the journal can't be written, or trouble does not end.
    pub async fn commit(
        &mut self,
        batch: Batch<'_>,
        mut work: impl AsyncFnMut(&mut ClientSession) -> Result<Done, BatchError>,
    ) -> Result<Done> {
        let deed =
            Deed::Batch { step: batch.step, batch: batch.number, documents: batch.documents };
        self.journal.intend(&deed).await?;
        self.commit = Commit::NotAsked;
        let since = Instant::now();
        let mut pause = PAUSE_MIN;
        loop {
            if self.lease.is_lost() {
                return self.give_up(&deed, lease::lost()).await;
            }
            let error = match self.try_once(batch, &mut work).await {
                Ok(done) => {
                    self.journal.done(&deed, format!("{} changed", done.changed)).await?;
                    return Ok(done);
                }
                Err(BatchError::Final(failure)) => {
                    self.abort().await;
                    return self.give_up(&deed, failure).await;
                }
                Err(BatchError::Server(error)) => error,
            };
            self.abort().await;
            // Whatever the reply to a commit said, what became of it has to be looked up.
            let worth_another_try = is_transient(&error) || self.commit == Commit::Unknown;
            if !worth_another_try || since.elapsed() > trouble_max() {
                // Whoever takes the lease over ends the sessions of the former holder: that is the
                // reason then, and not what the server says of a transaction.
                let proof = self.lease.prove().await;
                if self.lease.is_lost() {
                    return self.give_up(&deed, proof.err().unwrap_or_else(lease::lost)).await;
                }
                let failure = Failure::stopped(format!(
                    "failed to write batch {} of step {}",
                    batch.number,
                    batch.step + 1
                ));
                let failure = failure
                    .because(error)
                    .hint("what is done is done for good; the same command resumes");
                return self.give_up(&deed, failure).await;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// Writes that the batch is not done, unless that is not known: then the intent stays open.
    async fn give_up(&mut self, deed: &Deed, failure: Failure) -> Result<Done> {
        if self.commit == Commit::Unknown {
            self.abandon().await;
        } else {
            self.journal.not_done(deed, failure.message.clone()).await?;
        }
        Err(failure)
    }

    /// Ends a transaction whose commit may not have got through: the server ends it when the next
    /// one of the session begins. Without a server it is left to whoever takes the lease next.
    async fn abandon(&mut self) {
        if self.session.start_transaction().await.is_ok() {
            let database = &self.context.target.database;
            let slots = database.collection::<Document>(lease::COLLECTION);
            let _ = slots.find_one(doc! { "_id": &self.slot }).session(&mut self.session).await;
            self.abort().await;
        }
    }

    async fn try_once(
        &mut self,
        batch: Batch<'_>,
        work: &mut impl AsyncFnMut(&mut ClientSession) -> Result<Done, BatchError>,
    ) -> Result<Done, BatchError> {
        // A transaction of this session that is still open, because the command to abort it was
        // lost, ends when the next one begins.
        self.session
            .start_transaction()
            .read_concern(ReadConcern::snapshot())
            .write_concern(WriteConcern::majority())
            .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
            .max_commit_time(COMMIT_WAIT)
            .await?;
        let database = &self.context.target.database;
        let slot = database
            .collection::<Document>(lease::COLLECTION)
            .update_one(
                doc! { "_id": &self.slot, "epoch": self.lease.epoch },
                doc! { "$inc": { "batches": 1_i64 } },
            )
            .session(&mut self.session)
            .await?;
        if slot.matched_count != 1 {
            return Err(lease::lost().into());
        }
        let done = match self.committed_before(batch).await? {
            Some(done) => done,
            None => {
                let done = work(&mut self.session).await?;
                self.enter(batch, done).await?;
                done
            }
        };
        self.commit = Commit::Unknown;
        self.session.commit_transaction().await?;
        Ok(done)
    }

    /// What an earlier try did whose commit happened although nobody said so. The slot that is
    /// written with this look makes it durable on a majority, too.
    async fn committed_before(&mut self, batch: Batch<'_>) -> Result<Option<Done>, BatchError> {
        if self.commit == Commit::NotAsked {
            return Ok(None);
        }
        let entry = self
            .context
            .target
            .database
            .collection::<Document>(COLLECTION)
            .find_one(doc! { "_id": self.entry_id(batch) })
            .session(&mut self.session)
            .await?;
        let Some(entry) = entry else {
            self.commit = Commit::NotAsked;
            return Ok(None);
        };
        let count = |key: &str| u64::try_from(entry.get_i64(key).unwrap_or_default()).unwrap_or(0);
        Ok(Some(Done {
            changed: count("changed"),
            archived: count("archived"),
            left: count("left"),
        }))
    }

    async fn enter(&mut self, batch: Batch<'_>, done: Done) -> Result<(), BatchError> {
        let number = |value: u64| i64::try_from(value).expect("counts of a batch are small");
        self.context
            .target
            .database
            .collection::<Document>(COLLECTION)
            .insert_one(doc! {
                "_id": self.entry_id(batch),
                "application": batch.application,
                "run": self.run,
                "epoch": self.lease.epoch,
                "step": number(batch.step as u64),
                "batch": number(batch.number),
                "documents": number(batch.documents),
                "changed": number(done.changed),
                "archived": number(done.archived),
                "left": number(done.left),
                "at": DateTime::now(),
            })
            .session(&mut self.session)
            .await?;
        Ok(())
    }

    fn entry_id(&self, batch: Batch<'_>) -> Document {
        let number = i64::try_from(batch.number).expect("numbers of batches are small");
        doc! { "run": self.run, "batch": number }
    }

    async fn abort(&mut self) {
        // Fails where the server aborted it already, which is what was wanted.
        let _ = self.session.abort_transaction().await;
    }
}

/// Numbers that batches of `run` may use from now on.
///
/// # Errors
/// When the database can't be read.
pub async fn next_batch(target: &Target, run: &str) -> Result<u64> {
    let journal: Collection<Document> = target.database.collection(COLLECTION);
    let last = journal
        .find_one(doc! { "_id.run": run })
        .sort(doc! { "_id": -1 })
        .await
        .attempt(|| format!("read the journal of run {run}"))?;
    let number = last.and_then(|last| last.get_i64("batch").ok()).map_or(0, |number| number + 1);
    Ok(u64::try_from(number).unwrap_or_default())
}

/// Documents that batches of an application changed in one step: by `run`, and by all others.
///
/// # Errors
/// When the database can't be read.
pub async fn changed(
    target: &Target,
    (application, run): (&str, &str),
    step: usize,
) -> Result<(u64, u64)> {
    let summing = || format!("sum up the journal of application {application}");
    let step = i64::try_from(step).expect("steps are few");
    let pipeline = [
        doc! { "$match": { "application": application, "step": step } },
        doc! { "$group": { "_id": { "$eq": ["$run", run] }, "changed": { "$sum": "$changed" } } },
    ];
    let journal: Collection<Document> = target.database.collection(COLLECTION);
    let mut sums = journal.aggregate(pipeline).await.attempt(summing)?;
    let (mut own, mut others) = (0, 0);
    while let Some(sum) = sums.next().await {
        let sum = sum.attempt(summing)?;
        let changed = u64::try_from(sum.get_i64("changed").unwrap_or_default()).unwrap_or(0);
        if sum.get_bool("_id").unwrap_or(false) { own = changed } else { others = changed }
    }
    Ok((own, others))
}

/// Whether a transaction that failed like this is worth another try: nothing of it was written, or
/// that can be looked up.
#[must_use]
pub fn is_transient(error: &Error) -> bool {
    if error.contains_label(TRANSIENT_TRANSACTION_ERROR)
        || error.contains_label(UNKNOWN_TRANSACTION_COMMIT_RESULT)
    {
        return true;
    }
    match error.kind.as_ref() {
        ErrorKind::Io(_) | ErrorKind::ConnectionPoolCleared { .. } => true,
        ErrorKind::ServerSelection { .. } => true,
        // NotPrimary, interrupted by a step-down or shutdown, write conflict, no such transaction.
        ErrorKind::Command(command) => {
            matches!(
                command.code,
                6 | 7 | 89 | 91 | 112 | 189 | 251 | 10107 | 11600 | 11602 | 13435 | 13436
            )
        }
        _ => false,
    }
}
