//! Goes through the documents that a step still has to change, until a look finds none.
//!
//! A scan finds ids, workers change them in transactions of their own. What is found is only a
//! hint: each batch's own filter decides, so a document changed meanwhile is never changed twice.
//! New documents may arrive; the caller sweeps again until nothing is left.

use std::time::Instant;

use bson::raw::RawBsonRef;
use bson::{RawDocument, RawDocumentBuf};
use causeway_core::element::find;
use futures_util::StreamExt;
use futures_util::future::join_all;
use mongodb::ClientSession;
use tokio::sync::{Mutex, mpsc};

use super::engine::Engine;
use crate::failure::{Attempt, Failure, Result};
use crate::lease::WORKERS;
use crate::progress::Progress;
use crate::transaction::{Batch, BatchError, Done, Worker};

/// Sweeps that find something again before the run gives up: somebody makes documents faster than
/// they can be changed.
const SWEEPS_MAX: u32 = 20;
/// Documents whose values are read and archived go in smaller batches.
const SLOW_DOCUMENTS_MAX: usize = 200;
/// Values in one batch of such documents.
const SLOW_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Batches found ahead of the workers.
const PARCELS_AHEAD: usize = 4;
const REPLY_DOCUMENTS: i32 = 20_000;
/// A scan cut off by an election is begun again so often.
const SCAN_TRIES_MAX: u32 = 5;

/// How a document is to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// By one update of the whole batch; nothing needs to be read or kept.
    Fast,
    /// Read and archive it first.
    Slow,
}

/// Ids that one batch is about.
#[derive(Debug)]
pub struct Parcel {
    /// How.
    pub lane: Lane,
    /// Packed `_id` values.
    pub ids: Vec<Vec<u8>>,
}

/// What a sweep does with the documents it finds.
pub trait Work {
    /// Position of the step in the file.
    fn step(&self) -> usize;

    /// Which documents to look at: a cheap filter, and the fields needed to sort them.
    fn query(&self) -> (RawDocumentBuf, RawDocumentBuf);

    /// Into which lane a document found goes; none leaves it alone.
    ///
    /// # Errors
    /// When the document can't be read.
    fn lane(&self, document: &RawDocument) -> Result<Option<Lane>>;

    /// Changes the documents of one parcel in the session's transaction.
    fn change(
        &self,
        session: &mut ClientSession,
        batch: Batch<'_>,
        parcel: &Parcel,
    ) -> impl Future<Output = Result<Done, BatchError>>;
}

/// Sweeps until nothing is left; returns what was done.
///
/// # Errors
/// Stopped when asked to, when trouble does not end, or when documents arrive faster than they can
/// be changed.
pub async fn sweep_all(engine: &Engine<'_>, work: &impl Work, progress: &Progress) -> Result<Done> {
    let mut total = Done::default();
    let mut arrived = 0;
    let mut first_done = Instant::now();
    let mut workers = Vec::new();
    for number in 0..WORKERS {
        workers.push(engine.worker(number).await?);
    }
    for sweep in 1..=SWEEPS_MAX {
        let (found, done) = sweep_once(engine, work, &mut workers, progress).await?;
        total += done;
        if found == 0 {
            return Ok(total);
        }
        if sweep == 1 {
            first_done = Instant::now();
        } else {
            arrived += found;
        }
        if sweep == SWEEPS_MAX {
            #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
            let rate = arrived as f64 / first_done.elapsed().as_secs_f64().max(0.001);
            return Err(Failure::stopped(format!(
                "every one of {SWEEPS_MAX} sweeps found documents that need the change: somebody makes {rate:.1} of them a second"
            ))
            .hint("stop that writer or deploy the code that writes the new shape; then the same command resumes"));
        }
    }
    Ok(total)
}

