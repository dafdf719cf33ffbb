//! The journal in the database: entries that were committed together with the data.

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use super::disk::Shown;
use crate::failure::{Attempt, Result};
use crate::target::Target;

/// Collection of the entries.
const COLLECTION: &str = "causeway_journal";

/// Entries of `run`, in their order.
///
/// # Errors
/// When the database can't be read.
pub(super) async fn read(target: &Target, run: &str) -> Result<Vec<Shown>> {
    let reading = || format!("read {COLLECTION} in {}", target.name());
    let entries: Vec<Document> = target
        .database
        .collection(COLLECTION)
        .find(doc! { "_id.run": run })
        .sort(doc! { "_id.seq": 1 })
        .await
        .attempt(reading)?
        .try_collect()
        .await
        .attempt(reading)?;
    Ok(entries.into_iter().map(shown).collect())
}

fn shown(mut entry: Document) -> Shown {
    let id = entry.remove("_id");
    let seq = id.as_ref().and_then(Bson::as_document).and_then(|id| id.get("seq").cloned());
    let seq = seq.and_then(|seq| seq.into_relaxed_extjson().as_u64());
    let at = match entry.remove("at") {
        Some(Bson::DateTime(at)) => at.try_to_rfc3339_string().unwrap_or_default(),
        Some(Bson::String(at)) => at,
        Some(_) | None => String::new(),
    };
    let facts: Vec<String> = entry
        .iter()
        .map(|(key, value)| match value.clone().into_relaxed_extjson() {
            Value::String(text) => format!("{key} {text}"),
            other => format!("{key} {other}"),
        })
        .collect();
    let said = Bson::Document(entry).into_relaxed_extjson();
    Shown::new("database", &at, seq, &facts.join(", ")).with("said", json!(said))
}
