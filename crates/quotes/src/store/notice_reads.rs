//! Which notices somebody has read: collection `notice_reads`, a document for each person and notice.

use std::collections::HashSet;

use bson::{DateTime, Document, doc, oid::ObjectId};
use futures_util::TryStreamExt as _;

use super::{Fault, Store};
use crate::failure::Failure;

const COLLECTION: &str = "notice_reads";
/// Nobody is told more; older ones are over.
const READS_MAX: i64 = 1_000;

impl Store {
    /// The ids of the notices that somebody has read, the latest ones.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn notices_read_by(&self, user: ObjectId) -> Result<HashSet<String>, Failure> {
        let reads = self.collection(COLLECTION);
        let find = async {
            let found = reads.find(doc! { "userId": user }).sort(doc! { "_id": -1 });
            found.limit(READS_MAX).await?.try_collect::<Vec<Document>>().await
        };
        let found = self.call("look for notices that were read", find).await?;
        Ok(found.iter().filter_map(|it| Some(it.get_str("noticeId").ok()?.to_owned())).collect())
    }

    /// Writes down that somebody has read a notice. The first time counts.
    ///
    /// # Errors
    ///
    /// When the database does not take it.
    pub async fn notice_was_read(&self, user: ObjectId, notice: &str) -> Result<(), Failure> {
        let reads = self.collection(COLLECTION);
        let which = doc! { "userId": user, "noticeId": notice };
        let first = doc! { "$setOnInsert": { "at": DateTime::now() } };
        let write = reads.update_one(which, first).upsert(true).into_future();
        let written = self.attempt("write down that a notice was read", write).await?;
        match written.map_err(Fault::of) {
            Ok(_read) => Ok(()),
            // They pressed twice, and the other one was faster.
            Err(fault) if fault.is_duplicate() => Ok(()),
            Err(fault) => Err(fault.failure("write down that a notice was read")),
        }
    }
}
