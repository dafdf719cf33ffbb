//! Reads every document of a collection once, as raw bytes, in several ranges of `_id` at a time.
//!
//! Ranges are given by `min` and `max` on the `_id` index, because those compare across BSON types
//! where `$gte` does not. All ranges read one snapshot. When the server forgets that snapshot (a
//! pass over a very large collection outlives the history it keeps) or the primary changes, a
//! range goes on after the last document it saw, at a later snapshot: every record is still of one
//! instant, and causes of differences are looked for from the first snapshot on.

use std::collections::VecDeque;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use bson::raw::RawBsonRef;
use bson::{Bson, Document, RawBson, RawDocument, RawDocumentBuf, Timestamp, doc};
use causeway_core::element::Element;
use causeway_core::examine::Lens;
use causeway_core::migration::BsonType;
use causeway_core::record::State;
use causeway_core::splice;
use futures_util::StreamExt;
use mongodb::error::{Error, ErrorKind};
use tokio::runtime::Handle;

use crate::context::Interrupt;
use crate::digest_file::{DigestWriter, Sink};
use crate::failure::{Attempt, Failure, Result};
use crate::had_before::HadBefore;
use crate::progress::Progress;
use crate::target::Target;

/// Ranges read at the same time: the server scans on one core while another range is hashed.
const READERS: usize = 3;
/// Below this many documents a collection is one range.
const SPLIT_DOCUMENTS_MIN: u64 = 20_000;
/// Ranges of a large collection: more than readers, so that none waits long for the last.
const RANGES: usize = 24;
/// Documents sampled for each boundary.
const SAMPLE_PER_RANGE: usize = 20;
/// Documents in one reply; the server ends a reply at 16 MB in any case.
const REPLY_DOCUMENTS: i32 = 1_000;
/// A range that can't go on is tried again so often, with growing pauses up to some seconds.
const TRIES_MAX: u32 = 8;
/// Sample ids kept of each kind of finding.
const SAMPLES_MAX: usize = 100;

/// What is to be read and what for.
#[derive(Debug)]
pub struct Pass<'a> {
    /// The database.
    pub target: &'a Target,
    /// Collection.
    pub collection: &'a str,
    /// Documents it holds, about.
    pub documents_estimated: u64,
    /// What to look at.
    pub lens: &'a Lens,
    /// Cluster time of the snapshot.
    pub at: Timestamp,
    /// Where digests go.
    pub digests: &'a DigestWriter,
    /// Where documents that have an added field already are noted.
    pub had_before: Option<&'a HadBefore<'a>>,
    /// Shown to the person.
    pub progress: &'a Progress,
    /// Whether somebody asked to stop.
    pub interrupt: &'a Interrupt,
}

/// What a pass saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Documents.
    pub documents: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Documents of each state.
    pub absent: u64,
    /// Documents as the migration wants them.
    pub applied: u64,
    /// Documents with a wrong value in an owned field.
    pub malformed: u64,
    /// Malformed documents by `field is TYPE`.
    pub malformed_by_type: BTreeMap<String, u64>,
    /// Steps that found something malformed, by their position in the file.
    pub malformed_steps: BTreeSet<usize>,
    /// `_id` of some malformed documents, relaxed extended JSON.
    pub malformed_samples: Vec<String>,
    /// `_id` of some documents in which the migration has not been applied.
    pub absent_samples: Vec<String>,
    /// `_id` of documents in which an owned field stands twice.
    pub doubled_samples: Vec<String>,
    /// Size and `_id` of the largest document that the migration has to change.
    pub largest: (u64, String),
    /// The latest snapshot, when a range had to go on at another than the first.
    pub later_snapshot: Option<Timestamp>,
}

impl Seen {
    fn merge(&mut self, other: Self) {
        self.documents += other.documents;
        self.bytes += other.bytes;
        self.absent += other.absent;
        self.applied += other.applied;
        self.malformed += other.malformed;
        self.later_snapshot = self.later_snapshot.max(other.later_snapshot);
        for (reason, count) in other.malformed_by_type {
            *self.malformed_by_type.entry(reason).or_default() += count;
        }
        self.malformed_steps.extend(other.malformed_steps);
        for (mine, theirs) in [
            (&mut self.malformed_samples, other.malformed_samples),
            (&mut self.absent_samples, other.absent_samples),
            (&mut self.doubled_samples, other.doubled_samples),
        ] {
            mine.extend(theirs);
            mine.truncate(SAMPLES_MAX);
        }
        if other.largest.0 > self.largest.0 {
            self.largest = other.largest;
        }
    }
}

