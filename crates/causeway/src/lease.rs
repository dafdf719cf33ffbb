//! Who may write: one holder at a time, and every data batch proves that it still holds.
//!
//! The lock document `lease` is taken with one `findAndModify` on the server's own clock. Its epoch
//! grows with each taking. Each worker has a slot document with the epoch under which it may write;
//! every batch's transaction updates its slot, so a runner that lost the lease can't commit. Who
//! takes the lease over raises the slots first, and thereby waits for transactions still open.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bson::{Bson, DateTime, Document, doc};
use causeway_core::lease::{held, run_of};
use causeway_core::outcome::Outcome;
use mongodb::error::{Error, ErrorKind, WriteFailure};
use mongodb::options::{ReturnDocument, WriteConcern};
use mongodb::{ClientSession, Collection};
use tokio::sync::Mutex;

use crate::confirm::Permission;
use crate::context::Operator;
use crate::failure::{Attempt, Failure, Result};
use crate::reporter::Reporter;
use crate::target::Target;
use crate::transaction::{is_transient, trouble_max};

mod slots;
mod turn;

pub use causeway_core::lease::{COLLECTION, LEASE_ID, TURN_ID};
pub use turn::{Turn, taken_by_another};

use slots::{end_former_sessions, end_session_of_holder, raise_slots};

/// Workers that may write at the same time: two leave a server of two cores waiting for its journal
/// now and then, four only queue.
pub const WORKERS: usize = 3;
const DUPLICATE_KEY: i32 = 11000;
const FENCED_PAUSE: Duration = Duration::from_millis(100);

/// The lease, held. Renewed in the background until released or dropped.
#[derive(Debug)]
pub struct Lease {
    /// Grows with each taking; every batch proves that it is still the present one.
    pub epoch: i64,
    life: Duration,
    locks: Collection<Document>,
    /// For what is written under the lease itself. Named in the lock document: a transaction that
    /// a dead runner left open in it would hold that document against everybody.
    session: Mutex<ClientSession>,
    lost: Arc<AtomicBool>,
    renewal: tokio::task::JoinHandle<()>,
}

/// What became of one try to write under the lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fenced {
    Done,
    Lost,
}

/// Name of a worker's slot document.
#[must_use]
pub fn slot_id(worker: usize) -> String {
    format!("slot-{worker}")
}

impl Lease {
    /// Takes the lease for `run`.
    ///
    /// # Errors
    /// [`Outcome::LockHeld`] when somebody else holds it.
    pub async fn take(
        target: &Target,
        operator: &Operator,
        run: &str,
        life: Duration,
        reporter: &Reporter,
    ) -> Result<Self> {
        let locks = target.database.collection::<Document>(COLLECTION);
        insert_once(&locks, LEASE_ID, 0).await?;
        let free = is_free(LEASE_ID);
        end_session_of_holder(&locks, free.clone()).await;
        let session = locks.client().start_session().await;
        let session = session.attempt(|| "start a session".to_owned())?;
        let more = doc! { "session": { "$literal": session.id() } };
        let taking = taking((operator, run), life, more);
        let taken = locks
            .find_one_and_update(free, taking)
            .return_document(ReturnDocument::After)
            .await
            .attempt(|| format!("take the lease in {}.{COLLECTION}", target.name()))?;
        let Some(taken) = taken else { return Err(held_by(&locks, LEASE_ID).await?) };
        let epoch = taken.get_i64("epoch").attempt(|| "read the lease's epoch".to_owned())?;
        let lost = Arc::new(AtomicBool::new(false));
        let renewal =
            tokio::spawn(keep_renewing(locks.clone(), (LEASE_ID, epoch), life, Arc::clone(&lost)));
        let lease = Self { epoch, life, locks, session: Mutex::new(session), lost, renewal };
        end_former_sessions(target).await;
        raise_slots(&lease.locks, epoch, reporter).await?;
        Ok(lease)
    }

    /// Whether a renewal found that somebody else took it, or could not reach the server in time.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Renews it now and fails when it is not ours any more. Called before each deed that can't be
    /// part of a transaction: index builds, validator changes, records.
    ///
    /// # Errors
    /// [`Outcome::Stopped`] when somebody else took it.
    pub async fn prove(&self) -> Result<()> {
        match renew(&self.locks, (LEASE_ID, self.epoch), self.life).await {
            Ok(true) => Ok(()),
            Ok(false) => {
                self.lost.store(true, Ordering::Relaxed);
                Err(lost())
            }
            Err(error) => Err(error).attempt(|| "renew the lease".to_owned()),
        }
    }

