//! Walks through archived chunks and brings their values back, a few documents at a time.
//!
//! A chunk is marked in the transaction of its last documents. Bringing back is idempotent, so a
//! chunk that was begun before a kill is simply gone through again.

use bson::{Bson, RawDocument, doc};
use causeway_core::element::{Element, find};
use causeway_core::packed::Entry;
use causeway_core::splice::{self, Edit, Place};
use mongodb::ClientSession;

use super::computed::computed_hash;
use super::engine::Engine;
use crate::archive::{self, Kind};
use crate::failure::{Attempt, Failure, Result};
use crate::progress::Progress;
use crate::transaction::{Batch, BatchError, Done};
use crate::wire::{self, Statement};

/// Documents in one transaction.
const DOCUMENTS_MAX: usize = 100;

/// How archived values are brought back.
pub trait Undo {
    /// Collection of the documents.
    fn collection(&self) -> &str;

    /// Brings the values of `entries` back in the session's transaction.
    fn undo(
        &self,
        session: &mut ClientSession,
        chunk: (Batch<'_>, &str),
        entries: &[Entry],
    ) -> impl Future<Output = Result<Done, BatchError>>;
}

/// Undoes everything that the engine's application archived for a step.
///
/// # Errors
/// Stopped when asked to or when trouble does not end.
pub async fn undo_step(
    engine: &Engine<'_>,
    step: usize,
    undo: &impl Undo,
    progress: &Progress,
) -> Result<Done> {
    let number = i64::try_from(step).expect("steps are few");
    let filter = doc! { "application": engine.application, "step": number,
    "kind": Kind::Replaced.word(), "undone_by": Bson::Null };
    let mut worker = engine.worker(0).await?;
    let mut total = Done::default();
    archive::each_chunk(&engine.context.target, filter, async |chunk| {
        let slices: Vec<&[Entry]> = chunk.entries.chunks(DOCUMENTS_MAX).collect();
        for (at, slice) in slices.iter().enumerate() {
            engine.governor.gate().await?;
            let batch = engine.next_batch(step, slice.len() as u64);
            let done = worker
                .commit(batch, async |session: &mut ClientSession| {
                    let done = undo.undo(&mut *session, (batch, &chunk.field), slice).await?;
                    if at + 1 == slices.len() {
                        mark(engine, session, &chunk.id).await?;
                    }
                    Ok(done)
                })
                .await?;
            progress.advance(done.changed);
            total.changed += done.changed;
            total.archived += done.archived;
        }
        Ok(())
    })
    .await?;
    Ok(total)
}

async fn mark(
    engine: &Engine<'_>,
    session: &mut ClientSession,
    chunk: &Bson,
) -> Result<(), BatchError> {
    let marked = archive::collection(&engine.context.target)
        .update_one(doc! { "_id": chunk }, doc! { "$set": { "undone_by": engine.run } })
        .session(session)
        .await?;
    if marked.matched_count == 1 {
        return Ok(());
    }
    Err(Failure::unexpected(format!("chunk {chunk} is gone from the archive")).into())
}

/// Documents rebuilt with fields back where they stood.
#[derive(Debug)]
pub struct Splicing<'a> {
    /// The run.
    pub engine: &'a Engine<'a>,
    /// Collection.
    pub collection: &'a str,
    /// What is rebuilt.
    pub rebuild: Rebuild<'a>,
}

/// What an archived entry says of its document.
#[derive(Debug, Clone, Copy)]
pub enum Rebuild<'a> {
    /// The field was removed.
    Removed,
    /// The field was given this name.
    Renamed {
        /// New name.
        to: &'a str,
    },
    /// The field was computed.
    Computed,
}

impl Splicing<'_> {
    /// The value that goes for a former one. Nobody can tell here whether the pipeline computed it
    /// or a person wrote it since, so it is kept.
    fn replaced(
        &self,
        document: &RawDocument,
        field: &str,
        id: &[u8],
    ) -> Result<Option<Entry>, BatchError> {
        if !matches!(self.rebuild, Rebuild::Computed) {
            return Ok(None);
        }
        let reading = || format!("read a document of {}", self.collection);
        let value = find(document, field).attempt(reading)?.map(|value| value.packed_value());
        Ok(value.map(|value| Entry { id: id.to_vec(), value: Some(value), after: None, rest: 0 }))
    }

    fn rebuilt(
        &self,
        document: &RawDocument,
        field: &str,
        entry: &Entry,
    ) -> Result<Option<bson::RawDocumentBuf>, BatchError> {
        let reading = || format!("read a document of {}", self.collection);
        let present = find(document, field).attempt(reading)?;
        let after = entry.after.as_deref().map_or(Place::First, Place::After);
        let edit = match (self.rebuild, entry.value.as_deref()) {
            // Somebody wrote the field since: their value stays.
            (Rebuild::Removed | Rebuild::Renamed { .. }, _) if present.is_some() => {
                return Ok(None);
            }
            (Rebuild::Computed, _) if !is_computed(present.as_ref(), entry) => return Ok(None),
            (Rebuild::Removed, Some(packed)) => Edit::Put { name: field, packed, after },
            (Rebuild::Renamed { to }, _) => Edit::Rename { from: to, to: field, after },
            (Rebuild::Computed, Some(packed)) => {
                Edit::Put { name: field, packed, after: Place::Last }
            }
            (Rebuild::Computed, None) => Edit::Remove { name: field },
            (Rebuild::Removed, None) => return Ok(None),
        };
        let rebuilt = splice::apply(document, &[edit]).attempt(reading)?;
        Ok((rebuilt.as_bytes() != document.as_bytes()).then_some(rebuilt))
    }
}

fn is_computed(present: Option<&Element<'_>>, entry: &Entry) -> bool {
    let packed = present.map(Element::packed_value);
    computed_hash(packed.as_deref()) == entry.rest
}

impl Undo for Splicing<'_> {
    fn collection(&self) -> &str {
        self.collection
    }

    async fn undo(
        &self,
        session: &mut ClientSession,
        (batch, field): (Batch<'_>, &str),
        entries: &[Entry],
    ) -> Result<Done, BatchError> {
        let ids: Vec<_> = entries.iter().map(|entry| entry.id.clone()).collect();
        let target = &self.engine.context.target;
        let mut statements = Vec::new();
        let mut replaced = Vec::new();
        let names = (self.collection, wire::ids_and(&ids, &[]));
        wire::find(target, session, names, None, |document| {
            let reading = || format!("read a document of {}", self.collection);
            let id = find(document, "_id").attempt(reading)?.map(|id| id.packed_value());
            let entry = entries.iter().find(|entry| Some(&entry.id) == id.as_ref());
            let Some(entry) = entry else { return Ok(()) };
            if let Some(rebuilt) = self.rebuilt(document, field, entry)? {
                replaced.extend(self.replaced(document, field, &entry.id)?);
                let update = wire::replace_with(rebuilt);
                statements.push(Statement { filter: wire::id_is(&entry.id), update });
            }
            Ok(())
        })
        .await?;
        if statements.is_empty() {
            return Ok(Done::default());
        }
        let key = self.engine.chunk_key(batch, Kind::Overwritten, field);
        archive::store(target, session, key, &replaced).await?;
        let comment = self.engine.comment(batch);
        let updated =
            wire::update(target, session, (self.collection, &comment), statements).await?;
        Ok(Done { changed: updated.modified, archived: replaced.len() as u64, left: 0 })
    }
}
