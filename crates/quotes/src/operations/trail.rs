//! What people did from the page of operations, in the audit log.

use bson::{DateTime, Document, doc, oid::ObjectId};
use mongodb::ClientSession;

use crate::{
    failure::Failure,
    store::{Store, audit, author::Author},
};

impl Store {
    /// Writes down, in the same transaction, what somebody did with the whole application:
    /// `maintenance.on`.
    ///
    /// # Errors
    ///
    /// When the database does not take it.
    pub async fn write_operation_down(
        &self,
        session: &mut ClientSession,
        author: &Author,
        (action, details): (&str, Document),
    ) -> Result<(), Failure> {
        let mut document = doc! {
            "_id": ObjectId::new(),
            "userId": author.id(),
            "action": action,
            "timestamp": DateTime::now(),
            "details": details,
        };
        if let Some(address) = author.address {
            document.insert("ip", address.to_string());
        }
        let logs = self.collection(audit::COLLECTION);
        let insert = logs.insert_one(document).session(session).into_future();
        self.call("write the audit log", insert).await.map(drop)
    }
}
