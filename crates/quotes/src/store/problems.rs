//! Problems that people report: collection `problems`. Kept, listed, marked as dealt with.

use bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use futures_util::{FutureExt as _, TryStreamExt as _};

use super::{Store, audit::Line, author::Author};
use crate::failure::Failure;

/// The collection.
const COLLECTION: &str = "problems";

/// What somebody reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// In their words.
    pub text: String,
    /// Where they were.
    pub page: Option<String>,
    /// Who it is.
    pub user: ObjectId,
    /// By which the log knows the report.
    pub request: String,
}

impl Store {
    /// Keeps it, and returns its id.
    ///
    /// # Errors
    ///
    /// When the database does not take it.
    pub async fn report_problem(&self, report: Report) -> Result<ObjectId, Failure> {
        let id = ObjectId::new();
        let document = doc! {
            "_id": id,
            "text": report.text,
            "page": report.page,
            "userId": report.user,
            "requestId": report.request,
            "createdAt": DateTime::now(),
        };
        let problems = self.collection(COLLECTION);
        self.call("keep the report", problems.insert_one(document).into_future()).await?;
        Ok(id)
    }
}

/// So many stand on a page.
const SHOWN: usize = 50;

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// By which it is known.
    pub id: ObjectId,
    /// In the words of whoever reported it.
    pub text: String,
    /// Where they were.
    pub page: Option<String>,
    /// Who it was.
    pub user: Option<ObjectId>,
    /// By which the log knows the request.
    pub request: Option<String>,
    /// When it came.
    pub at: Option<DateTime>,
    /// When somebody was done with it; none while it is open.
    pub closed: Option<DateTime>,
}

/// A page of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Problems {
    /// The newest first.
    pub shown: Vec<Problem>,
    /// Whether there are older ones.
    pub more: bool,
}

impl Problems {
    /// Those that are open or all of them, older than one.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn list(
        store: &Store,
        only_open: bool,
        before: Option<ObjectId>,
    ) -> Result<Self, Failure> {
        let mut filter = if only_open {
            doc! { "closedAt": null }
        } else {
            Document::new()
        };
        if let Some(before) = before {
            filter.insert("_id", doc! { "$lt": before });
        }
        let limit = i64::try_from(SHOWN + 1).unwrap_or(i64::MAX);
        let problems = store.collection(COLLECTION);
        let find = problems.find(filter).sort(doc! { "_id": -1 }).limit(limit);
        let read = async { find.await?.try_collect::<Vec<Document>>().await };
        let found = store.call("list what people reported", read).await?;
        let more = found.len() > SHOWN;
        let shown = found.iter().take(SHOWN).filter_map(Problem::of).collect();
        Ok(Self { shown, more })
    }

    /// How many are open.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn count_open(store: &Store) -> Result<u64, Failure> {
        let problems = store.collection(COLLECTION);
        let count = problems.count_documents(doc! { "closedAt": null }).into_future();
        store.call("count what people reported", count).await
    }
}

impl Problem {
    fn of(document: &Document) -> Option<Self> {
        let word = |key| document.get_str(key).ok().map(str::to_owned);
        Some(Self {
            id: document.get_object_id("_id").ok()?,
            text: word("text").unwrap_or_default(),
            page: word("page"),
            user: document.get_object_id("userId").ok(),
            request: word("requestId"),
            at: document.get_datetime("createdAt").ok().copied(),
            closed: document.get_datetime("closedAt").ok().copied(),
        })
    }

    /// Whether somebody was done with it.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn is_closed(store: &Store, id: ObjectId) -> Result<bool, Failure> {
        let problems = store.collection(COLLECTION);
        let find = problems.find_one(doc! { "_id": id }).into_future();
        let found = store.call("read a report", find).await?;
        Ok(found.as_ref().and_then(Self::of).is_some_and(|it| it.closed.is_some()))
    }

    /// Closes a report or opens it again, with its line in the audit log. Whoever comes second changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// When there is no such report, or the database does not answer.
    pub async fn mark(
        store: &Store,
        author: &Author,
        (id, is_done): (ObjectId, bool),
    ) -> Result<(), Failure> {
        let (owner, author) = (store.clone(), author.clone());
        let marked = store.transaction("mark a report", move |session| {
            let (store, author) = (owner.clone(), author.clone());
            async move {
                let problems = store.collection(COLLECTION);
                let closed = if is_done { Bson::from(DateTime::now()) } else { Bson::Null };
                let by = if is_done { Bson::from(author.id()) } else { Bson::Null };
                let set = doc! { "$set": { "closedAt": closed, "closedBy": by } };
                let open = if is_done {
                    doc! { "$eq": null }
                } else {
                    doc! { "$ne": null }
                };
                let which = doc! { "_id": id, "closedAt": open };
                let write = problems.update_one(which, set).session(&mut *session).into_future();
                if store.call("mark a report", write).await?.matched_count == 1 {
                    let action = if is_done { "problem.close" } else { "problem.reopen" };
                    let line = Line::now(action, doc! { "problem": id });
                    return store.write_line(session, &author, line).await;
                }
                let find = problems.find_one(doc! { "_id": id }).session(session).into_future();
                let found = store.call("mark a report", find).await?;
                found.map(drop).ok_or_else(not_found)
            }
            .boxed()
        });
        marked.await
    }
}

/// There is no such report.
#[must_use]
pub fn not_found() -> Failure {
    Failure::not_found("PROBLEM_NOT_FOUND", "there is no such report")
}
