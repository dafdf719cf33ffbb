//! Whose turn it is to carry a plan through: one runner at a time.
//!
//! Beside the lease, which each step that writes takes for itself, so that every step is the same
//! command that a person gives by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bson::{Document, doc};
use mongodb::Collection;
use mongodb::options::ReturnDocument;

use super::{
    COLLECTION, TURN_ID as ID, held_by, insert_once, is_free, keep_renewing, renew, taking,
};
use crate::context::Operator;
use crate::failure::{Attempt, Failure, Result};
use crate::target::Target;

/// The turn, held. Renewed in the background until it is given back or dropped.
#[derive(Debug)]
pub struct Turn {
    /// Grows with each taking: what is written for a run is written under it.
    pub epoch: i64,
    life: Duration,
    locks: Collection<Document>,
    lost: Arc<AtomicBool>,
    renewal: tokio::task::JoinHandle<()>,
}

impl Turn {
    /// Takes it for `run`.
    ///
    /// # Errors
    /// [`causeway_core::outcome::Outcome::LockHeld`] when somebody else has it.
    pub async fn take(
        target: &Target,
        operator: &Operator,
        run: &str,
        life: Duration,
    ) -> Result<Self> {
        let locks = target.database.collection::<Document>(COLLECTION);
        insert_once(&locks, ID, 0).await?;
        let taken = locks
            .find_one_and_update(is_free(ID), taking((operator, run), life, doc! {}))
            .return_document(ReturnDocument::After)
            .await
            .attempt(|| format!("take the turn in {}.{COLLECTION}", target.name()))?;
        let Some(taken) = taken else { return Err(held_by(&locks, ID).await?) };
        let epoch = taken.get_i64("epoch").attempt(|| "read the turn's epoch".to_owned())?;
        let lost = Arc::new(AtomicBool::new(false));
        let renewal = renewing(&locks, epoch, life, &lost);
        Ok(Self { epoch, life, locks, lost, renewal })
    }

    /// Fails when it is not ours any more. A server that was away for longer than it lasts took it from
    /// nobody: while no other runner took it, it is still ours.
    ///
    /// # Errors
    /// Stopped when somebody else took it, or the server is away.
    pub async fn prove(&mut self) -> Result<()> {
        let renewed = renew(&self.locks, (ID, self.epoch), self.life).await;
        if !renewed.attempt(|| "renew the turn".to_owned())? {
            return Err(taken_by_another());
        }
        if self.lost.swap(false, Ordering::Relaxed) {
            self.renewal = renewing(&self.locks, self.epoch, self.life, &self.lost);
        }
        Ok(())
    }

    /// Gives it back.
    ///
    /// # Errors
    /// When the server can't be reached; it then expires by itself.
    pub async fn give_back(self) -> Result<()> {
        self.renewal.abort();
        super::give_back(&self.locks, (ID, self.epoch)).await
    }
}

fn renewing(
    locks: &Collection<Document>,
    epoch: i64,
    life: Duration,
    lost: &Arc<AtomicBool>,
) -> tokio::task::JoinHandle<()> {
    tokio::spawn(keep_renewing(locks.clone(), (ID, epoch), life, Arc::clone(lost)))
}

/// The failure of a runner whose turn it is not any more.
#[must_use]
pub fn taken_by_another() -> Failure {
    Failure::stopped(
        "the turn was taken: another runner goes on with this plan, or somebody unlocked it",
    )
    .hint("see who holds it with `causeway status`; when nobody does, the same command goes on")
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

/// Ends the turn of a runner that is gone.
///
/// # Errors
/// When the server refuses.
pub(super) async fn end(locks: &Collection<Document>) -> Result<()> {
    let raising = vec![doc! { "$set": {
    "epoch": { "$add": ["$epoch", 1_i64] }, "released": true, "expires_at": "$$NOW" } }];
    locks
        .update_one(doc! { "_id": ID }, raising)
        .await
        .attempt(|| "end the turn".to_owned())
        .map(drop)
}
