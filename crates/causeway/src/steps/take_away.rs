//! `add_field`, backwards: malformed values come back, then every document that did not have the
//! field before loses it. What people entered there goes to the archive in the same transaction.

use bson::{RawDocument, RawDocumentBuf, rawdoc};
use causeway_core::element::find;
use causeway_core::examine::Lens;
use causeway_core::migration::AddField;
use causeway_core::packed::Entry;
use causeway_core::splice;
use mongodb::ClientSession;

use super::add_field::{id_and, id_and_value, is_of_type, packed};
use super::engine::Engine;
use super::keep_set::KeepSet;
use super::put_back::Undo;
use super::sweep::{Lane, Parcel, Work};
use crate::archive::{self, Kind};
use crate::failure::{Attempt, Result};
use crate::transaction::{Batch, BatchError, Done};
use crate::wire::{self, Statement};

/// Packed empty array: its field can be told exactly by `$size`.
const EMPTY_ARRAY: [u8; 6] = [0x04, 5, 0, 0, 0, 0];

/// The step being undone.
#[derive(Debug)]
pub struct TakingAway<'a> {
    engine: &'a Engine<'a>,
    number: usize,
    step: &'a AddField,
    value: Vec<u8>,
    lens: Lens,
    /// Documents that keep the field.
    pub keep: Option<KeepSet>,
}

impl<'a> TakingAway<'a> {
    /// Step `number` of the engine's migration.
    #[must_use]
    pub fn new(engine: &'a Engine<'a>, number: usize, step: &'a AddField) -> Self {
        let lens = Lens::of(engine.migration, step.collection.as_str());
        Self { engine, number, step, value: packed(&step.value), lens, keep: None }
    }

    /// Entry for the archive, with the hash of the rest of the document at this moment: the next
    /// `up` puts the value back only where the rest is still the same.
    fn taken(&self, document: &RawDocument) -> Result<Option<Entry>, BatchError> {
        let reading = || format!("read a document of {}", self.step.collection);
        let Some((id, value)) = id_and_value(document, self.step.field.as_str())? else {
            return Ok(None);
        };
        let rest = self.lens.examine(document).attempt(reading)?.digest.rest;
        Ok(Some(Entry { id, value: Some(value), after: None, rest }))
    }

    async fn update(
        &self,
        session: &mut ClientSession,
        batch: Batch<'_>,
        statements: Vec<Statement>,
    ) -> Result<u64, BatchError> {
        let comment = self.engine.comment(batch);
        let names = (self.step.collection.as_str(), comment.as_str());
        Ok(wire::update(&self.engine.context.target, session, names, statements).await?.modified)
    }

    async fn store(
        &self,
        session: &mut ClientSession,
        batch: Batch<'_>,
        entries: &[Entry],
    ) -> Result<(), BatchError> {
        let key = self.engine.chunk_key(batch, Kind::TakenAway, self.step.field.as_str());
        Ok(archive::store(&self.engine.context.target, session, key, entries).await?)
    }
}

impl Work for TakingAway<'_> {
    fn step(&self) -> usize {
        self.number
    }

    fn query(&self) -> (RawDocumentBuf, RawDocumentBuf) {
        let field = self.step.field.as_str();
        let exists = splice::packed_document(&rawdoc! { "$exists": true });
        (splice::document(&[(field, &exists)]), id_and(field))
    }

    fn lane(&self, document: &RawDocument) -> Result<Option<Lane>> {
        let reading = || format!("read a document of {}", self.step.collection);
        let id = find(document, "_id").attempt(reading)?.map(|id| id.packed_value());
        let element = find(document, self.step.field.as_str()).attempt(reading)?;
        let (Some(id), Some(element)) = (id, element) else { return Ok(None) };
        if self.keep.as_ref().is_some_and(|keep| !keep.is_in_share(&id) || keep.keeps(&id)) {
            return Ok(None);
        }
        let untouched = self.value == EMPTY_ARRAY && element.is_packed(&EMPTY_ARRAY);
        Ok(Some(if untouched { Lane::Fast } else { Lane::Slow }))
    }

    async fn change(
        &self,
        session: &mut ClientSession,
        batch: Batch<'_>,
        parcel: &Parcel,
    ) -> Result<Done, BatchError> {
        let field = self.step.field.as_str();
        let unset = |filter| Statement { filter, update: wire::unset(field) };
        if parcel.lane == Lane::Fast {
            let empty = wire::ids_and(&parcel.ids, &[(field, rawdoc! { "$size": 0 })]);
            let changed = self.update(session, batch, vec![unset(empty)]).await?;
            return Ok(Done { changed, ..Done::default() });
        }
        let mut ids = Vec::new();
        let mut taken = Vec::new();
        let names = (self.step.collection.as_str(), wire::ids_and(&parcel.ids, &[]));
        wire::find(&self.engine.context.target, session, names, None, |document| {
            if let Some(entry) = self.taken(document)? {
                ids.push(entry.id.clone());
                if entry.value.as_deref() != Some(&self.value) {
                    taken.push(entry);
                }
            }
            Ok(())
        })
        .await?;
        if ids.is_empty() {
            return Ok(Done::default());
        }
        self.store(session, batch, &taken).await?;
        let changed = self.update(session, batch, vec![unset(wire::ids_and(&ids, &[]))]).await?;
        Ok(Done { changed, archived: taken.len() as u64, left: 0 })
    }
}

/// Malformed values that `up` replaced come back in place.
impl Undo for TakingAway<'_> {
    async fn undo(
        &self,
        session: &mut ClientSession,
        (batch, field): (Batch<'_>, &str),
        entries: &[Entry],
    ) -> Result<Done, BatchError> {
        let ids: Vec<_> = entries.iter().map(|entry| entry.id.clone()).collect();
        let mut taken = Vec::new();
        let mut statements = Vec::new();
        let names = (self.step.collection.as_str(), wire::ids_and(&ids, &[]));
        wire::find(&self.engine.context.target, session, names, None, |document| {
            let Some(present) = self.taken(document)? else { return Ok(()) };
            // Not of the type any more: the application wrote it, or a later chunk brought it back.
            let value = present.value.as_deref().unwrap_or_default();
            let former = entries.iter().find(|entry| entry.id == present.id);
            let former = former.and_then(|entry| entry.value.as_deref());
            let (true, Some(former)) = (is_of_type(self.step.bson_type, value), former) else {
                return Ok(());
            };
            statements.push(Statement {
                filter: wire::id_is(&present.id),
                update: wire::set(field, former),
            });
            if value != self.value {
                taken.push(present);
            }
            Ok(())
        })
        .await?;
        if statements.is_empty() {
            return Ok(Done::default());
        }
        self.store(session, batch, &taken).await?;
        let changed = self.update(session, batch, statements).await?;
        Ok(Done { changed, archived: taken.len() as u64, left: 0 })
    }

    fn collection(&self) -> &str {
        self.step.collection.as_str()
    }
}
