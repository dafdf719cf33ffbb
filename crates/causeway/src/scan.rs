//! Reads every document of a collection once, as raw bytes: as they lie there, or in several ranges of
//! `_id` at a time.
//!
//! Ranges are given by `min` and `max` on the `_id` index, because those compare across BSON types
//! where `$gte` does not. All ranges read one snapshot. When the server forgets that snapshot (a
//! scan of a very large collection outlives the history it keeps) or the primary changes, a
//! range goes on after the last document it saw, at a later snapshot: every document is still of one
//! instant, and the caller is told the latest of them.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use bson::raw::RawBsonRef;
use bson::{Bson, Document, RawBson, RawDocument, Timestamp, doc};
use causeway_core::element::find;
use causeway_core::splice;
use futures_util::StreamExt;
use mongodb::error::{Error, ErrorKind};
use mongodb::raw_batch_cursor::RawBatch;
use tokio::runtime::Handle;

use crate::context::Interrupt;
use crate::failure::{Attempt, Failure, Result};
use crate::progress::Progress;
use crate::target::Target;

mod as_it_lies;
mod cut;
mod range;

pub use as_it_lies::Level;
use range::{Range, ranges};

/// Ranges read at the same time: the server scans on one core while another range is hashed.
const READERS: usize = 3;
/// Documents in the first reply: work begins early.
const FIRST_REPLY_DOCUMENTS: i32 = 1_000;
/// Documents in each that follows: with fewer there is more waiting, with more nothing is gained but
/// memory taken. The server ends a reply at 16 MB in any case.
const REPLY_DOCUMENTS: i32 = 4_000;
/// A range that can't go on is tried again so often, with growing pauses up to some seconds.
const TRIES_MAX: u32 = 8;

/// What is to be read.
#[derive(Debug)]
pub struct Scan<'a> {
    /// The database.
    pub target: &'a Target,
    /// Collection.
    pub collection: &'a str,
    /// Documents it holds, about.
    pub documents_estimated: u64,
    /// Cluster time of the snapshot.
    pub at: Timestamp,
    /// Said on every command, to whoever looks at the server's operations.
    pub comment: &'a str,
    /// Shown to the person, in documents.
    pub progress: &'a Progress,
    /// Whether somebody asked to stop.
    pub interrupt: &'a Interrupt,
}

/// What one reader does with the documents of its ranges.
pub trait Visitor: Send {
    /// What it has to say at its end.
    type Seen: Send;

    /// Takes a document; `id` is its packed `_id`.
    ///
    /// # Errors
    /// Those of the visitor; the scan ends with them.
    fn take(&mut self, id: &[u8], document: &RawDocument) -> impl Future<Output = Result<()>>;

    /// All documents of one reply of the server were taken.
    ///
    /// # Errors
    /// Those of the visitor; the scan ends with them.
    fn end_of_reply(&mut self) -> Result<()> {
        Ok(())
    }

    /// There is nothing more to take.
    ///
    /// # Errors
    /// Those of the visitor; the scan ends with them.
    fn finish(self) -> impl Future<Output = Result<Self::Seen>>;
}

/// What a scan has to say.
#[derive(Debug)]
pub struct Scanned<S> {
    /// Of each reader.
    pub parts: Vec<S>,
    /// The latest snapshot, when a range had to go on at another than the first.
    pub later_snapshot: Option<Timestamp>,
}

