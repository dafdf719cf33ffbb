//! Where a collection is cut in two as it lies there, so that two cursors read it at the same time.
//!
//! No command reads a part of a collection without an index from here to there. But a scan can be
//! told to resume after a document of which the server's number is known, and another one that
//! starts at the beginning comes to that document, for both see the same snapshot.

use bson::{Bson, Document, RawBson, RawDocumentBuf, doc};
use causeway_core::element::find;
use causeway_core::splice;
use futures_util::TryStreamExt;
use mongodb::error::Error;

use super::Scan;
use super::range::SPLIT_DOCUMENTS_MIN;

/// Documents sampled to find one that is about in the middle.
const SAMPLE: i32 = 41;

/// One document, after which the second half begins.
pub(super) struct Cut {
    /// The number under which the member that is read has it.
    pub(super) record_id: i64,
    /// Its packed `_id`.
    pub(super) id: Vec<u8>,
}

impl Scan<'_> {
    /// None where the collection is small, and where the server does not tell: then there is no cut.
    pub(super) async fn where_to_cut(&self) -> Option<Cut> {
        if self.documents_estimated < SPLIT_DOCUMENTS_MIN {
            return None;
        }
        let sampled = self.sample().await.ok()?;
        let mut numbered: Vec<Cut> = self.numbered(sampled).await.ok()?;
        numbered.sort_by_key(|cut| cut.record_id);
        let middle = numbered.len() / 2;
        (!numbered.is_empty()).then(|| numbered.swap_remove(middle))
    }

    /// Whether it is where it was. On another member, which may have become the primary before the
    /// cursors were opened, documents have other numbers, and the halves have a gap or overlap.
    pub(super) async fn is_there_still(&self, cut: Option<&Cut>) -> bool {
        let Some(cut) = cut else { return true };
        let id = splice::document(&[("_id", &cut.id)]);
        let id = id.get("_id").ok().flatten().map(RawBson::from);
        let Some(id) = id.and_then(|id| Bson::try_from(id).ok()) else { return false };
        let found = self.numbered(vec![id]).await.unwrap_or_default();
        found.iter().any(|now| now.id == cut.id && now.record_id == cut.record_id)
    }

    async fn sample(&self) -> Result<Vec<Bson>, Error> {
        let pipeline = [doc! { "$sample": { "size": SAMPLE } }, doc! { "$project": { "_id": 1 } }];
        let found = self.target.database.collection::<Document>(self.collection);
        let found: Vec<Document> = found.aggregate(pipeline).await?.try_collect().await?;
        Ok(found.into_iter().filter_map(|mut document| document.remove("_id")).collect())
    }

    /// Those of them that are in the snapshot.
    async fn numbered(&self, ids: Vec<Bson>) -> Result<Vec<Cut>, Error> {
        let command = doc! { "find": self.collection, "filter": { "_id": { "$in": ids } },
        "projection": { "_id": 1 }, "showRecordId": true, "comment": self.comment,
        "readConcern": { "level": "snapshot", "atClusterTime": self.at } };
        let database = &self.target.database;
        let found = database.run_cursor_command(command).await?.with_type::<RawDocumentBuf>();
        let found: Vec<RawDocumentBuf> = found.try_collect().await?;
        Ok(found
            .iter()
            .filter_map(|document| {
                let id = find(document, "_id").ok().flatten()?;
                let record_id = document.get_i64("$recordId").ok()?;
                Some(Cut { record_id, id: id.packed_value() })
            })
            .collect())
    }
}