async fn sweep_once(
    engine: &Engine<'_>,
    work: &impl Work,
    workers: &mut [Worker<'_>],
    progress: &Progress,
) -> Result<(u64, Done)> {
    let (sender, receiver) = mpsc::channel(PARCELS_AHEAD);
    let receiver = Mutex::new(receiver);
    // One task: while one worker waits for the server, another is served. Each ends by itself, for
    // a batch that was begun is to be finished when another worker has to stop.
    let serving =
        workers.iter_mut().map(|worker| serve(engine, work, (worker, &receiver), progress));
    let (found, served) = tokio::join!(scan(engine, work, sender), join_all(serving));
    let mut done = Done::default();
    for part in served {
        done += part?;
    }
    let found = found?;
    // What is found and deliberately left must not make a sweep look unfinished for ever.
    Ok((found.saturating_sub(done.left), done))
}

async fn serve(
    engine: &Engine<'_>,
    work: &impl Work,
    (worker, parcels): (&mut Worker<'_>, &Mutex<mpsc::Receiver<Parcel>>),
    progress: &Progress,
) -> Result<Done> {
    let served = serve_all(engine, work, (worker, parcels), progress).await;
    if served.is_err() {
        // Nothing more is taken, by the other workers either; what they have in hand they finish.
        let mut parcels = parcels.lock().await;
        parcels.close();
        while parcels.try_recv().is_ok() {}
    }
    served
}

async fn serve_all(
    engine: &Engine<'_>,
    work: &impl Work,
    (worker, parcels): (&mut Worker<'_>, &Mutex<mpsc::Receiver<Parcel>>),
    progress: &Progress,
) -> Result<Done> {
    let mut total = Done::default();
    loop {
        let next = parcels.lock().await.recv().await;
        let Some(parcel) = next else { return Ok(total) };
        engine.governor.gate().await?;
        let started = Instant::now();
        let batch = engine.next_batch(work.step(), parcel.ids.len() as u64);
        let done = worker
            .commit(batch, async |session: &mut ClientSession| {
                work.change(session, batch, &parcel).await
            })
            .await?;
        if parcel.lane == Lane::Fast {
            engine.took(parcel.ids.len() as u64, started.elapsed());
        }
        progress.lag(engine.governor.lag_seconds());
        progress.advance(done.changed);
        engine.governor.pace(done.changed).await;
        total += done;
    }
}

async fn scan(engine: &Engine<'_>, work: &impl Work, parcels: mpsc::Sender<Parcel>) -> Result<u64> {
    let mut found = 0;
    let mut tries = 0;
    loop {
        let before = found;
        match scan_once(engine, work, &parcels, &mut found).await {
            Ok(()) => return Ok(found),
            Err(ScanError::Final(failure)) => return Err(failure),
            Err(ScanError::Server(error)) => {
                tries = if found > before { 1 } else { tries + 1 };
                if tries > SCAN_TRIES_MAX {
                    let collection = engine.migration.steps[work.step()].collection();
                    return Err(Failure::stopped(format!("failed to look through {collection}"))
                        .because(error)
                        .hint("what is done is done for good; the same command resumes"));
                }
                tokio::time::sleep(std::time::Duration::from_secs(u64::from(tries))).await;
            }
        }
    }
}

enum ScanError {
    Server(mongodb::error::Error),
    Final(Failure),
}

async fn scan_once(
    engine: &Engine<'_>,
    work: &impl Work,
    parcels: &mpsc::Sender<Parcel>,
    found: &mut u64,
) -> Result<(), ScanError> {
    let collection = engine.migration.steps[work.step()].collection();
    let (filter, projection) = work.query();
    let command = bson::rawdoc! {
        "find": collection.as_str(),
        "filter": filter,
        "projection": projection,
        "batchSize": REPLY_DOCUMENTS,
        "noCursorTimeout": false,
        "readConcern": { "level": "majority" },
        "comment": format!("causeway {} sweep", engine.run),
    };
    let cursor = engine.context.target.database.run_raw_cursor_command(command).batch().await;
    let mut cursor = cursor.map_err(ScanError::Server)?;
    let mut lanes = Lanes::default();
    while let Some(reply) = cursor.next().await {
        let reply = reply.map_err(ScanError::Server)?;
        for document in reply.doc_slices().map_err(ScanError::Server)? {
            let document = document
                .attempt(|| format!("read documents of {collection}"))
                .map_err(ScanError::Final)?;
            let RawBsonRef::Document(document) = document else { continue };
            let lane = work.lane(document).map_err(ScanError::Final)?;
            let Some(lane) = lane else { continue };
            *found += 1;
            if let Some(parcel) = lanes.put(lane, document, engine.batch_documents()) {
                // Closed by a worker that had to stop; its reason is the one that counts.
                if parcels.send(parcel).await.is_err() {
                    return Ok(());
                }
            }
        }
    }
    for parcel in lanes.rest() {
        if parcels.send(parcel).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Ids waiting to become a parcel.
#[derive(Default)]
struct Lanes {
    fast: Vec<Vec<u8>>,
    slow: Vec<Vec<u8>>,
    slow_bytes: usize,
}

impl Lanes {
    fn put(&mut self, lane: Lane, document: &RawDocument, fast_max: usize) -> Option<Parcel> {
        let id = find(document, "_id").ok().flatten()?.packed_value();
        match lane {
            Lane::Fast => {
                self.fast.push(id);
                (self.fast.len() >= fast_max)
                    .then(|| Parcel { lane, ids: std::mem::take(&mut self.fast) })
            }
            Lane::Slow => {
                self.slow.push(id);
                self.slow_bytes += document.as_bytes().len();
                let full = self.slow.len() >= SLOW_DOCUMENTS_MAX.min(fast_max)
                    || self.slow_bytes > SLOW_BYTES_MAX;
                full.then(|| {
                    self.slow_bytes = 0;
                    Parcel { lane, ids: std::mem::take(&mut self.slow) }
                })
            }
        }
    }

    fn rest(self) -> impl Iterator<Item = Parcel> {
        [(Lane::Fast, self.fast), (Lane::Slow, self.slow)]
            .into_iter()
            .filter(|(_, ids)| !ids.is_empty())
            .map(|(lane, ids)| Parcel { lane, ids })
    }
}