impl Scan<'_> {
    /// Reads everything, in ranges. Every reader has a thread of its own, for hashing is work for the
    /// processor; the runtime must have several threads. Until it is done the task does nothing else:
    /// what goes on meanwhile, and waits for a connection, must be a task of its own.
    ///
    /// # Errors
    /// When the server can't be read any more, a document is damaged, or the disk is full.
    pub async fn run<V: Visitor>(
        &self,
        visitor: impl Fn(usize) -> V + Sync,
    ) -> Result<Scanned<V::Seen>> {
        let queue = Mutex::new(
            ranges(self.target, self.collection, self.documents_estimated)
                .await?
                .into_iter()
                .collect::<VecDeque<_>>(),
        );
        let failed = AtomicBool::new(false);
        let readers = Readers { queue: &queue, failed: &failed };
        let runtime = Handle::current();
        let parts = tokio::task::block_in_place(|| {
            thread::scope(|scope| {
                let reading: Vec<_> = (0..READERS)
                    .map(|reader| {
                        let (runtime, visitor) = (&runtime, &visitor);
                        scope.spawn(move || {
                            runtime.block_on(self.read_ranges(visitor(reader), readers))
                        })
                    })
                    .collect();
                // All of them, for a reader that stops because another failed has no reason to tell.
                reading.into_iter().map(|it| it.join()).collect::<Vec<_>>()
            })
        });
        let mut scanned = Scanned { parts: Vec::new(), later_snapshot: None };
        for part in parts {
            let part = part.map_err(|_| Failure::unexpected("a reader panicked"))?;
            if let Some((seen, later_snapshot)) = part? {
                scanned.parts.push(seen);
                scanned.later_snapshot = scanned.later_snapshot.max(later_snapshot);
            }
        }
        Ok(scanned)
    }

    /// None when another reader failed first.
    async fn read_ranges<V: Visitor>(
        &self,
        visitor: V,
        readers: Readers<'_>,
    ) -> Result<Option<(V::Seen, Option<Timestamp>)>> {
        let result = self.read_queue(visitor, readers).await;
        if result.is_err() {
            readers.failed.store(true, Ordering::Relaxed);
        }
        result
    }

    async fn read_queue<V: Visitor>(
        &self,
        visitor: V,
        readers: Readers<'_>,
    ) -> Result<Option<(V::Seen, Option<Timestamp>)>> {
        let mut work = Work { visitor, documents: 0, later_snapshot: None, last_id: Vec::new() };
        loop {
            let next = readers.queue.lock().expect("nobody panics holding the queue").pop_front();
            let Some(range) = next else { break };
            if let End::OthersFailed = self.read_range(range, &mut work, readers.failed).await? {
                return Ok(None);
            }
        }
        Ok(Some((work.visitor.finish().await?, work.later_snapshot)))
    }

    async fn read_range<V: Visitor>(
        &self,
        mut range: Range,
        work: &mut Work<V>,
        failed: &AtomicBool,
    ) -> Result<End> {
        let mut at = self.at;
        work.last_id.clear();
        let mut tries = 0;
        loop {
            let before = work.documents;
            let error = match self.read_from(&range, at, work, failed).await {
                Ok(end) => return Ok(end),
                Err(ReadError::Final(failure)) => return Err(failure),
                Err(ReadError::Retry(error)) => error,
            };
            if work.documents > before {
                tries = 0;
            }
            tries += 1;
            if tries > TRIES_MAX || is_final(&error) {
                return Err(error).attempt(|| format!("read {} to its end", self.collection));
            }
            tokio::time::sleep(Duration::from_millis(100 << tries.min(5))).await;
            if !work.last_id.is_empty() {
                let last = splice::document(&[("_id", &work.last_id)]);
                range.from = last.get("_id").ok().flatten().map(RawBson::from);
            }
            // The primary may still be away: then this try counts like the read it serves.
            if let Ok(now) = now(self.target).await {
                at = now;
                work.later_snapshot = work.later_snapshot.max(Some(now));
            }
        }
    }

    async fn read_from<V: Visitor>(
        &self,
        range: &Range,
        at: Timestamp,
        work: &mut Work<V>,
        failed: &AtomicBool,
    ) -> Result<End, ReadError> {
        let command = range.find_command(self.collection, (at, self.comment));
        let end = self.take_all(command, work, failed).await?;
        match (end, range.left_out(self.collection, (at, self.comment))) {
            (End::OfRange, Some(command)) => self.take_all(command, work, failed).await,
            (end, _) => Ok(end),
        }
    }

    /// The server's own count, where it is another than that of the documents read: these are not to
    /// be believed complete because they were all that came.
    ///
    /// # Errors
    /// When the server can't be asked.
    pub async fn counted_otherwise(&self, documents: u64) -> Result<Option<u64>> {
        // The number that the server keeps costs nothing. Where an application writes, or after an
        // unclean shutdown, it may be another, and says nothing then.
        let kept = self.target.database.collection::<Document>(self.collection);
        if kept.estimated_document_count().await.is_ok_and(|kept| kept == documents) {
            return Ok(None);
        }
        Ok(self.count().await?.filter(|counted| *counted != documents))
    }

    /// The count at the moment of the snapshot; none where the server has forgotten it.
    async fn count(&self) -> Result<Option<u64>> {
        let command = doc! { "aggregate": self.collection,
        "pipeline": [{ "$group": { "_id": Bson::Null, "documents": { "$sum": 1_i64 } } }],
        "hint": { "_id": 1 }, "cursor": {}, "comment": self.comment,
        "readConcern": { "level": "snapshot", "atClusterTime": self.at } };
        let counting = || format!("count {}", self.collection);
        let mut cursor = match self.target.database.run_cursor_command(command).await {
            Ok(cursor) => cursor,
            Err(error) if is_final(&error) => return Err(error).attempt(counting),
            Err(_) => return Ok(None),
        };
        match cursor.next().await {
            None => Ok(Some(0)),
            Some(Ok(counted)) => {
                let documents = counted.get_i64("documents").attempt(counting)?;
                Ok(u64::try_from(documents).ok())
            }
            Some(Err(_)) => Ok(None),
        }
    }

    async fn take_all<V: Visitor>(
        &self,
        command: Document,
        work: &mut Work<V>,
        failed: &AtomicBool,
    ) -> Result<End, ReadError> {
        let reading = self.target.database.run_cursor_command(command);
        let cursor = reading.batch_size(REPLY_DOCUMENTS.unsigned_abs()).batch().await;
        let mut cursor = cursor.map_err(ReadError::Retry)?;
        while let Some(reply) = cursor.next().await {
            let reply = reply.map_err(ReadError::Retry)?;
            self.look_at(&reply, usize::MAX, work).await?;
            if self.interrupt.is_set() {
                return Err(ReadError::Final(Failure::stopped("stopped while reading")));
            }
            if failed.load(Ordering::Relaxed) {
                return Ok(End::OthersFailed);
            }
        }
        Ok(End::OfRange)
    }

    async fn look_at<V: Visitor>(
        &self,
        reply: &RawBatch,
        documents_max: usize,
        work: &mut Work<V>,
    ) -> Result<(), ReadError> {
        let (before, mut bytes) = (work.documents, 0);
        for document in
            reply.doc_slices().map_err(ReadError::Retry)?.into_iter().take(documents_max)
        {
            let document = document
                .attempt(|| format!("read a reply with documents of {}", self.collection))
                .map_err(ReadError::Final)?;
            if let RawBsonRef::Document(document) = document {
                bytes += document.as_bytes().len() as u64;
                work.take(self.collection, document).await.map_err(ReadError::Final)?;
            }
        }
        work.visitor.end_of_reply().map_err(ReadError::Final)?;
        self.progress.advance_read(work.documents - before, bytes);
        Ok(())
    }
}