impl Pass<'_> {
    /// Reads everything. Every reader has a thread of its own, for hashing is work for the
    /// processor; the runtime must have several threads.
    ///
    /// # Errors
    /// When the server can't be read any more, a document is damaged, or the disk is full.
    pub async fn run(&self) -> Result<Seen> {
        let queue = Mutex::new(self.ranges().await?.into_iter().collect::<VecDeque<_>>());
        let failed = AtomicBool::new(false);
        let readers = Readers { queue: &queue, failed: &failed };
        let runtime = Handle::current();
        let parts = tokio::task::block_in_place(|| {
            thread::scope(|scope| {
                let reading: Vec<_> = (0..READERS)
                    .map(|reader| {
                        let runtime = &runtime;
                        scope.spawn(move || runtime.block_on(self.read_ranges(reader, readers)))
                    })
                    .collect();
                // All of them, for a reader that stops because another failed has no reason to tell.
                reading.into_iter().map(|it| it.join()).collect::<Vec<_>>()
            })
        });
        let mut seen = Seen::default();
        for part in parts {
            let part = part.map_err(|_| Failure::unexpected("a reader panicked"))?;
            if let Some(part) = part? {
                seen.merge(part);
            }
        }
        Ok(seen)
    }

    /// Boundaries from a sample, sorted by the server: only it knows the order of mixed types.
    async fn ranges(&self) -> Result<Vec<Range>> {
        if self.documents_estimated < SPLIT_DOCUMENTS_MIN {
            return Ok(vec![Range::default()]);
        }
        let size = i64::try_from(RANGES * SAMPLE_PER_RANGE).unwrap_or(i64::MAX);
        let pipeline = [
            doc! { "$sample": { "size": size } },
            doc! { "$project": { "_id": 1 } },
            doc! { "$sort": { "_id": 1 } },
        ];
        let sampling = || format!("sample the _id values of {}", self.collection);
        let mut cursor = self
            .target
            .database
            .collection::<RawDocumentBuf>(self.collection)
            .aggregate(pipeline)
            .with_type::<RawDocumentBuf>()
            .await
            .attempt(sampling)?;
        let mut sample = Vec::new();
        while let Some(document) = cursor.next().await {
            let document = document.attempt(sampling)?;
            if let Ok(Some(id)) = document.get("_id") {
                sample.push(RawBson::from(id));
            }
        }
        let mut bounds: Vec<RawBson> =
            sample.into_iter().skip(SAMPLE_PER_RANGE).step_by(SAMPLE_PER_RANGE).collect();
        bounds.dedup();
        let starts = std::iter::once(None).chain(bounds.iter().cloned().map(Some));
        let ends = bounds.iter().cloned().map(Some).chain(std::iter::once(None));
        Ok(starts.zip(ends).map(|(from, to)| Range { from, to }).collect())
    }

    /// None when another reader failed first.
    async fn read_ranges(&self, reader: usize, readers: Readers<'_>) -> Result<Option<Seen>> {
        let result = self.read_queue(reader, readers).await;
        if result.is_err() {
            readers.failed.store(true, Ordering::Relaxed);
        }
        result
    }

    async fn read_queue(&self, reader: usize, readers: Readers<'_>) -> Result<Option<Seen>> {
        let mut work = Work {
            seen: Seen::default(),
            sink: self.digests.sink(),
            had_before: self.had_before.map(|had| had.part(reader)),
            last_id: Vec::new(),
        };
        loop {
            let next = readers.queue.lock().expect("nobody panics holding the queue").pop_front();
            let Some(range) = next else { break };
            if let End::OthersFailed = self.read_range(range, &mut work, readers.failed).await? {
                return Ok(None);
            }
        }
        work.sink.finish()?;
        if let Some(part) = work.had_before {
            part.finish().await?;
        }
        Ok(Some(work.seen))
    }

    async fn read_range(
        &self,
        mut range: Range,
        work: &mut Work<'_>,
        failed: &AtomicBool,
    ) -> Result<End> {
        let mut at = self.at;
        work.last_id.clear();
        let mut tries = 0;
        loop {
            let before = work.seen.documents;
            let error = match self.read_from(&range, at, work, failed).await {
                Ok(end) => return Ok(end),
                Err(ReadError::Final(failure)) => return Err(failure),
                Err(ReadError::Retry(error)) => error,
            };
            if work.seen.documents > before {
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
                work.seen.later_snapshot = work.seen.later_snapshot.max(Some(now));
            }
        }
    }

    async fn read_from(
        &self,
        range: &Range,
        at: Timestamp,
        work: &mut Work<'_>,
        failed: &AtomicBool,
    ) -> Result<End, ReadError> {
        let command = range.find_command(self.collection, at);
        let cursor = self.target.database.run_cursor_command(command).batch().await;
        let mut cursor = cursor.map_err(ReadError::Retry)?;
        while let Some(reply) = cursor.next().await {
            let reply = reply.map_err(ReadError::Retry)?;
            let documents = reply.doc_slices().map_err(ReadError::Retry)?;
            let before = work.seen.documents;
            for document in documents {
                let document = document
                    .attempt(|| format!("read a reply with documents of {}", self.collection))
                    .map_err(ReadError::Final)?;
                if let RawBsonRef::Document(document) = document {
                    self.take(document, work).await.map_err(ReadError::Final)?;
                }
            }
            self.progress.advance(work.seen.documents - before);
            if self.interrupt.is_set() {
                return Err(ReadError::Final(Failure::stopped("stopped while reading")));
            }
            if failed.load(Ordering::Relaxed) {
                return Ok(End::OthersFailed);
            }
        }
        Ok(End::OfRange)
    }

    async fn take(&self, document: &RawDocument, work: &mut Work<'_>) -> Result<()> {
        let examined = self.lens.examine(document).attempt(|| {
            format!("read the document of {} after {}", self.collection, id_after(&work.last_id))
        })?;
        // A range that goes on starts at the last document seen, which is not to be counted twice.
        if examined.id.is_packed(&work.last_id) {
            return Ok(());
        }
        work.last_id.clear();
        work.last_id.push(examined.id.kind);
        work.last_id.extend_from_slice(examined.id.value);
        let id = &work.last_id;
        work.sink.put(id, examined.digest, examined.state)?;
        let seen = &mut work.seen;
        let size = document.as_bytes().len() as u64;
        seen.documents += 1;
        seen.bytes += size;
        if size > seen.largest.0 && examined.state != State::Applied {
            seen.largest = (size, id_text(document));
        }
        match examined.state {
            State::Absent => {
                seen.absent += 1;
                sample(&mut seen.absent_samples, document);
            }
            State::Applied => seen.applied += 1,
            State::Malformed => {
                seen.malformed += 1;
                sample(&mut seen.malformed_samples, document);
                self.note_malformed(document, &examined.owned, seen);
            }
        }
        if let Some(part) = &mut work.had_before {
            for (step, field) in self.lens.added_fields() {
                if let Some((_, element)) = examined.owned.iter().find(|(at, _)| *at == field) {
                    part.put(step, id, element, examined.state).await?;
                }
            }
        }
        Ok(())
    }

    fn note_malformed(
        &self,
        document: &RawDocument,
        owned: &[(usize, Element<'_>)],
        seen: &mut Seen,
    ) {
        let names = self.lens.owned();
        for (at, (field, _)) in owned.iter().enumerate() {
            if owned[..at].iter().any(|(earlier, _)| earlier == field) {
                sample(&mut seen.doubled_samples, document);
            }
        }
        for (step, field) in self.lens.objections(owned) {
            let Some((_, element)) = owned.iter().find(|(at, _)| *at == field) else { continue };
            let reason = format!("{} is {}", names[field], BsonType::name_of(element.kind));
            *seen.malformed_by_type.entry(reason).or_default() += 1;
            seen.malformed_steps.insert(step);
        }
    }
}

/// What the readers of one pass share.
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

struct Work<'a> {
    seen: Seen,
    sink: Sink<'a>,
    had_before: Option<crate::had_before::Part<'a>>,
    /// Packed `_id` of the last document of the range; empty before the first.
    last_id: Vec<u8>,
}

