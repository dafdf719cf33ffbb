//! What was done with accounts, for `auditlogs`: the same shape as what is done with quotes.

use std::net::IpAddr;

use bson::{DateTime, Document, doc, oid::ObjectId};
use mongodb::ClientSession;

use crate::{
    failure::Failure,
    store::{Store, audit::COLLECTION},
};

/// Who does something with accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Somebody with an account, from somewhere.
    User(ObjectId, IpAddr),
    /// Somebody who did not say who they are, from somewhere.
    Unknown(IpAddr),
    /// Whoever may run the program's commands.
    Operator,
}

/// Writes into `auditlogs`.
#[derive(Debug, Clone)]
pub(super) struct Trail {
    store: Store,
}

/// What was done.
#[derive(Clone)]
pub(super) struct Deed {
    /// `session.create`.
    pub(super) action: &'static str,
    /// Who did it.
    pub(super) actor: Actor,
    /// What else there is to know, without secrets.
    pub(super) details: Document,
}

impl Deed {
    fn document(self) -> Document {
        let mut document = doc! { "action": self.action, "timestamp": DateTime::now() };
        let mut details = self.details;
        match self.actor {
            Actor::User(user, ip) => {
                document.insert("userId", user);
                document.insert("ip", ip.to_string());
            }
            Actor::Unknown(ip) => drop(document.insert("ip", ip.to_string())),
            Actor::Operator => drop(details.insert("through", "command")),
        }
        document.insert("details", details);
        document
    }
}

impl Trail {
    pub(super) fn of(store: Store) -> Self {
        Self { store }
    }

    /// Together with what it tells of.
    pub(super) async fn write(
        &self,
        deed: Deed,
        session: &mut ClientSession,
    ) -> Result<(), Failure> {
        let logs = self.store.collection(COLLECTION);
        let write = logs.insert_one(deed.document()).session(session).into_future();
        self.store.call("write down what was done", write).await?;
        Ok(())
    }

    /// By itself, for what changes nothing.
    pub(super) async fn write_alone(&self, deed: Deed) -> Result<(), Failure> {
        let logs = self.store.collection(COLLECTION);
        let write = logs.insert_one(deed.document()).into_future();
        self.store.call("write down what was done", write).await?;
        Ok(())
    }
}
