//! What `down` took away comes back with the next `up`: each value whose document is otherwise as
//! it was. The others are conflicts, for a person to decide.

use bson::{Bson, Document, doc};
use causeway_core::examine::Lens;
use causeway_core::migration::{AddField, Step};
use causeway_core::packed::Entry;
use mongodb::ClientSession;

use super::add_field::{id_and_value, is_of_type, packed};
use super::engine::Engine;
use crate::archive::{self, Kind};
use crate::failure::{Attempt, Result};
use crate::progress::Progress;
use crate::runs::binary;
use crate::transaction::{Batch, BatchError, Done};
use crate::wire::{self, Statement};

/// Documents in one transaction: one is one chunk of a rollback's batch.
const DOCUMENTS_MAX: usize = 100;

/// Brings back what rollbacks of this migration took away from a step's field.
///
/// # Errors
/// Stopped when asked to or when trouble does not end.
pub async fn bring_back(
    engine: &Engine<'_>,
    number: usize,
    step: &AddField,
    progress: &Progress,
) -> Result<Done> {
    let filter = pending(engine.migration.version.as_str(), number);
    let returning = Returning {
        engine,
        step,
        value: packed(&step.value),
        lens: Lens::of(engine.migration, step.collection.as_str()),
    };
    let mut worker = engine.worker(0).await?;
    let mut total = Done::default();
    archive::each_chunk(&engine.context.target, filter, async |chunk| {
        let slices: Vec<&[Entry]> = chunk.entries.chunks(DOCUMENTS_MAX).collect();
        for (at, slice) in slices.iter().enumerate() {
            engine.governor.gate().await?;
            let batch = engine.next_batch(number, slice.len() as u64);
            let last = at + 1 == slices.len();
            let done = worker
                .commit(batch, async |session: &mut ClientSession| {
                    returning.bring_back(session, batch, (&chunk.id, last), slice).await
                })
                .await?;
            progress.advance(done.changed);
            total.changed += done.changed;
            total.left += done.left;
        }
        Ok(())
    })
    .await?;
    Ok(total)
}

/// Chunks that a rollback of `version` took away from step `number` and that no `up` looked at.
#[must_use]
pub fn pending(version: &str, number: usize) -> Document {
    let number = i64::try_from(number).expect("steps are few");
    doc! { "version": version, "step": number, "kind": Kind::TakenAway.word(),
    "undone_by": Bson::Null }
}

/// The `add_field` steps of the engine's migration: only what people entered there comes back.
pub fn steps<'a>(engine: &'a Engine<'_>) -> impl Iterator<Item = (usize, &'a AddField)> {
    engine.migration.steps.iter().enumerate().filter_map(|(number, step)| match step {
        Step::AddField(step) => Some((number, step)),
        Step::RemoveField(_)
        | Step::RenameField(_)
        | Step::SetComputed(_)
        | Step::CreateIndex(_)
        | Step::DropIndex(_)
        | Step::ExtendEnum(_) => None,
    })
}

struct Returning<'a> {
    engine: &'a Engine<'a>,
    step: &'a AddField,
    value: Vec<u8>,
    lens: Lens,
}

impl Returning<'_> {
    async fn bring_back(
        &self,
        session: &mut ClientSession,
        batch: Batch<'_>,
        (chunk, last): (&Bson, bool),
        entries: &[Entry],
    ) -> Result<Done, BatchError> {
        let collection = self.step.collection.as_str();
        let field = self.step.field.as_str();
        let target = &self.engine.context.target;
        let ids: Vec<_> = entries.iter().map(|entry| entry.id.clone()).collect();
        let mut statements = Vec::new();
        let mut settled = Vec::new();
        let mut conflicts = Vec::new();
        let names = (collection, wire::ids_and(&ids, &[]));
        wire::find(target, session, names, None, |document| {
            let reading = || format!("read a document of {collection}");
            let rest = self.lens.examine(document).attempt(reading)?.digest.rest;
            let Some((id, present)) = id_and_value(document, field)? else { return Ok(()) };
            let Some(entry) = entries.iter().find(|entry| entry.id == id) else { return Ok(()) };
            let former = entry.value.as_deref().unwrap_or_default();
            if present == former {
                settled.push(id);
            } else if !is_of_type(self.step.bson_type, former) {
                conflicts.push((id.clone(), "the value is not of the field's type"));
                settled.push(id);
            } else if present != self.value {
                conflicts.push((id.clone(), "the field has another value by now"));
                settled.push(id);
            } else if rest != entry.rest {
                conflicts.push((id.clone(), "the document was changed since"));
                settled.push(id);
            } else {
                let update = wire::set(field, former);
                statements.push(Statement { filter: wire::id_is(&id), update });
                settled.push(id);
            }
            Ok(())
        })
        .await?;
        for entry in entries.iter().filter(|entry| !settled.contains(&entry.id)) {
            conflicts.push((entry.id.clone(), "the document was deleted since"));
        }
        let left = conflicts.len() as u64;
        let noted: Vec<Bson> = conflicts
            .into_iter()
            .map(|(id, reason)| Bson::Document(doc! { "id": binary(id), "reason": reason }))
            .collect();
        let mut update = doc! { "$addToSet": { "conflicts": { "$each": noted } } };
        if last {
            update.insert("$set", doc! { "undone_by": self.engine.run });
        }
        archive::collection(target)
            .update_one(doc! { "_id": chunk.clone() }, update)
            .session(&mut *session)
            .await?;
        let mut changed = 0;
        if !statements.is_empty() {
            let comment = self.engine.comment(batch);
            changed =
                wire::update(target, session, (collection, &comment), statements).await?.modified;
        }
        Ok(Done { changed, archived: 0, left })
    }
}
