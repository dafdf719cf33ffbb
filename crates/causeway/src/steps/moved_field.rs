//! `remove_field` and `rename_field`, forwards: the value, or only its place, goes to the archive,
//! because the server can't put a field back in the middle of a document.

use bson::raw::cstr;
use bson::{RawDocument, RawDocumentBuf, rawdoc};
use causeway_core::element::find;
use causeway_core::packed::Entry;
use causeway_core::splice::{self, Place};
use mongodb::ClientSession;

use super::engine::Engine;
use super::sweep::{Lane, Parcel, Work};
use crate::archive::{self, Kind};
use crate::failure::{Attempt, Result};
use crate::transaction::{Batch, BatchError, Done};
use crate::wire::{self, Statement};

/// What becomes of the field.
#[derive(Debug, Clone, Copy)]
pub enum Move<'a> {
    /// It goes.
    Remove,
    /// It gets this name.
    Rename {
        /// New name.
        to: &'a str,
    },
}

/// The step at work.
#[derive(Debug)]
pub struct Moving<'a> {
    /// The run.
    pub engine: &'a Engine<'a>,
    /// Position of the step in the file.
    pub number: usize,
    /// Collection.
    pub collection: &'a str,
    /// Field as it is called before.
    pub field: &'a str,
    /// What becomes of it.
    pub to: Move<'a>,
}

impl Work for Moving<'_> {
    fn step(&self) -> usize {
        self.number
    }

    fn query(&self) -> (RawDocumentBuf, RawDocumentBuf) {
        let exists = splice::packed_document(&rawdoc! { "$exists": true });
        let absent = splice::packed_document(&rawdoc! { "$exists": false });
        let filter = match self.to {
            Move::Remove => splice::document(&[(self.field, &exists)]),
            Move::Rename { to } => splice::document(&[(self.field, &exists), (to, &absent)]),
        };
        let projection = match self.to {
            // The size of values decides how many go into one batch.
            Move::Remove => splice::document(&[("_id", &[0x08, 1]), (self.field, &[0x08, 1])]),
            Move::Rename { .. } => rawdoc! { "_id": true },
        };
        (filter, projection)
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
        let mut entries = Vec::new();
        let target = &self.engine.context.target;
        let filter = wire::ids_and(&parcel.ids, &[]);
        wire::find(target, session, (self.collection, filter), None, |document| {
            entries.extend(self.entry(document)?);
            Ok(())
        })
        .await?;
        if entries.is_empty() {
            return Ok(Done::default());
        }
        let key = self.engine.chunk_key(batch, Kind::Replaced, self.field);
        archive::store(target, session, key, &entries).await?;
        let ids: Vec<_> = entries.iter().map(|entry| entry.id.clone()).collect();
        let update = match self.to {
            Move::Remove => wire::unset(self.field),
            Move::Rename { to } => {
                let mut names = RawDocumentBuf::new();
                let from = bson::raw::CString::try_from(self.field)
                    .attempt(|| format!("use the field name {}", self.field))?;
                names.append(from, to);
                let mut update = RawDocumentBuf::new();
                update.append(cstr!("$rename"), names);
                bson::RawBson::Document(update)
            }
        };
        let comment = self.engine.comment(batch);
        let statement = Statement { filter: wire::ids_and(&ids, &[]), update };
        let updated =
            wire::update(target, session, (self.collection, &comment), vec![statement]).await?;
        Ok(Done { changed: updated.modified, archived: entries.len() as u64, left: 0 })
    }
}

impl Moving<'_> {
    fn entry(&self, document: &RawDocument) -> Result<Option<Entry>, BatchError> {
        let reading = || format!("read a document of {}", self.collection);
        let Some((place, element)) = splice::place_of(document, self.field).attempt(reading)?
        else {
            return Ok(None);
        };
        if let Move::Rename { to } = self.to
            && find(document, to).attempt(reading)?.is_some()
        {
            return Ok(None);
        }
        let id = find(document, "_id").attempt(reading)?.map(|id| id.packed_value());
        Ok(id.map(|id| Entry {
            id,
            value: matches!(self.to, Move::Remove).then(|| element.packed_value()),
            after: match place {
                Place::After(name) => Some(name.to_vec()),
                Place::First | Place::Last => None,
            },
            rest: 0,
        }))
    }
}
