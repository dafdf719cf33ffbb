//! Conflicts that wait for a decision, as the archive holds them, and which of them can be applied.

use bson::{Bson, Document, doc};
use causeway_core::migration::{Migration, Step};
use causeway_core::packed::Entry;
use futures_util::StreamExt;

use crate::archive::{self, Kind};
use crate::causes::id_text;
use crate::context::Context;
use crate::failure::{Attempt, Result};
use crate::steps::add_field::is_of_type;

/// One value waiting for a decision.
#[derive(Debug)]
pub(super) struct Conflict {
    pub(super) step: usize,
    pub(super) chunk: Bson,
    pub(super) id: Vec<u8>,
    reason: String,
    pub(super) value: Vec<u8>,
    pub(super) standing: Standing,
}

/// Whether a value can be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Applicable,
    /// A later value of the same document can be, or was applied already.
    Older,
    /// It would make a malformed document of a well-formed one.
    WrongType,
}

/// Whether a later value of the same field of the same document can be applied. `before` are the
/// conflicts that were archived later.
pub(super) fn has_later(before: &[Conflict], conflict: &Conflict) -> bool {
    before.iter().any(|later| {
        later.standing == Standing::Applicable
            && (later.step, &later.id) == (conflict.step, &conflict.id)
    })
}

/// As the list shows it.
pub(super) fn row(
    conflict: &Conflict,
) -> std::collections::BTreeMap<&'static str, serde_json::Value> {
    let note = match conflict.standing {
        Standing::Applicable => serde_json::Value::Null,
        Standing::Older => "older than another of this document".into(),
        Standing::WrongType => "not of the field's type: never applied".into(),
    };
    let run = conflict.chunk.as_document().and_then(|id| id.get_str("run").ok());
    [
        ("_id", id_text(&conflict.id).into()),
        // Its name begins with the time.
        ("archived_by", run.into()),
        ("note", note),
        ("reason", conflict.reason.clone().into()),
        ("value", crate::lost_values::json(&conflict.value)),
    ]
    .into_iter()
    .collect()
}

/// Open conflicts, those archived last first.
///
/// # Errors
/// When the archive can't be read or is damaged.
pub(super) async fn read(context: &Context, migration: &Migration) -> Result<Vec<Conflict>> {
    let version = &migration.version;
    let reading = || format!("read the conflicts of {version}");
    let filter = doc! { "version": version.as_str(), "kind": Kind::TakenAway.word(),
    "conflicts": { "$exists": true, "$ne": [] } };
    let mut found: Vec<(Document, usize)> = Vec::new();
    let mut cursor = archive::collection(&context.target)
        .find(filter.clone())
        .projection(doc! { "_id": 1, "conflicts": 1, "step": 1 })
        .await
        .attempt(reading)?;
    while let Some(chunk) = cursor.next().await {
        let chunk = chunk.attempt(reading)?;
        let step = usize::try_from(chunk.get_i64("step").unwrap_or_default()).unwrap_or_default();
        found.push((chunk, step));
    }
    let mut open: Vec<Conflict> = Vec::new();
    archive::each_chunk(&context.target, filter, async |chunk| {
        let noted = found.iter().find(|(noted, _)| noted.get("_id") == Some(&chunk.id));
        let Some((noted, step)) = noted else { return Ok(()) };
        for conflict in noted.get_array("conflicts").into_iter().flatten() {
            let Some(conflict) = conflict.as_document() else { continue };
            let id = conflict.get_binary_generic("id").attempt(reading)?.clone();
            let entry = chunk.entries.iter().find(|entry| entry.id == id);
            let value = entry.and_then(|entry: &Entry| entry.value.clone()).unwrap_or_default();
            let reason = conflict.get_str("reason").unwrap_or("?").to_owned();
            let is_older = conflict.get_bool("older").unwrap_or(false);
            let chunk = chunk.id.clone();
            let standing = Standing::Applicable;
            let mut conflict = Conflict { step: *step, chunk, id, reason, value, standing };
            if !fits(migration, &conflict) {
                conflict.standing = Standing::WrongType;
            } else if is_older || has_later(&open, &conflict) {
                conflict.standing = Standing::Older;
            }
            open.push(conflict);
        }
        Ok(())
    })
    .await?;
    Ok(open)
}

/// Whether the value is of the type of the field that its step adds.
fn fits(migration: &Migration, conflict: &Conflict) -> bool {
    let step = migration.steps.get(conflict.step);
    matches!(step, Some(Step::AddField(step)) if is_of_type(step.bson_type, &conflict.value))
}
