//! Puts the documents of a backup into a collection, several batches at a time.

use std::path::Path;
use std::sync::Mutex;

use bson::raw::cstr;
use bson::{RawBson, RawDocument, RawDocumentBuf, rawdoc};
use causeway_core::backup::Tally;
use causeway_core::backup::manifest::Compression;
use causeway_core::element::{Elements, find};
use memchr::memmem;
use mongodb::error::Error;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Duration, sleep};

use super::documents::Documents;
use crate::context::Interrupt;
use crate::failure::{Attempt, Failure, Result};
use crate::governor::Governor;
use crate::progress::Progress;
use crate::target::Target;
use crate::transaction::is_transient;
use crate::wire;

/// Commands under way at the same time.
const WRITERS: usize = 3;
/// Documents are sent in batches of about this size.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
const BATCH_DOCUMENTS: usize = 2_000;
/// Batches that wait for a writer: with documents of 16 MB each of them holds one.
const WAITING_MAX: usize = 1;
/// What may be on its way at the same time: each byte is held several times until it is sent.
const UNDER_WAY_BYTES_MAX: u32 = 24 * 1024 * 1024;
/// A batch that did not get through is sent again so often, with growing pauses up to some seconds.
const TRIES_MAX: u32 = 8;
/// Server error: there is a document of this `_id` already.
const DUPLICATE_KEY: i32 = 11000;
/// Documents that were refused, named to the person.
const NAMED_MAX: usize = 5;

/// What is to be filled, and who watches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filling<'a> {
    /// The database.
    pub(super) target: &'a Target,
    /// Collection, made and empty.
    pub(super) into: &'a str,
    /// Shown to the person, in documents.
    pub(super) progress: &'a Progress,
    /// Whether somebody asked to stop.
    pub(super) interrupt: &'a Interrupt,
    /// Holds batches back where others use the server.
    pub(super) governor: Option<&'a Governor>,
}

/// What became of the documents.
#[derive(Debug, Default)]
pub(super) struct Filled {
    /// What was in the file.
    pub(super) tally: Tally,
    /// How many of them the server refused.
    pub(super) refused: u64,
    /// Some of these, with what the server said.
    pub(super) reasons: Vec<String>,
}

/// Whether documents may come in another order than they have in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Several writers.
    Any,
    /// One writer: a capped collection keeps what it got last.
    AsInFile,
}

enum Batch {
    /// The command, and how many documents are in it.
    Insert(RawDocumentBuf, u64),
    /// A document in which an insert would fill in an empty timestamp.
    Literal(RawDocumentBuf),
}

impl Filling<'_> {
    /// Reads the file and writes its documents, past any validator.
    ///
    /// # Errors
    /// A failed verification when the file is damaged; when the server takes no more.
    pub(super) async fn fill(
        &self,
        (data, compression): (&Path, Compression),
        order: Order,
    ) -> Result<Filled> {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let documents = Documents::open(data, compression)?;
        let insert = Insert::into(self.into);
        let reading = tokio::task::spawn_blocking(move || read(documents, insert, &sender));
        let receiver = tokio::sync::Mutex::new(receiver);
        let room = Semaphore::new(UNDER_WAY_BYTES_MAX as usize);
        let filled = Mutex::new(Filled::default());
        let writers = match order {
            Order::Any => WRITERS,
            Order::AsInFile => 1,
        };
        let writing = (0..writers).map(|_| self.write((&receiver, &room), &filled));
        let written = futures_util::future::try_join_all(writing).await;
        // With nobody to take batches the reader ends as well.
        receiver.into_inner().close();
        let tally = reading.await.attempt(|| "read the backup".to_owned())?;
        written?;
        let mut filled = filled.into_inner().expect("no writer panicked");
        filled.tally = tally?;
        Ok(filled)
    }

    async fn write(
        &self,
        (receiver, room): (&tokio::sync::Mutex<mpsc::Receiver<Batch>>, &Semaphore),
        filled: &Mutex<Filled>,
    ) -> Result<()> {
        loop {
            let mut receiving = receiver.lock().await;
            let Some(batch) = receiving.recv().await else { return Ok(()) };
            let _under_way = room.acquire_many(batch.bytes()).await;
            drop(receiving);
            if self.interrupt.is_set() {
                return Err(Failure::stopped("stopped while restoring"));
            }
            if let Some(governor) = self.governor {
                governor.gate().await?;
            }
            let (command, documents) = match batch {
                Batch::Insert(command, documents) => (command, documents),
                Batch::Literal(document) => (self.literal(document)?, 1),
            };
            let errors = self.send(command).await?;
            self.progress.advance(documents);
            if let Some(governor) = self.governor {
                governor.pace(documents).await;
            }
            let mut filled = filled.lock().expect("no writer panicked");
            filled.refused += errors.len() as u64;
            let room = NAMED_MAX.saturating_sub(filled.reasons.len());
            filled.reasons.extend(errors.into_iter().take(room));
        }
    }

    fn literal(&self, document: RawDocumentBuf) -> Result<RawDocumentBuf> {
        let reading = || format!("read a document of {}", self.into);
        let id = find(&document, "_id").attempt(reading)?.map(|id| id.packed_value());
        let id =
            id.ok_or_else(|| Failure::unexpected(format!("failed to {}: no _id", reading())))?;
        let mut update = rawdoc! { "q": wire::id_is(&id) };
        update.append(cstr!("u"), wire::replace_with(document));
        update.append(cstr!("upsert"), true);
        let mut updates = bson::RawArrayBuf::new();
        updates.push(update);
        let mut command = rawdoc! { "update": self.into, "updates": updates };
        for (name, value) in manners().iter().flatten() {
            command.append(name, RawBson::from(value));
        }
        Ok(command)
    }

    /// What the server said of documents that it refused. The collection is nobody else's, so that
    /// whatever stands there after a try that broke off came by that try.
    async fn send(&self, command: RawDocumentBuf) -> Result<Vec<String>> {
        let writing = || format!("write documents of {}", self.into);
        let mut tries = 0;
        loop {
            let error: Error = match self.target.database.run_raw_command(command.clone()).await {
                Ok(reply) => return Ok(write_errors(&reply, tries > 0)),
                Err(error) => error,
            };
            tries += 1;
            if tries > TRIES_MAX || !is_transient(&error) {
                return Err(error).attempt(writing);
            }
            sleep(Duration::from_millis(100 << tries.min(5))).await;
        }
    }
}

