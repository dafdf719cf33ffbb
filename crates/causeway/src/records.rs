//! Reads `migrations`, whoever wrote it and however: the old scripts left numbers as versions, and
//! records without status or date.

use bson::{Bson, Document, doc};
use causeway_core::inventory::{RecordFacts, RecordStatus};
use causeway_core::migration::{Migration, Version};
use futures_util::TryStreamExt;
use mongodb::ClientSession;

use crate::failure::{Attempt, Result};
use crate::lease::Lease;
use crate::permitted::away;
use crate::target::Target;

/// The collection of the records.
pub const COLLECTION: &str = "migrations";

/// All records, in the order of their insertion as far as the server keeps it. None when there is
/// no such collection.
///
/// # Errors
/// When the server can't be reached or refuses; never because of what a record holds.
pub async fn read(target: &Target) -> Result<Vec<RecordFacts>> {
    let found = target.database.collection::<Document>(COLLECTION).find(Document::new()).await;
    let records = match found {
        Ok(cursor) => cursor.try_collect::<Vec<Document>>().await,
        Err(error) => Err(error),
    };
    let records = records.map_err(|error| away(COLLECTION, error))?;
    Ok(records.iter().map(facts).collect())
}

/// The record of a version as it stands, whoever wrote it.
///
/// # Errors
/// When the server can't be read.
pub async fn raw(target: &Target, wanted: &Version) -> Result<Option<Document>> {
    let found = target.database.collection::<Document>(COLLECTION).find(Document::new()).await;
    let reading = || format!("read the record of {wanted} in {COLLECTION}");
    let mut records = found.attempt(reading)?;
    while let Some(record) = records.try_next().await.attempt(reading)? {
        if facts(&record).is_of(wanted) {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

/// Sets fields of a version's record; makes the record, as the old scripts wrote it, where there is
/// none.
///
/// # Errors
/// Stopped when the lease was lost; also when the server refuses.
pub async fn write(
    (target, lease): (&Target, &Lease),
    migration: &Migration,
    (status, fields): (RecordStatus, Document),
) -> Result<()> {
    let writing = || format!("write the record of {} into {COLLECTION}", migration.version);
    let records = target.database.collection::<Document>(COLLECTION);
    let mut set = doc! { "status": status.word() };
    set.extend(fields);
    // By `_id`: the version of an old record may be a number.
    let filter = match raw(target, &migration.version).await?.and_then(|mut it| it.remove("_id")) {
        Some(id) => doc! { "_id": id },
        None => doc! { "version": migration.version.as_str() },
    };
    let update = doc! { "$set": set, "$setOnInsert": { "description": &migration.title } };
    lease
        .fenced(writing, async |session: &mut ClientSession| {
            let updating = records.update_one(filter.clone(), update.clone()).upsert(true);
            updating.session(session).await.map(drop)
        })
        .await
}

/// What one record says.
#[must_use]
pub fn facts(record: &Document) -> RecordFacts {
    let run = text(record, "run");
    RecordFacts {
        version: version(record.get("version")),
        status: RecordStatus::from_word(&text(record, "status").unwrap_or_default()),
        applied_at: date(record.get("appliedAt")),
        description: text(record, "description"),
        host: text(record, "host"),
        foreign: run.is_none(),
        run,
        error: text(record, "error"),
    }
}

/// A version in digits, whether it is a string or a number: 9 and 9.0 are `9`.
fn version(value: Option<&Bson>) -> String {
    match value {
        Some(Bson::String(version)) => version.trim().to_owned(),
        Some(Bson::Double(number)) => format!("{number:.0}"),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn text(record: &Document, key: &str) -> Option<String> {
    match record.get(key)? {
        Bson::Null | Bson::Undefined => None,
        Bson::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn date(value: Option<&Bson>) -> Option<String> {
    match value? {
        Bson::DateTime(date) => {
            Some(date.try_to_rfc3339_string().unwrap_or_else(|_| date.to_string()))
        }
        Bson::String(text) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use bson::{DateTime, Document, doc};
    use causeway_core::inventory::RecordStatus;

    use super::facts;

    #[test]
    fn a_record_of_any_shape_can_be_read() {
        let nine = "009".parse().unwrap();
        for version in [doc! { "version": 9 }, doc! { "version": 9.0 }, doc! { "version": 9_i64 }] {
            assert!(facts(&version).is_of(&nine), "{version}");
        }
        assert!(!facts(&doc! { "version": "019" }).is_of(&nine));
        let empty = facts(&Document::new());
        assert_eq!((empty.version.as_str(), empty.status.word()), ("", ""));
        assert!(empty.foreign);
    }

    #[test]
    fn who_wrote_it_is_told_by_the_run() {
        let record = doc! { "version": "010", "status": "completed", "run": "r-1",
        "appliedAt": DateTime::from_millis(0), "error": bson::Bson::Null };
        let read = facts(&record);
        assert!(!read.foreign);
        assert_eq!(read.status, RecordStatus::Completed);
        assert_eq!(read.applied_at.as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(read.error, None);
    }
}
