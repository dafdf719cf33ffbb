//! What a quote is told of its mail: `emailDeliveryStatus`, in the words of the application before this
//! one. `updatedAt` stays, and so does the revision, which leaves this field out.

use std::time::Duration;

use bson::{Bson, Document, doc};
use mongodb::ClientSession;

use super::{COLLECTION, Purpose, State, claims::due};
use crate::{failure::Failure, store::Store};

/// What a quote says of its mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It is on its way, or nobody knows.
    Pending,
    /// A mail server has it.
    Delivered,
    /// It did not go.
    Failed,
}

impl Delivery {
    /// As it is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

impl Store {
    /// A mail that ended, and whose quote was not told yet.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn untold_mail(&self) -> Result<Option<Document>, Failure> {
        let outbox = self.collection(COLLECTION);
        let find = outbox
            .find_one(due(&[State::Sent, State::Failed]))
            .projection(doc! { "html": 0, "text": 0 })
            .sort(doc! { "nextAttemptAt": 1 });
        self.call("look for mails that ended", find.into_future()).await
    }

    /// Says in the quote what became of its mail, unless another one was sent since.
    ///
    /// # Errors
    ///
    /// When the database does not answer, or refuses it.
    pub async fn mark_delivery(
        &self,
        session: &mut ClientSession,
        mail: &Document,
        delivery: Delivery,
    ) -> Result<(), Failure> {
        let (Some(quote), Ok(message_id)) = (mail.get("quoteId"), mail.get_str("messageId")) else {
            return Ok(());
        };
        if mail.get_str("purpose").is_ok_and(|purpose| purpose == Purpose::Test.name()) {
            return Ok(());
        }
        // `$eq`, because some ids are documents, which could be read as operators.
        let its_latest = doc! { "_id": { "$eq": quote }, "emailMessageId": message_id };
        let set = doc! { "$set": { "emailDeliveryStatus": delivery.word() } };
        let quotes = self.collection("quotes");
        let write = quotes.update_one(its_latest, set).session(session);
        self.call("say in the quote what became of its mail", write.into_future()).await?;
        Ok(())
    }

    /// Its quote knows how this mail ended, if it is still as it was read.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn mail_is_told(
        &self,
        session: &mut ClientSession,
        mail: &Document,
    ) -> Result<bool, Failure> {
        let outbox = self.collection(COLLECTION);
        let told = doc! { "$unset": { "nextAttemptAt": "" } };
        let write = outbox.update_one(as_read(mail), told).session(session).into_future();
        Ok(self.call("write down that a quote knows", write).await?.matched_count == 1)
    }

    /// Its quote can't be told at present: it is looked at again after this time.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn tell_later(&self, mail: &Document, pause: Duration) -> Result<(), Failure> {
        let millis = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        let later = doc! { "$set": { "nextAttemptAt": { "$add": ["$$NOW", millis] } } };
        let outbox = self.collection(COLLECTION);
        let write = outbox.update_one(as_read(mail), vec![later]).into_future();
        self.call("put off what a quote is told", write).await?;
        Ok(())
    }
}

fn as_read(mail: &Document) -> Document {
    let value = |key: &str| mail.get(key).cloned().unwrap_or(Bson::Null);
    doc! {
        "_id": value("_id"),
        "state": value("state"),
        "claim": value("claim"),
        "nextAttemptAt": value("nextAttemptAt"),
    }
}
