//! Where somebody is signed in, and ending that everywhere else.

use std::{collections::HashMap, net::IpAddr};

use bson::{DateTime, doc, oid::ObjectId};
use futures_util::FutureExt as _;

use super::{Access, Actor, By, Person, trail::Deed};
use crate::failure::Failure;

/// A session that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// When it began.
    pub began: DateTime,
    /// When something was asked for with it, to the minute.
    pub seen: DateTime,
    /// Where it began; nothing where nobody wrote it down.
    pub address: Option<String>,
    /// With what; nothing where that can't be told.
    pub browser: Option<String>,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

impl Access {
    /// All sessions of somebody that go on, the latest first.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn open_sessions(&self, person: &Person) -> Result<Vec<OpenSession>, Failure> {
        let this = match person.by {
            By::Session(id) => Some(id),
            By::Token(_) => None,
        };
        self.sessions.open(person.id, this).await
    }

    /// Ends all sessions of somebody but the one that asks.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn sign_out_elsewhere(&self, person: &Person, from: IpAddr) -> Result<(), Failure> {
        let but = match person.by {
            By::Session(id) => Some(id),
            By::Token(_) => None,
        };
        let (user, actor) = (person.id, Actor::User(person.id, from));
        let deed = Deed { action: "session.end-others", actor, details: doc! {} };
        self.together("end other sessions", deed, move |to, session| {
            async move { to.sessions.end_all(user, but, session).await }.boxed()
        })
        .await
    }

    /// When people who are signed in asked for something last, to the minute.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn last_seen(
        &self,
        people: &[ObjectId],
    ) -> Result<HashMap<ObjectId, DateTime>, Failure> {
        self.sessions.last_seen(people).await
    }
}
