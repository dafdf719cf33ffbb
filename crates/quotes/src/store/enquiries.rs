//! Enquiries, which quotes answer: found by words, the newest first.

use std::{collections::HashSet, time::Duration};

use bson::{Bson, Document, RawDocumentBuf, doc, oid::ObjectId};
use futures_util::TryStreamExt as _;
use mongodb::options::Hint;

use super::{
    Fault, Store,
    listing::{Cursor, Fingerprint, Words, bad_cursor, too_broad},
};
use crate::failure::Failure;

const COLLECTION: &str = "enquiries";
const LIST_TIME_MAX: Duration = Duration::from_secs(2);
/// What is searched.
const FIELDS: [&str; 5] =
    ["leadName", "agentName", "agentCompany", "agentEmail", "firstChoiceDestination"];

/// A page of enquiries.
#[derive(Debug, Clone, Default)]
pub struct EnquiriesWanted {
    /// Words that all stand in it, as parts of words too.
    pub search: Option<String>,
    /// At most so many.
    pub limit: usize,
    /// Where the page begins.
    pub cursor: Option<String>,
}

impl Store {
    /// A page of enquiries, and where the next one begins.
    ///
    /// # Errors
    ///
    /// 422 when the cursor is none of this list or too many would have to be looked at; 503 without a
    /// database.
    pub async fn list_enquiries(
        &self,
        wanted: &EnquiriesWanted,
    ) -> Result<(Vec<RawDocumentBuf>, Option<String>), Failure> {
        let words = Words::of(wanted.search.as_deref().unwrap_or_default());
        let mut filter = Document::new();
        if !words.is_empty() {
            filter.insert("$and", words.somewhere_in(&FIELDS));
        }
        let list = Fingerprint::of(&doc! { "enquiries": &filter });
        let limit = i64::try_from(wanted.limit + 1).unwrap_or(i64::MAX);
        let enquiries = self.database().collection::<RawDocumentBuf>(COLLECTION);
        let mut find = enquiries
            .find(filter)
            .hint(Hint::Name("_id_".to_owned()))
            .sort(doc! { "_id": -1 })
            .limit(limit)
            .max_time(LIST_TIME_MAX);
        match wanted.cursor.as_deref().map(|text| Cursor::read(text, &list)).transpose()? {
            None => {}
            Some(Cursor::After(key)) if key.keys().eq(["_id"]) => find = find.max(key),
            Some(_) => return Err(bad_cursor()),
        }
        let read = async { find.await?.try_collect().await };
        let mut found: Vec<RawDocumentBuf> =
            match self.attempt("list enquiries", read).await?.map_err(Fault::of) {
                Ok(found) => found,
                Err(fault) if fault.is_out_of_time() => {
                    return Err(too_broad("search for a name that is newer"));
                }
                Err(fault) => return Err(fault.failure("list enquiries")),
            };
        let more = found.len() > wanted.limit;
        found.truncate(wanted.limit);
        let last = found.last().and_then(|last| last.get("_id").ok().flatten());
        let last = last.and_then(|id| Bson::try_from(id).ok()).filter(|_| more);
        Ok((found, last.map(|id| Cursor::After(doc! { "_id": id }).write(&list))))
    }

    /// Those of them that are there.
    ///
    /// # Errors
    ///
    /// 503 without a database.
    pub async fn enquiries_among(
        &self,
        wanted: Vec<ObjectId>,
    ) -> Result<HashSet<ObjectId>, Failure> {
        let enquiries = self.collection(COLLECTION);
        let find = enquiries
            .find(doc! { "_id": { "$in": wanted } })
            .projection(doc! { "_id": 1 })
            .max_time(LIST_TIME_MAX);
        let read = async { find.await?.try_collect::<Vec<Document>>().await };
        let found = self.call("look for enquiries", read).await?;
        Ok(found.iter().filter_map(|it| it.get_object_id("_id").ok()).collect())
    }

    /// An enquiry; none when there is no such one.
    ///
    /// # Errors
    ///
    /// 503 without a database.
    pub async fn enquiry(&self, id: ObjectId) -> Result<Option<RawDocumentBuf>, Failure> {
        let enquiries = self.database().collection::<RawDocumentBuf>(COLLECTION);
        let find = enquiries.find_one(doc! { "_id": id }).max_time(LIST_TIME_MAX);
        self.call("read an enquiry", find.into_future()).await
    }
}
