//! `add_field`, forwards: documents without the field get the value; a value of another type goes
//! to the archive first.

use bson::raw::cstr;
use bson::{RawBson, RawDocument, RawDocumentBuf, rawdoc};
use causeway_core::element::find;
use causeway_core::migration::{AddField, BsonType, Malformed};
use causeway_core::packed::Entry;
use mongodb::ClientSession;

use super::engine::Engine;
use super::sweep::{Lane, Parcel, Work};
use crate::archive::{self, Kind};
use crate::causes::id_text;
use crate::failure::{Attempt, Failure, Result};
use crate::transaction::{Batch, BatchError, Done};
use crate::wire::{self, Statement};

/// The step at work.
#[derive(Debug)]
pub struct Adding<'a> {
    engine: &'a Engine<'a>,
    number: usize,
    step: &'a AddField,
    value: Vec<u8>,
}

impl<'a> Adding<'a> {
    /// Step `number` of the engine's migration.
    #[must_use]
    pub fn new(engine: &'a Engine<'a>, number: usize, step: &'a AddField) -> Self {
        Self { engine, number, step, value: packed(&step.value) }
    }

    async fn add(
        &self,
        session: &mut ClientSession,
        batch: Batch<'_>,
        ids: &[Vec<u8>],
    ) -> Result<Done, BatchError> {
        let field = self.step.field.as_str();
        let lacking = wire::ids_and(ids, &[(field, rawdoc! { "$exists": false })]);
        let statement = Statement { filter: lacking, update: wire::set(field, &self.value) };
        let updated = self.update(session, batch, statement).await?;
        Ok(Done { changed: updated, ..Done::default() })
    }

    async fn replace(
        &self,
        session: &mut ClientSession,
        batch: Batch<'_>,
        ids: &[Vec<u8>],
    ) -> Result<Done, BatchError> {
        let field = self.step.field.as_str();
        let mut entries = Vec::new();
        let target = &self.engine.context.target;
        let collection = self.step.collection.as_str();
        wire::find(
            target,
            session,
            (collection, wire::ids_and(ids, &[])),
            Some(id_and(field)),
            |document| {
                let Some((id, value)) = id_and_value(document, field)? else { return Ok(()) };
                if !is_of_type(self.step.bson_type, &value) {
                    entries.push(Entry { id, value: Some(value), after: None, rest: 0 });
                }
                Ok(())
            },
        )
        .await?;
        if entries.is_empty() {
            return Ok(Done::default());
        }
        let key = self.engine.chunk_key(batch, Kind::Replaced, field);
        archive::store(target, session, key, &entries).await?;
        let ids: Vec<_> = entries.iter().map(|entry| entry.id.clone()).collect();
        let statement =
            Statement { filter: wire::ids_and(&ids, &[]), update: wire::set(field, &self.value) };
        let updated = self.update(session, batch, statement).await?;
        Ok(Done { changed: updated, archived: entries.len() as u64, left: 0 })
    }

    /// The checks found nothing malformed: somebody wrote this one while the run was under way.
    fn refused(&self, document: &RawDocument, kind: u8) -> Failure {
        let id = find(document, "_id").ok().flatten().map(|id| id_text(&id.packed_value()));
        Failure::stopped(format!(
            "{} of {} {} has become {} since the checks, and the migration refuses malformed values",
            self.step.field,
            self.step.collection,
            id.unwrap_or_default(),
            BsonType::name_of(kind)
        ))
        .hint("mend that document; then the same command resumes")
    }

    async fn update(
        &self,
        session: &mut ClientSession,
        batch: Batch<'_>,
        statement: Statement,
    ) -> Result<u64, BatchError> {
        let comment = self.engine.comment(batch);
        let names = (self.step.collection.as_str(), comment.as_str());
        let target = &self.engine.context.target;
        Ok(wire::update(target, session, names, vec![statement]).await?.modified)
    }
}

impl Work for Adding<'_> {
    fn step(&self) -> usize {
        self.number
    }

    fn query(&self) -> (RawDocumentBuf, RawDocumentBuf) {
        let field = self.step.field.as_str();
        (not_of_type(field, self.step.bson_type), id_and(field))
    }

    fn lane(&self, document: &RawDocument) -> Result<Option<Lane>> {
        let reading = || format!("read a document of {}", self.step.collection);
        let element = find(document, self.step.field.as_str()).attempt(reading)?;
        Ok(match element {
            None => Some(Lane::Fast),
            Some(element) if self.step.bson_type.matches_element_type(element.kind) => None,
            Some(_) if self.step.malformed == Malformed::Archive => Some(Lane::Slow),
            Some(element) => return Err(self.refused(document, element.kind)),
        })
    }

    async fn change(
        &self,
        session: &mut ClientSession,
        batch: Batch<'_>,
        parcel: &Parcel,
    ) -> Result<Done, BatchError> {
        match parcel.lane {
            Lane::Fast => self.add(session, batch, &parcel.ids).await,
            Lane::Slow => self.replace(session, batch, &parcel.ids).await,
        }
    }
}

/// Documents whose `field` is absent or not of the type.
///
/// `$type` in a query looks into arrays as well; for the array type itself that is what is wanted,
/// and the server answers it faster than an expression.
#[must_use]
pub fn not_of_type(field: &str, bson_type: BsonType) -> RawDocumentBuf {
    let mut filter = RawDocumentBuf::new();
    if bson_type == BsonType::Array {
        let key = bson::raw::CString::try_from(field).expect("a field name holds no zero byte");
        filter.append(key, rawdoc! { "$not": { "$type": "array" } });
        return filter;
    }
    let types: Vec<&str> = if bson_type == BsonType::Number {
        vec!["int", "long", "double", "decimal"]
    } else {
        vec![bson_type.name()]
    };
    let mut list = bson::RawArrayBuf::new();
    for name in types {
        list.push(name);
    }
    let present = rawdoc! { "$type": { "$getField": { "$literal": field } } };
    let mut operands = bson::RawArrayBuf::new();
    operands.push(present);
    operands.push(list);
    filter.append(cstr!("$expr"), rawdoc! { "$not": [{ "$in": operands }] });
    filter
}

/// Projection of `_id` and one field.
#[must_use]
pub fn id_and(field: &str) -> RawDocumentBuf {
    causeway_core::splice::document(&[("_id", &[0x08, 1]), (field, &[0x08, 1])])
}

/// `_id` and value of a field, both packed.
pub type IdAndValue = (Vec<u8>, Vec<u8>);

/// `_id` and value of a field; none when the field is absent.
///
/// # Errors
/// When the document is damaged.
pub fn id_and_value(document: &RawDocument, field: &str) -> Result<Option<IdAndValue>, BatchError> {
    let reading = || format!("read {field} of a document");
    let id = find(document, "_id").attempt(reading)?;
    let value = find(document, field).attempt(reading)?;
    Ok(id.zip(value).map(|(id, value)| (id.packed_value(), value.packed_value())))
}

/// Whether a packed value is of the type.
#[must_use]
pub fn is_of_type(bson_type: BsonType, packed: &[u8]) -> bool {
    packed.first().is_some_and(|kind| bson_type.matches_element_type(*kind))
}

/// A value as type byte and bytes.
#[must_use]
pub fn packed(value: &RawBson) -> Vec<u8> {
    let mut document = RawDocumentBuf::new();
    document.append(cstr!("v"), value.clone());
    find(&document, "v").ok().flatten().expect("the value was just written").packed_value()
}
