//! Periods of maintenance that are over: downtime as it was, not as it was planned.

use bson::{DateTime, Document, doc};
use causeway_core::maintenance::{COLLECTION, Maintenance, PERIOD_KIND};
use futures_util::TryStreamExt;
use mongodb::options::ReturnDocument;

use crate::context::Operator;
use crate::failure::{Attempt, Failure, Result};
use crate::target::Target;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// When it was switched on.
    pub began: DateTime,
    /// When it was switched off.
    pub ended: DateTime,
    /// Who switched it on.
    pub by: String,
    /// Who switched it off.
    pub ended_by: String,
    /// Whether the database refused writers.
    pub fence: bool,
    /// The run that it belonged to.
    pub run: Option<String>,
}

impl Period {
    /// How long people could not write.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        let millis = self.ended.timestamp_millis().saturating_sub(self.began.timestamp_millis());
        #[expect(clippy::cast_precision_loss, reason = "a duration for people")]
        let seconds = millis.max(0) as f64 / 1_000.0;
        seconds
    }

    fn of_document(document: &Document) -> Option<Self> {
        let word = |key: &str| document.get_str(key).unwrap_or("?").to_owned();
        Some(Self {
            began: *document.get_datetime("began").ok()?,
            ended: *document.get_datetime("ended").ok()?,
            by: word("by"),
            ended_by: word("ended_by"),
            fence: document.get_bool("fence").unwrap_or_default(),
            run: document.get_str("run").ok().map(str::to_owned),
        })
    }
}

/// Writes down that the present period is over. Written once more it ends later.
pub(super) async fn end(
    target: &Target,
    present: &Maintenance,
    operator: &Operator,
) -> Result<Period> {
    let (id, fields) = present.ending(&operator.name, DateTime::now());
    let ending = || "write down the end of maintenance".to_owned();
    let written = target
        .database
        .collection::<Document>(COLLECTION)
        .find_one_and_update(doc! { "_id": id }, vec![doc! { "$set": fields }])
        .upsert(true)
        .return_document(ReturnDocument::After)
        .await
        .attempt(ending)?;
    written
        .as_ref()
        .and_then(Period::of_document)
        .ok_or_else(|| Failure::unexpected(format!("failed to {}", ending())))
}

/// The last periods, the latest first.
///
/// # Errors
/// When the database can't be read.
pub async fn last(target: &Target, count: i64) -> Result<Vec<Period>> {
    let reading = || "read the periods of maintenance".to_owned();
    let found = target
        .database
        .collection::<Document>(COLLECTION)
        .find(doc! { "kind": PERIOD_KIND })
        .sort(doc! { "began": -1 })
        .limit(count)
        .await
        .attempt(reading)?;
    let found: Vec<Document> = found.try_collect().await.attempt(reading)?;
    Ok(found.iter().filter_map(Period::of_document).collect())
}