enum ReadError {
    /// Worth another try at a later snapshot.
    Retry(Error),
    Final(Failure),
}

/// From, inclusive, to, exclusive; none is open.
#[derive(Debug, Clone, Default)]
struct Range {
    from: Option<RawBson>,
    to: Option<RawBson>,
}

impl Range {
    fn find_command(&self, collection: &str, at: Timestamp) -> Document {
        let mut command = doc! {
            "find": collection,
            "hint": { "_id": 1 },
            "batchSize": REPLY_DOCUMENTS,
            "readConcern": { "level": "snapshot", "atClusterTime": at },
            "comment": "causeway: digests",
        };
        for (key, bound) in [("min", &self.from), ("max", &self.to)] {
            if let Some(bound) = bound.clone().and_then(|bound| Bson::try_from(bound).ok()) {
                command.insert(key, doc! { "_id": bound });
            }
        }
        command
    }
}

/// Not allowed, no such command or option: asking again changes nothing.
fn is_final(error: &Error) -> bool {
    matches!(error.kind.as_ref(),
        ErrorKind::Command(command) if matches!(command.code, 2 | 9 | 13 | 26 | 59 | 72 | 18))
}

fn sample(samples: &mut Vec<String>, document: &RawDocument) {
    if samples.len() < SAMPLES_MAX {
        samples.push(id_text(document));
    }
}

fn id_after(packed: &[u8]) -> String {
    if packed.is_empty() { "the first".to_owned() } else { crate::causes::id_text(packed) }
}

fn id_text(document: &RawDocument) -> String {
    let id = document.get("_id").ok().flatten().map(RawBson::from);
    id.and_then(|id| Bson::try_from(id).ok())
        .map_or_else(|| "?".to_owned(), |id| id.into_relaxed_extjson().to_string())
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