impl Batch {
    fn bytes(&self) -> u32 {
        let (Self::Insert(document, _) | Self::Literal(document)) = self;
        u32::try_from(document.as_bytes().len())
            .map_or(UNDER_WAY_BYTES_MAX, |bytes| bytes.min(UNDER_WAY_BYTES_MAX))
    }
}

/// How documents are written: past any validator, for they may be older than it. Before they count,
/// everything is read again as a majority has it.
fn manners() -> RawDocumentBuf {
    rawdoc! {
        "bypassDocumentValidation": true,
        "comment": "causeway: restore",
        "writeConcern": { "w": 1 },
    }
}

/// An `insert` command that is put together where it is going to lie: documents may have 16 MB.
struct Insert {
    /// Everything before the first document.
    head: Vec<u8>,
    command: Vec<u8>,
    documents: usize,
}

/// Name and type of the last element, before the length of the array.
const DOCUMENTS: &[u8] = b"\x04documents\0";

impl Insert {
    fn into(collection: &str) -> Self {
        let mut command = rawdoc! { "insert": collection, "ordered": false };
        for (name, value) in manners().iter().flatten() {
            command.append(name, RawBson::from(value));
        }
        let mut head = command.into_bytes();
        // The terminator; it comes at the end.
        head.pop();
        head.extend_from_slice(DOCUMENTS);
        head.extend_from_slice(&[0; 4]);
        Self { command: head.clone(), head, documents: 0 }
    }

    fn is_full(&self, more: usize) -> bool {
        self.command.len() + more > BATCH_BYTES || self.documents >= BATCH_DOCUMENTS
    }

    fn put(&mut self, document: &[u8]) {
        self.command.push(0x03);
        self.command.extend_from_slice(self.documents.to_string().as_bytes());
        self.command.push(0);
        self.command.extend_from_slice(document);
        self.documents += 1;
    }

    /// The command with what was put in; another begins.
    fn take(&mut self) -> Result<Option<Batch>> {
        let documents = std::mem::take(&mut self.documents) as u64;
        if documents == 0 {
            return Ok(None);
        }
        let mut command = std::mem::replace(&mut self.command, self.head.clone());
        command.extend_from_slice(&[0, 0]);
        let array_at = self.head.len() - 4;
        // Without the last byte, which ends the command.
        for (at, len) in [(array_at, command.len() - array_at - 1), (0, command.len())] {
            let len = i32::try_from(len).expect("a batch is far below two gigabytes");
            command[at..at + 4].copy_from_slice(&len.to_le_bytes());
        }
        let command = RawDocumentBuf::from_bytes(command)
            .attempt(|| "put an insert command together".to_owned())?;
        Ok(Some(Batch::Insert(command, documents)))
    }
}

fn write_errors(reply: &bson::Document, again: bool) -> Vec<String> {
    let errors = reply.get_array("writeErrors").map(Vec::as_slice).unwrap_or_default();
    let errors = errors.iter().filter_map(bson::Bson::as_document);
    errors
        .filter(|error| !(again && error.get_i32("code").ok() == Some(DUPLICATE_KEY)))
        .map(|error| error.get_str("errmsg").unwrap_or("it was refused").to_owned())
        .collect()
}

/// Reads all documents and hands them on in batches, until nobody takes them any more: then the
/// writers tell why.
fn read(
    mut documents: Documents,
    mut insert: Insert,
    sender: &mpsc::Sender<Batch>,
) -> Result<Tally> {
    let empty_timestamp = memmem::Finder::new(&[0; 9]);
    let mut tally = Tally::default();
    while let Some(document) = documents.next()? {
        tally.add(document);
        let literal = empty_timestamp.find(document).is_some() && has_empty_timestamp(document);
        if (literal || insert.is_full(document.len()))
            && let Some(batch) = insert.take()?
            && sender.blocking_send(batch).is_err()
        {
            return Ok(tally);
        }
        if literal {
            let document = RawDocumentBuf::from_bytes(document.to_vec())
                .attempt(|| "read a document of the backup".to_owned())?;
            if sender.blocking_send(Batch::Literal(document)).is_err() {
                return Ok(tally);
            }
        } else {
            insert.put(document);
        }
    }
    if let Some(batch) = insert.take()? {
        let _ = sender.blocking_send(batch);
    }
    Ok(tally)
}

/// Whether an insert would put the present time into a field: the server does that to an empty
/// timestamp, but not in `_id` and not further down.
fn has_empty_timestamp(document: &[u8]) -> bool {
    let Ok(document) = RawDocument::from_bytes(document) else { return false };
    Elements::of(document)
        .flatten()
        .any(|it| it.kind == 0x11 && it.name != b"_id" && it.value == [0; 8])
}
