//! What every step works with: the run, its workers, its numbers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use causeway_core::journal::Deed;
use causeway_core::migration::Migration;

use crate::archive::{ChunkKey, Kind};
use crate::context::Context;
use crate::failure::Result;
use crate::governor::{Governor, Limits};
use crate::journal::Journal;
use crate::lease::Lease;
use crate::transaction::{Batch, Worker, next_batch};

/// A batch begins at this many documents and adapts to the time it takes.
const BATCH_DOCUMENTS_START: usize = 1_000;
const BATCH_DOCUMENTS_MIN: usize = 50;
const BATCH_DOCUMENTS_MAX: usize = 2_000;
/// A batch holds its documents against other writers, so it should be short.
const BATCH_TIME_GOAL: Duration = Duration::from_millis(400);
const BATCH_TIME_SHORT: Duration = Duration::from_millis(20);

/// A run at work. Its parts are its fields: `engine.journal`.
#[derive(Debug)]
pub struct Engine<'a> {
    parts: Parts<'a>,
    /// Watches load and requests.
    pub governor: Arc<Governor>,
    batches: AtomicU64,
    batch_documents: AtomicUsize,
}

/// What a run is made of.
#[derive(Debug)]
pub struct Parts<'a> {
    /// Database, people, folders.
    pub context: &'a Context,
    /// The migration.
    pub migration: &'a Migration,
    /// The lease, held.
    pub lease: &'a Lease,
    /// The journal on disk.
    pub journal: &'a Journal,
    /// Run id.
    pub run: &'a str,
    /// Application id.
    pub application: &'a str,
}

impl<'a> std::ops::Deref for Engine<'a> {
    type Target = Parts<'a>;

    fn deref(&self) -> &Parts<'a> {
        &self.parts
    }
}

impl<'a> Engine<'a> {
    /// Puts the parts to work under these limits; batches go on where those of the run ended.
    ///
    /// # Errors
    /// When the database can't be read.
    pub async fn start(parts: Parts<'a>, limits: Limits) -> Result<Self> {
        let context = parts.context;
        let watched = (&context.reporter, &context.interrupt);
        Ok(Self {
            governor: Governor::start(&context.target, parts.run, limits, watched),
            batches: AtomicU64::new(next_batch(&context.target, parts.run).await?),
            batch_documents: AtomicUsize::new(BATCH_DOCUMENTS_START),
            parts,
        })
    }

    /// Starts a worker for a slot.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn worker(&self, number: usize) -> Result<Worker<'a>> {
        Worker::start(self.context, self.lease, (self.journal, self.run), number).await
    }

    /// The next batch of a step.
    #[must_use]
    pub fn next_batch(&self, step: usize, documents: u64) -> Batch<'a> {
        let number = self.batches.fetch_add(1, Ordering::Relaxed);
        Batch { step, number, documents, application: self.application }
    }

    /// Where the values of a batch are archived.
    #[must_use]
    pub fn chunk_key<'b>(&'b self, batch: Batch<'_>, kind: Kind, field: &'b str) -> ChunkKey<'b> {
        ChunkKey {
            application: self.application,
            run: self.run,
            epoch: self.lease.epoch,
            batch: batch.number,
            version: self.migration.version.as_str(),
            step: batch.step,
            collection: self.migration.steps[batch.step].collection().as_str(),
            field,
            kind,
        }
    }

    /// Comment on every command that changes documents: names run and batch to whoever looks at
    /// the server's operations.
    #[must_use]
    pub fn comment(&self, batch: Batch<'_>) -> String {
        format!("causeway {} batch {}", self.run, batch.number)
    }

    /// Documents the next batch should have.
    #[must_use]
    pub fn batch_documents(&self) -> usize {
        self.governor.batch_documents(self.batch_documents.load(Ordering::Relaxed))
    }

    /// Adapts the size of batches to the time the last one took.
    pub fn took(&self, documents: u64, time: Duration) {
        let size = self.batch_documents.load(Ordering::Relaxed);
        if documents < size as u64 / 2 {
            return;
        }
        let next = if time > BATCH_TIME_GOAL {
            size / 2
        } else if time < BATCH_TIME_SHORT {
            size + size / 4
        } else {
            size
        };
        let next = next.clamp(BATCH_DOCUMENTS_MIN, BATCH_DOCUMENTS_MAX);
        self.batch_documents.store(next, Ordering::Relaxed);
    }

    /// Writes that a step begins.
    ///
    /// # Errors
    /// When the journal can't be written.
    pub async fn begin(&self, step: usize) -> Result<()> {
        self.journal.intend(&Deed::Step { step }).await
    }

    /// Writes that a step is done.
    ///
    /// # Errors
    /// When the journal can't be written.
    pub async fn end(&self, step: usize, result: &str) -> Result<()> {
        self.journal.done(&Deed::Step { step }, result).await
    }
}