    /// Does `work` in a transaction that can't be committed without the lease: a runner that was
    /// taken for dead and wakes must not write how its run stands over what the next one wrote.
    ///
    /// `work` may be called several times; it must do everything through the session it is given.
    ///
    /// # Errors
    /// [`Outcome::Stopped`] when somebody else took the lease.
    pub async fn fenced(
        &self,
        attempted: impl Fn() -> String,
        mut work: impl AsyncFnMut(&mut ClientSession) -> Result<(), Error>,
    ) -> Result<()> {
        let mut session = self.session.lock().await;
        let since = Instant::now();
        loop {
            let error = match self.fenced_once(&mut session, &mut work).await {
                Ok(Fenced::Done) => return Ok(()),
                Ok(Fenced::Lost) => {
                    self.lost.store(true, Ordering::Relaxed);
                    return Err(lost());
                }
                Err(error) => error,
            };
            // Fails where the server ended it already, which is what was wanted.
            let _ = session.abort_transaction().await;
            // What is done under the lease alone may be done twice.
            if !is_transient(&error) || since.elapsed() > trouble_max() {
                self.abandon(&mut session).await;
                return Err(error).attempt(attempted);
            }
            tokio::time::sleep(FENCED_PAUSE).await;
        }
    }

    /// Ends a transaction whose commit did not get through: the server ends it when the next one of
    /// the session begins. Without a server it is left to whoever takes the lease next.
    async fn abandon(&self, session: &mut ClientSession) {
        if session.start_transaction().await.is_ok() {
            let looking = self.locks.find_one(doc! { "_id": LEASE_ID });
            let _ = looking.session(&mut *session).await;
            let _ = session.abort_transaction().await;
        }
    }

    async fn fenced_once(
        &self,
        session: &mut ClientSession,
        work: &mut impl AsyncFnMut(&mut ClientSession) -> Result<(), Error>,
    ) -> Result<Fenced, Error> {
        session.start_transaction().write_concern(WriteConcern::majority()).await?;
        let ours = doc! { "_id": LEASE_ID, "epoch": self.epoch, "released": false };
        let held = self
            .locks
            .update_one(ours, doc! { "$inc": { "fenced": 1_i64 } })
            .session(&mut *session)
            .await?;
        if held.matched_count != 1 {
            session.abort_transaction().await?;
            return Ok(Fenced::Lost);
        }
        work(session).await?;
        session.commit_transaction().await?;
        Ok(Fenced::Done)
    }