/// What the readers of one scan share.
#[derive(Clone, Copy)]
struct Readers<'a> {
    queue: &'a Mutex<VecDeque<Range>>,
    failed: &'a AtomicBool,
}

/// Why a range is not read any further.
enum End {
    OfRange,
    OthersFailed,
}

/// One reader at work.
struct Work<V> {
    visitor: V,
    documents: u64,
    later_snapshot: Option<Timestamp>,
    /// Packed `_id` of the last document of the range; empty before the first.
    last_id: Vec<u8>,
}

impl<V: Visitor> Work<V> {
    async fn take(&mut self, collection: &str, document: &RawDocument) -> Result<()> {
        let reading =
            || format!("read the document of {collection} after {}", id_after(&self.last_id));
        let id = find(document, "_id").attempt(reading)?;
        let id = id.ok_or_else(|| {
            Failure::unexpected(format!("failed to {}: it has no _id", reading()))
        })?;
        // A range that goes on starts at the last document seen, which is not to be counted twice.
        if id.is_packed(&self.last_id) {
            return Ok(());
        }
        self.last_id.clear();
        self.last_id.push(id.kind);
        self.last_id.extend_from_slice(id.value);
        self.documents += 1;
        self.visitor.take(&self.last_id, document).await
    }
}

enum ReadError {
    /// Worth another try at a later snapshot.
    Retry(Error),
    Final(Failure),
}

/// Not allowed, no such command or option: asking again changes nothing.
fn is_final(error: &Error) -> bool {
    matches!(error.kind.as_ref(),
        ErrorKind::Command(command) if matches!(command.code, 2 | 9 | 13 | 26 | 59 | 72 | 18))
}

fn id_after(packed: &[u8]) -> String {
    if packed.is_empty() { "the first".to_owned() } else { crate::causes::id_text(packed) }
}

/// The present time of the database, for a snapshot.
///
/// # Errors
/// When the server can't be asked.
pub async fn now(target: &Target) -> Result<Timestamp> {
    let reply = target
        .database
        .run_command(doc! { "ping": 1 })
        .await
        .attempt(|| "ask the server for its time".to_owned())?;
    reply
        .get_timestamp("operationTime")
        .map_err(|_| Failure::refused("the server tells no cluster time: it is no replica set"))
}
