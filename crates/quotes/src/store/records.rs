//! What was written down about a quote: who did what, which mails went out, which versions were sent.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use bson::{Bson, Document, RawDocumentBuf, doc, oid::ObjectId};
use futures_util::TryStreamExt as _;

use super::{Store, audit, outbox, versions};
use crate::failure::Failure;

/// The newest are shown.
const RECORDS_MAX: i64 = 500;
const READ_TIME_MAX: Duration = Duration::from_secs(2);

/// By `_id`.
type Names = Result<HashMap<ObjectId, String>, Failure>;

impl Store {
    /// The audit log of a quote, the newest first, at most 500 entries.
    ///
    /// # Errors
    ///
    /// 503 without a database.
    pub async fn audit_of(&self, quote: &Bson) -> Result<Vec<Document>, Failure> {
        let logs = self.collection(audit::COLLECTION);
        let find = logs
            .find(doc! { "quoteId": { "$eq": quote } })
            .sort(doc! { "timestamp": -1 })
            .limit(RECORDS_MAX)
            .max_time(READ_TIME_MAX);
        self.call("read the audit log", async { find.await?.try_collect().await }).await
    }

    /// The mails about a quote without their contents, the newest first, at most 500.
    ///
    /// # Errors
    ///
    /// 503 without a database.
    pub async fn mails_of(&self, quote: &Bson) -> Result<Vec<Document>, Failure> {
        let outbox = self.collection(outbox::COLLECTION);
        let find = outbox
            .find(doc! { "quoteId": { "$eq": quote } })
            .projection(doc! { "html": 0, "text": 0 })
            .sort(doc! { "_id": -1 })
            .limit(RECORDS_MAX)
            .max_time(READ_TIME_MAX);
        self.call("read the outbox", async { find.await?.try_collect().await }).await
    }

    /// The versions of a quote that were sent, without what was in them, the newest first, at most
    /// 500.
    ///
    /// # Errors
    ///
    /// 503 without a database.
    pub async fn versions_of(&self, quote: &Bson) -> Result<Vec<Document>, Failure> {
        let kept = self.collection(versions::COLLECTION);
        let find = kept
            .find(doc! { "quoteId": { "$eq": quote } })
            .projection(doc! { "raw": 0 })
            .sort(doc! { "version": -1 })
            .limit(RECORDS_MAX)
            .max_time(READ_TIME_MAX);
        self.call("read the versions sent", async { find.await?.try_collect().await }).await
    }

    /// A version as it was sent.
    ///
    /// # Errors
    ///
    /// 503 without a database; 500 when what is kept is no document.
    pub async fn version_of(
        &self,
        quote: &Bson,
        version: i32,
    ) -> Result<Option<RawDocumentBuf>, Failure> {
        let kept = self.collection(versions::COLLECTION);
        let find = kept
            .find_one(doc! { "quoteId": { "$eq": quote }, "version": version })
            .max_time(READ_TIME_MAX);
        let found = self.call("read a version that was sent", find.into_future()).await?;
        found.as_ref().map(versions::kept).transpose()
    }

    /// The names of users, as far as they are still there.
    ///
    /// # Errors
    ///
    /// 503 without a database.
    pub async fn names_of_users(&self, users: &BTreeSet<ObjectId>) -> Names {
        self.names("users", users).await
    }

    /// The names of events, as far as they are still there.
    ///
    /// # Errors
    ///
    /// 503 without a database.
    pub async fn names_of_events(&self, events: &BTreeSet<ObjectId>) -> Names {
        self.names("events", events).await
    }

    async fn names(&self, collection: &str, ids: &BTreeSet<ObjectId>) -> Names {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<Bson> = ids.iter().copied().map(Bson::ObjectId).collect();
        let all = self.collection(collection);
        let find = all
            .find(doc! { "_id": { "$in": ids } })
            .projection(doc! { "name": 1 })
            .max_time(READ_TIME_MAX);
        let found: Vec<Document> =
            self.call("read names", async { find.await?.try_collect().await }).await?;
        let name = |found: Document| {
            Some((found.get_object_id("_id").ok()?, found.get_str("name").ok()?.to_owned()))
        };
        Ok(found.into_iter().filter_map(name).collect())
    }
}