    /// Gives it back, so that the next runner need not wait until it expires.
    ///
    /// # Errors
    /// When the server can't be reached; the lease then expires by itself.
    pub async fn release(self) -> Result<()> {
        self.renewal.abort();
        give_back(&self.locks, (LEASE_ID, self.epoch)).await
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

/// The run whose runner holds the lease at present; none when nobody does.
///
/// # Errors
/// When the database can't be read.
pub async fn holding_run(target: &Target) -> Result<Option<String>> {
    holder_of(target, LEASE_ID).await
}

async fn holder_of(target: &Target, id: &str) -> Result<Option<String>> {
    let locks = target.database.collection::<Document>(COLLECTION);
    let lease = locks.find_one(held(id)).await.attempt(|| "look who holds the lease".to_owned())?;
    Ok(lease.as_ref().and_then(run_of).map(str::to_owned))
}

/// Matches a lock document that nobody holds.
fn is_free(id: &str) -> Document {
    doc! { "_id": id,
    "$expr": { "$or": ["$released", { "$lte": ["$expires_at", "$$NOW"] }] } }
}

/// The change that takes a lock document for `run`.
fn taking((operator, run): (&Operator, &str), life: Duration, more: Document) -> Vec<Document> {
    let holder = doc! {
        "run": run, "host": &operator.host, "operator": &operator.name,
        "pid": i64::from(std::process::id()), "command": &operator.command,
    };
    let mut fields = doc! {
        "epoch": { "$add": ["$epoch", 1_i64] },
        "holder": { "$literal": holder },
        "acquired_at": "$$NOW", "renewed_at": "$$NOW",
        "expires_at": { "$add": ["$$NOW", millis(life)] },
        "released": false,
    };
    fields.extend(more);
    vec![doc! { "$set": fields }]
}

/// The failure of a run whose lease somebody else has by now.
#[must_use]
pub fn lost() -> Failure {
    Failure::stopped("the lease was lost: it ran out while the server was away, or another runner took it; nothing more was written")
        .hint("see who holds it with `causeway status`; when it is free, the same command resumes")
}

/// Has the epochs of a database without a lease go on where those of a backup ended: runs are put in
/// their order by them.
///
/// # Errors
/// When the server refuses.
pub async fn go_on_from(target: &Target, epoch: i64) -> Result<()> {
    let locks = target.database.collection(COLLECTION);
    insert_once(&locks, LEASE_ID, epoch).await?;
    // One that somebody holds stays as it is; who asks is going to be refused.
    let free = doc! { "_id": LEASE_ID, "released": true };
    let raised = locks.update_one(free, doc! { "$max": { "epoch": epoch } }).await;
    raised.attempt(|| format!("raise the epoch in {COLLECTION}"))?;
    Ok(())
}

async fn insert_once(locks: &Collection<Document>, id: &str, epoch: i64) -> Result<()> {
    let never = DateTime::from_millis(0);
    let first = doc! { "_id": id, "epoch": epoch, "released": true, "expires_at": never,
    "acquired_at": never, "renewed_at": never, "holder": Bson::Null };
    match locks.insert_one(first).await {
        Ok(_) => Ok(()),
        Err(error) if is_duplicate_key(&error) => Ok(()),
        Err(error) => Err(error).attempt(|| format!("make the lock document in {COLLECTION}")),
    }
}

fn is_duplicate_key(error: &Error) -> bool {
    matches!(error.kind.as_ref(),
        ErrorKind::Write(WriteFailure::WriteError(write)) if write.code == DUPLICATE_KEY)
}

async fn held_by(locks: &Collection<Document>, id: &str) -> Result<Failure> {
    let present = locks
        .find_one(doc! { "_id": id })
        .await
        .attempt(|| "read who holds the lease".to_owned())?
        .unwrap_or_default();
    let holder = present.get_document("holder").cloned().unwrap_or_default();
    let word = |key: &str| holder.get_str(key).unwrap_or("?").to_owned();
    let pid = holder.get_i64("pid").unwrap_or_default();
    Ok(Failure::new(
        Outcome::LockHeld,
        format!(
            "{} on {} holds the lease with run {} (process {pid})",
            word("operator"),
            word("host"),
            word("run")
        ),
    )
    .hint("wait until it ends, or see `causeway status`; a dead runner's lease expires by itself, `causeway unlock --force` takes it at once"))
}

async fn renew(
    locks: &Collection<Document>,
    (id, epoch): (&str, i64),
    life: Duration,
) -> Result<bool, Error> {
    let renewing = vec![doc! { "$set": {
    "renewed_at": "$$NOW", "expires_at": { "$add": ["$$NOW", millis(life)] } } }];
    let ours = doc! { "_id": id, "epoch": epoch, "released": false };
    Ok(locks.update_one(ours, renewing).await?.matched_count == 1)
}

/// Renews at a third of the lease's life. A failing renewal is tried again until the life is over.
async fn keep_renewing(
    locks: Collection<Document>,
    (id, epoch): (&'static str, i64),
    life: Duration,
    lost: Arc<AtomicBool>,
) {
    let mut renewed_at = tokio::time::Instant::now();
    loop {
        tokio::time::sleep(life / 3).await;
        let asked_at = tokio::time::Instant::now();
        match tokio::time::timeout(life / 3, renew(&locks, (id, epoch), life)).await {
            Ok(Ok(true)) => renewed_at = asked_at,
            Ok(Ok(false)) => break,
            // The server is away: keep trying while nobody else can have taken it.
            Ok(Err(_)) | Err(_) if renewed_at.elapsed() < life => {}
            Ok(Err(_)) | Err(_) => break,
        }
    }
    lost.store(true, Ordering::Relaxed);
}

async fn give_back(locks: &Collection<Document>, (id, epoch): (&str, i64)) -> Result<()> {
    let releasing = vec![doc! { "$set": { "released": true, "expires_at": "$$NOW" } }];
    locks
        .update_one(doc! { "_id": id, "epoch": epoch }, releasing)
        .await
        .attempt(|| format!("release the {id}; it will expire by itself"))?;
    Ok(())
}

fn millis(life: Duration) -> i64 {
    i64::try_from(life.as_millis()).unwrap_or(i64::MAX)
}

/// Ends whoever holds the lease: raises its epoch and the slots, never deletes. The former holder
/// can't write any more, whatever it does. Returns who it was.
///
/// # Errors
/// When the server refuses.
pub async fn unlock(
    target: &Target,
    permission: &Permission,
    reporter: &Reporter,
) -> Result<Option<Document>> {
    assert_eq!(permission.database(), target.name(), "permission was asked for another database");
    let locks = target.database.collection::<Document>(COLLECTION);
    let raising = vec![doc! { "$set": {
    "epoch": { "$add": ["$epoch", 1_i64] }, "released": true, "expires_at": "$$NOW" } }];
    end_session_of_holder(&locks, doc! { "_id": LEASE_ID }).await;
    turn::end(&locks).await?;
    let before = locks
        .find_one_and_update(doc! { "_id": LEASE_ID }, raising)
        .return_document(ReturnDocument::Before)
        .await
        .attempt(|| "raise the lease's epoch".to_owned())?;
    if let Some(before) = &before {
        let epoch = before.get_i64("epoch").unwrap_or_default() + 1;
        end_former_sessions(target).await;
        raise_slots(&locks, epoch, reporter).await?;
    }
    Ok(before)
}
