//! A mail that did not arrive, or perhaps not, and that a person wants to go once more.

use bson::{Bson, Document, doc, oid::ObjectId};
use mongodb::ClientSession;

use super::{COLLECTION, State};
use crate::{failure::Failure, store::Store};

impl Store {
    /// A mail about this quote, without its contents.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn mail_about(
        &self,
        session: &mut ClientSession,
        (quote, mail): (&Bson, ObjectId),
    ) -> Result<Option<Document>, Failure> {
        let outbox = self.collection(COLLECTION);
        let find = outbox
            .find_one(doc! { "_id": mail, "quoteId": { "$eq": quote } })
            .projection(doc! { "html": 0, "text": 0 })
            .session(session);
        self.call("read the mail", find.into_future()).await
    }

    /// Queues it again, as if it were new; its Message-ID stays. False when it did not end, or was sent.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn queue_again(
        &self,
        session: &mut ClientSession,
        mail: ObjectId,
    ) -> Result<bool, Failure> {
        let ended = [State::Failed, State::Unclear].map(State::word);
        let ended = doc! { "_id": mail, "state": { "$in": ended } };
        // Without a claim nobody who had it can say any more how it went.
        let next = vec![
            doc! { "$set": {
                "state": State::Queued.word(), "attempts": 0, "nextAttemptAt": "$$NOW"
            } },
            doc! { "$unset": "claim" },
        ];
        let outbox = self.collection(COLLECTION);
        let write = outbox.update_one(ended, next).session(session).into_future();
        Ok(self.call("queue the mail again", write).await?.matched_count == 1)
    }
}
