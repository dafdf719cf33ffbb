//! The journal in the database: entries that were committed together with the data.

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;

use super::disk::Shown;
use crate::clock::thousands;
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
        .sort(doc! { "_id.batch": 1 })
        .await
        .attempt(reading)?
        .try_collect()
        .await
        .attempt(reading)?;
    Ok(entries.into_iter().map(shown).collect())
}

fn shown(entry: Document) -> Shown {
    let at = entry.get_datetime("at").ok().and_then(|at| at.try_to_rfc3339_string().ok());
    let number = |key: &str| entry.get_i64(key).ok().and_then(|it| u64::try_from(it).ok());
    let count = |key: &str| thousands(number(key).unwrap_or_default());
    let text = format!(
        "changed  batch {} of step {}: {} changed, {} archived, {} left alone",
        count("batch"),
        number("step").unwrap_or_default() + 1,
        count("changed"),
        count("archived"),
        count("left"),
    );
    let batch = number("batch");
    let said = Bson::Document(entry).into_relaxed_extjson();
    Shown::new("database", &at.unwrap_or_default(), batch, &text).with("said", said)
}
