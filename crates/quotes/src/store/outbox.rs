//! Mail that waits to be sent: collection `outbox`.
//!
//! A mail is written in the transaction that makes it true (a quote is *sent* exactly when its mail is
//! here), complete and rendered: whoever delivers it needs nothing else. `state` is `queued` at first;
//! `attempts`, `nextAttemptAt` and what the mail server said are for whoever delivers.

mod claims;
mod delivery;
mod queue;
mod retry;
mod state;

use bson::{Bson, DateTime, doc, oid::ObjectId};
use mongodb::ClientSession;

use super::{Store, author::Author, versions::number};
use crate::failure::Failure;

pub use claims::{Claimed, Ended};
pub use delivery::Delivery;
pub use queue::Waiting;
pub use state::State;

/// The collection.
pub const COLLECTION: &str = "outbox";

/// What a mail is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The quote goes to whom it is for.
    Quote,
    /// Its author wants to see how it looks.
    Test,
}

impl Purpose {
    /// As it is stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Quote => "quote",
            Self::Test => "test",
        }
    }
}

/// A rendered mail about a quote.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    /// `_id` in the outbox.
    pub id: ObjectId,
    /// What it is for.
    pub purpose: Purpose,
    /// The quote.
    pub quote: Bson,
    /// Which version of it.
    pub version: u32,
    /// To which address.
    pub to: String,
    /// Where an answer goes: to whoever sent it.
    pub reply_to: Option<String>,
    /// Of RFC 5322, with its angle brackets.
    pub message_id: String,
    /// One line.
    pub subject: String,
    /// For people who see HTML.
    pub html: String,
    /// For everybody else.
    pub text: String,
    /// When it was asked for.
    pub at: DateTime,
}

impl Store {
    /// Puts a mail into the outbox, in the same transaction as what it tells of.
    ///
    /// # Errors
    ///
    /// When the database does not take it.
    pub async fn queue(
        &self,
        session: &mut ClientSession,
        author: &Author,
        mail: &Mail,
    ) -> Result<(), Failure> {
        let document = doc! {
            "_id": mail.id,
            "purpose": mail.purpose.name(),
            "quoteId": &mail.quote,
            "version": number(mail.version),
            "to": &mail.to,
            "replyTo": mail.reply_to.as_deref(),
            "messageId": &mail.message_id,
            "subject": &mail.subject,
            "html": &mail.html,
            "text": &mail.text,
            "state": State::Queued.word(),
            "attempts": 0,
            "nextAttemptAt": mail.at,
            "createdBy": author.id(),
            "createdAt": mail.at,
        };
        let outbox = self.collection(COLLECTION);
        let insert = outbox.insert_one(document).session(session);
        self.call("put the mail into the outbox", insert.into_future()).await?;
        Ok(())
    }
}
