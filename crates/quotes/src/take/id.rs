//! The id in a path.

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

use crate::failure::Failure;

/// The only part of a path that varies, as text. What can't be one is not found.
#[derive(Debug, Clone)]
pub(crate) struct Id(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let unreadable = |_| Failure::not_found("NOT_FOUND", "there is nothing of that id");
        path.map(|Path(id)| Self(id)).map_err(unreadable)
    }
}
