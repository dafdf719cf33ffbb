//! Who asks: a person, a program in a person's name, or a run of Causeway.

use std::{net::IpAddr, str::FromStr};

use axum::{extract::FromRequestParts, http::request::Parts};
use bson::oid::ObjectId;
use serde::{Deserialize, Serialize};

use super::{Fingerprint, Scope, refusal};
use crate::failure::Failure;

/// What somebody is in the agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Admin,
    /// Reads their own quotes.
    Agent,
}

impl Role {
    /// As it is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Agent => "agent",
        }
    }
}

impl FromStr for Role {
    type Err = anyhow::Error;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "admin" => Ok(Self::Admin),
            "agent" => Ok(Self::Agent),
            _ => Err(anyhow::anyhow!("no role is called `{word}`: admin, agent")),
        }
    }
}

/// Somebody with an account, by themselves or through a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// `_id` in `users`.
    pub id: ObjectId,
    /// Their name.
    pub name: String,
    /// Where mail reaches them.
    pub email: String,
    /// What they are.
    pub role: Role,
    /// What they showed.
    pub by: By,
    /// Whether they showed the token that passes maintenance mode, too.
    pub passes_maintenance: bool,
}

impl Person {
    /// What their token was made for, when a token asks.
    #[must_use]
    pub fn scopes(&self) -> Option<&[Scope]> {
        match &self.by {
            By::Session(_) => None,
            By::Token(scopes) => Some(scopes),
        }
    }
}

/// What somebody showed to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// The cookie of the session with this `_id`.
    Session(Fingerprint),
    /// An API token with these scopes.
    Token(Vec<Scope>),
}

/// Who a request comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Somebody with an account.
    Person(Person),
    /// The smoke checks of a run of Causeway, which see and change only what that run made.
    Run(String),
}

impl Principal {
    /// Whose `_id` stands as author: zeros for a run, which has no account.
    #[must_use]
    pub fn user_id(&self) -> ObjectId {
        match self {
            Self::Person(person) => person.id,
            Self::Run(_) => ObjectId::from_bytes([0; 12]),
        }
    }

    /// The run of Causeway, when it is one.
    #[must_use]
    pub fn run(&self) -> Option<&str> {
        match self {
            Self::Person(_) => None,
            Self::Run(run) => Some(run),
        }
    }

    /// The account, when it is somebody's.
    #[must_use]
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::Person(person) => Some(person),
            Self::Run(_) => None,
        }
    }

    /// Whether they may see and change every quote.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        matches!(self, Self::Person(Person { role: Role::Admin, .. }))
    }

    /// Whether they write while nobody else may: whoever showed the maintenance token.
    #[must_use]
    pub fn passes_maintenance(&self) -> bool {
        match self {
            Self::Person(person) => person.passes_maintenance,
            Self::Run(_) => true,
        }
    }

    /// What a log may say of them.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Person(Person { by: By::Session(_), .. }) => "session",
            Self::Person(Person { by: By::Token(_), .. }) => "token",
            Self::Run(_) => "run",
        }
    }
}

/// The guard found out who it is, and put it there.
impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        parts.extensions.get::<Self>().cloned().ok_or_else(refusal::not_signed_in)
    }
}

/// Where a request comes from. Nothing decides by it who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        parts.extensions.get::<Self>().copied().ok_or_else(refusal::not_signed_in)
    }
}
