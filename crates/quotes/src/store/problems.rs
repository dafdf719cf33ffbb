//! Problems that people report: collection `problems`, which whoever operates the server reads.

use bson::{DateTime, doc, oid::ObjectId};

use super::Store;
use crate::failure::Failure;

/// The collection.
pub const COLLECTION: &str = "problems";

/// What somebody reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
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
    pub async fn report_problem(&self, problem: Problem) -> Result<ObjectId, Failure> {
        let id = ObjectId::new();
        let document = doc! {
            "_id": id,
            "text": problem.text,
            "page": problem.page,
            "userId": problem.user,
            "requestId": problem.request,
            "createdAt": DateTime::now(),
        };
        let problems = self.collection(COLLECTION);
        self.call("keep the report", problems.insert_one(document).into_future()).await?;
        Ok(id)
    }
}
