//! `set_computed`, forwards: the server computes the fields; their former values are archived.

use bson::raw::cstr;
use bson::{RawArrayBuf, RawBson, RawDocument, RawDocumentBuf, rawdoc};
use causeway_core::element::find;
use causeway_core::migration::SetComputed;
use causeway_core::packed::Entry;
use causeway_core::splice;
use mongodb::ClientSession;

use super::engine::Engine;
use super::sweep::{Lane, Parcel, Work};
use crate::archive::{self, Kind};
use crate::failure::{Attempt, Result};
use crate::transaction::{Batch, BatchError, Done};
use crate::wire::{self, Statement};

/// The step at work.
#[derive(Debug)]
pub struct Computing<'a> {
    /// The run.
    pub engine: &'a Engine<'a>,
    /// Position of the step in the file.
    pub number: usize,
    /// The step.
    pub step: &'a SetComputed,
}

/// Documents that the step means and that do not have it yet.
#[must_use]
pub fn pending(step: &SetComputed) -> RawDocumentBuf {
    let mut conditions = RawArrayBuf::new();
    if step.filter.iter().next().is_some() {
        conditions.push(step.filter.clone());
    }
    let mut done = RawArrayBuf::new();
    done.push(step.done.clone());
    conditions.push(rawdoc! { "$nor": done });
    rawdoc! { "$and": conditions }
}

impl Computing<'_> {
    fn still_pending(&self, ids: &[Vec<u8>]) -> RawDocumentBuf {
        let mut filter = wire::ids_and(ids, &[]);
        let pending = pending(self.step);
        if let Ok(conditions) = pending.get_array("$and") {
            filter.append(cstr!("$and"), conditions.to_owned());
        }
        filter
    }
}

impl Work for Computing<'_> {
    fn step(&self) -> usize {
        self.number
    }

    fn query(&self) -> (RawDocumentBuf, RawDocumentBuf) {
        (pending(self.step), rawdoc! { "_id": true })
    }

    fn lane(&self, _document: &RawDocument) -> Result<Option<Lane>> {
        Ok(Some(Lane::Slow))
    }

    async fn change(
        &self,
        session: &mut ClientSession,
        batch: Batch<'_>,
        parcel: &Parcel,
    ) -> Result<Done, BatchError> {
        let collection = self.step.collection.as_str();
        let target = &self.engine.context.target;
        let fields: Vec<&str> = self.step.fields.iter().map(|field| field.as_str()).collect();
        let mut entries = vec![Vec::new(); fields.len()];
        let mut elements: Vec<(&str, &[u8])> = vec![("_id", &[0x08, 1])];
        elements.extend(fields.iter().map(|field| (*field, [0x08, 1].as_slice())));
        let projection = splice::document(&elements);
        let filter = self.still_pending(&parcel.ids);
        wire::find(target, session, (collection, filter), Some(projection.clone()), |document| {
            former_values(document, &fields, &mut entries)
        })
        .await?;
        let ids: Vec<_> = entries[0].iter().map(|entry: &Entry| entry.id.clone()).collect();
        if ids.is_empty() {
            return Ok(Done::default());
        }
        let mut stages = RawArrayBuf::new();
        for stage in &self.step.pipeline {
            stages.push(stage.clone());
        }
        let statement =
            Statement { filter: self.still_pending(&ids), update: RawBson::Array(stages) };
        let comment = self.engine.comment(batch);
        let updated =
            wire::update(target, session, (collection, &comment), vec![statement]).await?;
        // With each former value goes the hash of what took its place: undo leaves alone what
        // somebody wrote since.
        let names = (collection, wire::ids_and(&ids, &[]));
        wire::find(target, session, names, Some(projection), |document| {
            note_computed(document, &fields, &mut entries)
        })
        .await?;
        for (field, entries) in fields.iter().zip(&entries) {
            let key = self.engine.chunk_key(batch, Kind::Replaced, field);
            archive::store(target, session, key, entries).await?;
        }
        let archived = ids.len() as u64 * fields.len() as u64;
        // A pipeline that computes what is there already leaves the document pending for ever.
        let left = updated.matched - updated.modified;
        Ok(Done { changed: updated.modified, archived, left })
    }
}

fn former_values(
    document: &RawDocument,
    fields: &[&str],
    entries: &mut [Vec<Entry>],
) -> Result<(), BatchError> {
    let reading = || "read a document that is to be computed".to_owned();
    let Some(id) = find(document, "_id").attempt(reading)?.map(|id| id.packed_value()) else {
        return Ok(());
    };
    for (field, entries) in fields.iter().zip(entries) {
        let value = find(document, field).attempt(reading)?.map(|value| value.packed_value());
        entries.push(Entry { id: id.clone(), value, after: None, rest: 0 });
    }
    Ok(())
}

fn note_computed(
    document: &RawDocument,
    fields: &[&str],
    entries: &mut [Vec<Entry>],
) -> Result<(), BatchError> {
    let reading = || "read a document that was computed".to_owned();
    let Some(id) = find(document, "_id").attempt(reading)?.map(|id| id.packed_value()) else {
        return Ok(());
    };
    for (field, entries) in fields.iter().zip(entries) {
        let value = find(document, field).attempt(reading)?.map(|value| value.packed_value());
        if let Some(entry) = entries.iter_mut().find(|entry| entry.id == id) {
            entry.rest = computed_hash(value.as_deref());
        }
    }
    Ok(())
}

/// Tells a computed value from one that somebody wrote since; none is a value, too.
#[must_use]
pub fn computed_hash(packed: Option<&[u8]>) -> u128 {
    packed.map_or(0, xxhash_rust::xxh3::xxh3_128)
}
