//! Reading in the order in which documents lie there: the least work for the server. The next reply is
//! asked for while those before it are being looked at.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ScopedJoinHandle};

use bson::raw::RawBsonRef;
use bson::{Document, doc};
use causeway_core::element::find;
use futures_util::StreamExt;
use mongodb::error::Error;
use mongodb::raw_batch_cursor::RawBatch;
use tokio::runtime::Handle;

use super::cut::Cut;
use super::{
    FIRST_REPLY_DOCUMENTS, REPLY_DOCUMENTS, ReadError, Scan, Scanned, Visitor, Work, is_final,
};
use crate::failure::{Attempt, Failure, Result};
use crate::inventory::whole;

/// Threads that look at the replies of a cursor whose order does not count.
const LOOKERS: usize = 2;
/// Replies that wait for one of them.
const REPLIES_WAITING_MAX: usize = 3;
/// A cursor that breaks off is not gone on with, and the server keeps the history of a snapshot for
/// some minutes only: more bytes than this are read in ranges.
const AS_IT_LIES_BYTES_MAX: u64 = 8 * 1024 * 1024 * 1024;

/// What a cursor that reads everything may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// One instant.
    Snapshot,
    /// Whatever was there at the beginning, and what comes while it reads, too.
    Majority,
    /// Whatever is there: for a server that is no replica set and that nobody else uses.
    Local,
}

/// How far a cursor came.
enum Reading<S> {
    /// To the end; what each looker has to say.
    Complete(Vec<S>),
    /// The connection broke, or the server has forgotten the snapshot. What was looked at so far is
    /// worth nothing, for nothing tells where the cursor was.
    BrokenOff(Error),
}

