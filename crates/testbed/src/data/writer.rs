//! The old application at work while something else happens to its database.
//!
//! It reads a quote, changes it and writes it back by `_id`, one after another, and knows nothing of
//! Causeway. Every write whose outcome it was told is remembered, so that a test can ask at the end
//! whether one was lost.

mod application;
mod tally;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
};

use anyhow::{Context as _, Result, anyhow};

pub use tally::{Kind, Rejected, Tally, Write};

/// How it writes an edited quote back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EditStyle {
    /// `$set` of the changed fields, as Mongoose's `save` does.
    #[default]
    Set,
    /// The whole document as it was read: what others changed meanwhile in other fields is overwritten.
    Replace,
}

/// What it does how often.
#[derive(Debug, Clone)]
pub struct WriterOptions {
    /// Writes a second, as long as the server keeps up.
    pub per_second: u32,
    /// How it chooses.
    pub seed: u64,
    /// How it writes an edited quote back.
    pub edits: EditStyle,
    /// Of a hundred writes so many are inserts,
    pub insert_percent: u32,
    /// so many deletes, and the rest edits.
    pub delete_percent: u32,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self {
            per_second: 100,
            seed: 1,
            edits: EditStyle::Set,
            insert_percent: 25,
            delete_percent: 10,
        }
    }
}

/// A running application. It has a thread and a runtime of its own, so a test may block.
#[derive(Debug)]
pub struct Writer {
    signals: Arc<Signals>,
    thread: JoinHandle<Result<Tally>>,
}

#[derive(Debug, Default)]
struct Signals {
    stop: AtomicBool,
    acknowledged: AtomicU64,
}

impl Writer {
    /// Starts it on the `quotes` of `database`.
    ///
    /// # Errors
    ///
    /// When its runtime can't be made.
    pub fn start(uri: &str, database: &str, options: WriterOptions) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("make a runtime for the writer")?;
        let signals = Arc::new(Signals::default());
        let (uri, database, seen) = (uri.to_owned(), database.to_owned(), Arc::clone(&signals));
        let thread = thread::spawn(move || {
            runtime.block_on(application::run(&uri, &database, &options, &seen))
        });
        Ok(Self { signals, thread })
    }

    /// How many writes were acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        self.signals.acknowledged.load(Ordering::Relaxed)
    }

    /// Stops it after the write under way, and returns what it did.
    ///
    /// # Errors
    ///
    /// When it could not begin its work, for example for want of a server.
    pub async fn stop(self) -> Result<Tally> {
        tokio::task::spawn_blocking(|| self.stop_blocking()).await.context("wait for the writer")?
    }

    /// [`Writer::stop`] for tests without a runtime.
    ///
    /// # Errors
    ///
    /// As [`Writer::stop`].
    pub fn stop_blocking(self) -> Result<Tally> {
        self.signals.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_panic| anyhow!("the writer panicked"))?
    }
}
