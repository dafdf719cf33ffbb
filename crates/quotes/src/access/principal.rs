//! Who asks: a person, a program in a person's name, or a run of Causeway.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use bson::oid::ObjectId;

use crate::failure::Failure;

/// What somebody is in the agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Admin,
    /// Reads their own quotes.
    Agent,
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

    /// Whether they may see and change every quote.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        matches!(self, Self::Person(Person { role: Role::Admin, .. }))
    }
}

/// Middleware found out who it is, and puts it there.
impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let not_signed_in =
            || Failure::new(StatusCode::UNAUTHORIZED, "NOT_SIGNED_IN", "sign in first");
        parts.extensions.get::<Self>().cloned().ok_or_else(not_signed_in)
    }
}