impl Scan<'_> {
    /// Reads everything with one cursor: for what has no index on `_id`, and for what a snapshot
    /// can't be had of. Documents come to the visitor in their order.
    ///
    /// # Errors
    /// When the server can't be read any more, or those of the visitor.
    pub async fn in_one<V: Visitor>(&self, visitor: V, level: Level) -> Result<V::Seen> {
        self.by_one(self.find_command(level), visitor)
    }

    /// Reads those documents that the server finds at the moment of the snapshot, with one cursor.
    ///
    /// # Errors
    /// When the server can't be read any more, or those of the visitor.
    pub async fn matching<V: Visitor>(&self, filter: Document, visitor: V) -> Result<V::Seen> {
        let mut command = self.find_command(Level::Snapshot);
        command.insert("filter", filter);
        self.by_one(command, visitor)
    }

    /// Reads everything at the moment of the snapshot: as it lies there, and where that breaks off, or is
    /// not likely to come to the end while the server knows the snapshot, in ranges. Before these
    /// `begin_anew` takes back what visitors did.
    ///
    /// # Errors
    /// When the server can't be read any more, or those of a visitor.
    pub async fn whole<V: Visitor>(
        &self,
        visitor: impl Fn(usize) -> V + Sync,
        begin_anew: impl FnOnce() -> Result<()>,
    ) -> Result<Scanned<V::Seen>> {
        if self.is_soon_read().await {
            let lookers = (0..LOOKERS).map(&visitor).collect();
            let cut = self.where_to_cut().await;
            if let Reading::Complete(parts) = self.look(self.courses(cut.as_ref()), lookers)?
                && self.is_there_still(cut.as_ref()).await
            {
                return Ok(Scanned { parts, later_snapshot: None });
            }
            begin_anew()?;
            self.progress.begin_anew();
        }
        self.run(visitor).await
    }

    /// Two cursors where the collection can be cut, for then one is read while the server scans for the
    /// other.
    fn courses(&self, cut: Option<&Cut>) -> Vec<Course> {
        let command = self.find_command(Level::Snapshot);
        let Some(cut) = cut else { return vec![Course { command, last: None }] };
        let mut second = command.clone();
        second.insert("hint", doc! { "$natural": 1 });
        second.insert("$_requestResumeToken", true);
        second.insert("$_resumeAfter", doc! { "$recordId": cut.record_id });
        let mut first = command;
        first.insert("hint", doc! { "$natural": 1 });
        vec![
            Course { command: first, last: Some(cut.id.clone()) },
            Course { command: second, last: None },
        ]
    }

    async fn is_soon_read(&self) -> bool {
        let stats = self.target.database.run_command(doc! { "collStats": self.collection }).await;
        stats.is_ok_and(|stats| whole(&stats, "size") <= AS_IT_LIES_BYTES_MAX)
    }

    fn find_command(&self, level: Level) -> Document {
        let concern = match level {
            Level::Snapshot => doc! { "level": "snapshot", "atClusterTime": self.at },
            // Without a time the server may answer with what was there before it.
            Level::Majority => doc! { "level": "majority", "afterClusterTime": self.at },
            Level::Local => doc! { "level": "local" },
        };
        doc! { "find": self.collection, "batchSize": FIRST_REPLY_DOCUMENTS,
        "readConcern": concern, "comment": self.comment }
    }

    fn by_one<V: Visitor>(&self, command: Document, visitor: V) -> Result<V::Seen> {
        match self.look(vec![Course { command, last: None }], vec![visitor])? {
            Reading::Complete(mut seen) => Ok(seen.pop().expect("one looker has one thing to say")),
            Reading::BrokenOff(error) => {
                Err(error).attempt(|| format!("read {} to its end", self.collection))
            }
        }
    }

    /// Every cursor and every looker has a thread of its own, for hashing is work for the processor.
    fn look<V: Visitor>(&self, courses: Vec<Course>, visitors: Vec<V>) -> Result<Reading<V::Seen>> {
        let (replies, waiting) = sync_channel(REPLIES_WAITING_MAX);
        let table = Table { waiting: Mutex::new(waiting), abandoned: AtomicBool::new(false) };
        let (runtime, table) = (&Handle::current(), &table);
        // A server may know other options than this one does: ranges ask for nothing unusual.
        let is_plain = courses.len() == 1;
        tokio::task::block_in_place(|| {
            thread::scope(|scope| {
                let looking: Vec<_> = visitors
                    .into_iter()
                    .map(|visitor| {
                        scope.spawn(move || runtime.block_on(self.look_at_all(visitor, table)))
                    })
                    .collect();
                let fetching: Vec<_> = courses
                    .into_iter()
                    .map(|course| {
                        let replies = replies.clone();
                        scope.spawn(move || runtime.block_on(self.fetch(course, replies, table)))
                    })
                    .collect();
                drop(replies);
                let fetched: Vec<_> = fetching.into_iter().map(ScopedJoinHandle::join).collect();
                let mut seen = Vec::new();
                for looker in looking {
                    seen.extend(looker.join().map_err(|_| panicked())??);
                }
                for fetched in fetched {
                    match fetched.map_err(|_| panicked())? {
                        Ok(()) => {}
                        Err(ReadError::Final(failure)) => return Err(failure),
                        Err(ReadError::Retry(error)) if is_plain && is_final(&error) => {
                            return Err(error).attempt(|| format!("read {}", self.collection));
                        }
                        Err(ReadError::Retry(error)) => return Ok(Reading::BrokenOff(error)),
                    }
                }
                Ok(Reading::Complete(seen))
            })
        })
    }

    async fn fetch(
        &self,
        course: Course,
        replies: SyncSender<Served>,
        table: &Table,
    ) -> Result<(), ReadError> {
        let fetched = self.fetch_all(course, &replies, table).await;
        if fetched.is_err() {
            table.abandoned.store(true, Ordering::Relaxed);
        }
        fetched
    }

    async fn fetch_all(
        &self,
        course: Course,
        replies: &SyncSender<Served>,
        table: &Table,
    ) -> Result<(), ReadError> {
        let reading = self.target.database.run_cursor_command(course.command);
        let cursor = reading.batch_size(REPLY_DOCUMENTS.unsigned_abs()).batch().await;
        let mut cursor = cursor.map_err(ReadError::Retry)?;
        while let Some(reply) = cursor.next().await {
            let reply = reply.map_err(ReadError::Retry)?;
            let up_to = match &course.last {
                Some(last) => position(&reply, last).map_err(ReadError::Retry)?,
                None => None,
            };
            let is_last = up_to.is_some();
            // A looker that failed has the reason.
            let taken = replies.send(Served { reply, documents: up_to.unwrap_or(usize::MAX) });
            if taken.is_err() || is_last || table.abandoned.load(Ordering::Relaxed) {
                return Ok(());
            }
            if self.interrupt.is_set() {
                return Err(ReadError::Final(Failure::stopped("stopped while reading")));
            }
        }
        match course.last {
            Some(_) => Err(ReadError::Retry(Error::custom("the document of the cut did not come"))),
            None => Ok(()),
        }
    }

    /// None when the reading was given up.
    async fn look_at_all<V: Visitor>(&self, visitor: V, table: &Table) -> Result<Option<V::Seen>> {
        let _clearing = Clearing(table);
        let looked = self.look_at_each(visitor, table).await;
        if looked.is_err() {
            table.abandoned.store(true, Ordering::Relaxed);
        }
        looked
    }

    async fn look_at_each<V: Visitor>(&self, visitor: V, table: &Table) -> Result<Option<V::Seen>> {
        let mut work = Work { visitor, documents: 0, later_snapshot: None, last_id: Vec::new() };
        while let Some(served) = table.next() {
            match self.look_at(&served.reply, served.documents, &mut work).await {
                Ok(()) => {}
                Err(ReadError::Final(failure)) => return Err(failure),
                Err(ReadError::Retry(error)) => {
                    return Err(error).attempt(|| format!("read a reply of {}", self.collection));
                }
            }
        }
        if table.abandoned.load(Ordering::Relaxed) {
            return Ok(None);
        }
        work.visitor.finish().await.map(Some)
    }
}

/// What one cursor reads.
struct Course {
    command: Document,
    /// Packed `_id` of the document that it ends with; without one it reads to its end.
    last: Option<Vec<u8>>,
}

/// A reply, and how many of its documents count.
struct Served {
    reply: RawBatch,
    documents: usize,
}

/// How many documents of the reply there are up to this one; none where it is not among them.
fn position(reply: &RawBatch, id: &[u8]) -> Result<Option<usize>, Error> {
    for (at, document) in reply.doc_slices()?.into_iter().enumerate() {
        // What is no document is found by whoever looks at it.
        let Ok(RawBsonRef::Document(document)) = document else { continue };
        if find(document, "_id").ok().flatten().is_some_and(|found| found.is_packed(id)) {
            return Ok(Some(at + 1));
        }
    }
    Ok(None)
}

fn panicked() -> Failure {
    Failure::unexpected("a reader panicked")
}

/// Where replies lie until somebody looks at them.
struct Table {
    waiting: Mutex<Receiver<Served>>,
    abandoned: AtomicBool,
}

impl Table {
    /// None after the last, and once the reading was given up.
    fn next(&self) -> Option<Served> {
        self.take().filter(|_| !self.abandoned.load(Ordering::Relaxed))
    }

    fn take(&self) -> Option<Served> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }
}

/// Takes what nobody looks at any more, so that whoever fetches is not kept waiting for ever, also
/// when a looker panicked.
struct Clearing<'a>(&'a Table);

impl Drop for Clearing<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.abandoned.store(true, Ordering::Relaxed);
        }
        while self.0.take().is_some() {}
    }
}
