//! Ranges of `_id` that a collection is read in.

use bson::{Bson, Document, RawBson, RawDocumentBuf, Timestamp, doc};
use futures_util::StreamExt;

use super::{FIRST_REPLY_DOCUMENTS, REPLY_DOCUMENTS};
use crate::failure::{Attempt, Result};
use crate::target::Target;

/// Below this many documents a collection is one range.
pub(super) const SPLIT_DOCUMENTS_MIN: u64 = 20_000;
/// Ranges of a large collection: more than readers, so that none waits long for the last.
const RANGES: usize = 24;
/// Documents sampled for each boundary.
const SAMPLE_PER_RANGE: usize = 20;

/// From, inclusive, to, exclusive; none is open.
#[derive(Debug, Clone, Default)]
pub(super) struct Range {
    pub(super) from: Option<RawBson>,
    to: Option<RawBson>,
}

impl Range {
    /// What a range without an end does not reach: with `min` and no `max` the server stops before
    /// the largest `_id` there can be.
    pub(super) fn left_out(
        &self,
        collection: &str,
        (at, comment): (Timestamp, &str),
    ) -> Option<Document> {
        (self.from.is_some() && self.to.is_none()).then(|| {
            doc! {
                "find": collection,
                "filter": { "_id": { "$eq": Bson::MaxKey } },
                "hint": { "_id": 1 },
                "readConcern": { "level": "snapshot", "atClusterTime": at },
                "comment": comment,
            }
        })
    }

    pub(super) fn find_command(
        &self,
        collection: &str,
        (at, comment): (Timestamp, &str),
    ) -> Document {
        let mut command = doc! {
            "find": collection,
            "hint": { "_id": 1 },
            "batchSize": FIRST_REPLY_DOCUMENTS,
            "readConcern": { "level": "snapshot", "atClusterTime": at },
            "comment": comment,
        };
        for (key, bound) in [("min", &self.from), ("max", &self.to)] {
            if let Some(bound) = bound.clone().and_then(|bound| Bson::try_from(bound).ok()) {
                command.insert(key, doc! { "_id": bound });
            }
        }
        command
    }
}

/// Boundaries from a sample, sorted by the server: only it knows the order of mixed types.
pub(super) async fn ranges(
    target: &Target,
    collection: &str,
    documents_estimated: u64,
) -> Result<Vec<Range>> {
    if documents_estimated < SPLIT_DOCUMENTS_MIN {
        return Ok(vec![Range::default()]);
    }
    let size = i64::try_from(RANGES * SAMPLE_PER_RANGE).unwrap_or(i64::MAX);
    let pipeline = [
        doc! { "$sample": { "size": size } },
        doc! { "$project": { "_id": 1 } },
        doc! { "$sort": { "_id": 1 } },
    ];
    let sampling = || format!("sample the _id values of {}", collection);
    let mut cursor = target
        .database
        .collection::<RawDocumentBuf>(collection)
        .aggregate(pipeline)
        .batch_size(REPLY_DOCUMENTS.unsigned_abs())
        .with_type::<RawDocumentBuf>()
        .await
        .attempt(sampling)?;
    let mut sample = Vec::new();
    while let Some(document) = cursor.next().await {
        let document = document.attempt(sampling)?;
        if let Ok(Some(id)) = document.get("_id") {
            sample.push(RawBson::from(id));
        }
    }
    let mut bounds: Vec<RawBson> =
        sample.into_iter().skip(SAMPLE_PER_RANGE).step_by(SAMPLE_PER_RANGE).collect();
    bounds.dedup();
    let starts = std::iter::once(None).chain(bounds.iter().cloned().map(Some));
    let ends = bounds.iter().cloned().map(Some).chain(std::iter::once(None));
    Ok(starts.zip(ends).map(|(from, to)| Range { from, to }).collect())
}
