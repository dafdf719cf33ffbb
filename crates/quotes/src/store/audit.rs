//! Who did what to which quote: collection `auditlogs`, as the application before this one wrote it.
//!
//! New beside its fields are `details`, and `causewayRun` on what a run of Causeway did. The details
//! name fields, events and prices, and hold no text that a person typed.

use bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use mongodb::ClientSession;

use super::{Store, author::Author};
use crate::failure::Failure;

/// The collection. It forgets after two years.
pub const COLLECTION: &str = "auditlogs";

/// What was done to a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It was made.
    Create,
    /// Fields or events of it changed.
    Update,
    /// It went to somebody by e-mail.
    Send,
    /// A mail about it that did not arrive, or perhaps not, goes once more.
    Resend,
    /// It was accepted or booked.
    Status,
    /// A new version of a locked one was started.
    Version,
    /// It was deleted.
    Delete,
    /// It was deleted, and is there again.
    Restore,
}

impl Action {
    /// As it is stored.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "quote.create",
            Self::Update => "quote.update",
            Self::Send => "quote.send",
            Self::Resend => "quote.resend",
            Self::Status => "quote.status",
            Self::Version => "quote.version",
            Self::Delete => "quote.delete",
            Self::Restore => "quote.restore",
        }
    }
}

/// One thing that was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What.
    pub action: Action,
    /// To which quote.
    pub quote: Bson,
    /// When.
    pub at: DateTime,
    /// What changed; empty where the action says it all.
    pub details: Document,
}

/// A line of the log, whatever it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<'a> {
    /// What was done: `event.create`.
    pub action: &'a str,
    /// To what: the field for its id, and the id.
    pub subject: Option<(&'a str, Bson)>,
    /// When.
    pub at: DateTime,
    /// What else there is to know.
    pub details: Option<Document>,
}

impl<'a> Line<'a> {
    /// Of something that is done now to the whole application.
    #[must_use]
    pub fn now(action: &'a str, details: Document) -> Self {
        Self { action, subject: None, at: DateTime::now(), details: Some(details) }
    }

    fn document(self, author: &Author) -> Document {
        let mut document = doc! {
            "_id": ObjectId::new(),
            "userId": author.id(),
            "action": self.action,
            "timestamp": self.at,
        };
        if let Some((field, id)) = self.subject {
            document.insert(field, id);
        }
        if let Some(address) = author.address {
            document.insert("ip", address.to_string());
        }
        if let Some(run) = author.principal.run() {
            document.insert("causewayRun", run);
        }
        if let Some(details) = self.details {
            document.insert("details", details);
        }
        document
    }
}

impl Entry {
    fn line(&self) -> Line<'static> {
        let subject = Some(("quoteId", self.quote.clone()));
        let (action, at) = (self.action.name(), self.at);
        let details = Some(self.details.clone()).filter(|it| !it.is_empty());
        Line { action, subject, at, details }
    }
}

impl Store {
    /// Writes down what is done in the same transaction.
    ///
    /// # Errors
    ///
    /// When the database does not take it.
    pub async fn write_down(
        &self,
        session: &mut ClientSession,
        author: &Author,
        entry: &Entry,
    ) -> Result<(), Failure> {
        self.write_all_down(session, [(author, entry)]).await
    }

    /// The same of several things.
    ///
    /// # Errors
    ///
    /// The same.
    pub async fn write_all_down<'a>(
        &self,
        session: &mut ClientSession,
        entries: impl IntoIterator<Item = (&'a Author, &'a Entry)>,
    ) -> Result<(), Failure> {
        let documents = entries.into_iter().map(|(author, entry)| entry.line().document(author));
        self.write_lines(session, documents.collect()).await
    }

    /// The same of anything else.
    ///
    /// # Errors
    ///
    /// The same.
    pub async fn write_line(
        &self,
        session: &mut ClientSession,
        author: &Author,
        line: Line<'_>,
    ) -> Result<(), Failure> {
        self.write_lines(session, vec![line.document(author)]).await
    }

    async fn write_lines(
        &self,
        session: &mut ClientSession,
        lines: Vec<Document>,
    ) -> Result<(), Failure> {
        let logs = self.collection(COLLECTION);
        let insert = logs.insert_many(lines).session(session).into_future();
        self.call("write the audit log", insert).await.map(drop)
    }
}
