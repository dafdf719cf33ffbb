//! The key under which a request is done once, as the header `Idempotency-Key` says it.

use std::convert::Infallible;

use axum::{extract::FromRequestParts, http::request::Parts};
use serde_json::{Map, Value};

use crate::{
    failure::Failure,
    store::{author::Author, idempotency::Once},
};

const HEADER: &str = "idempotency-key";

/// What the header said, when it was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key(Option<Vec<u8>>);

impl<S: Send + Sync> FromRequestParts<S> for Key {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.get(HEADER).map(|key| key.as_bytes().to_vec())))
    }
}

impl Key {
    /// The request of `author` to `route` (method and path) with these fields; none without a key.
    pub(crate) fn once(
        &self,
        author: &Author,
        route: &str,
        fields: &Map<String, Value>,
    ) -> Result<Option<Once>, Failure> {
        let Some(key) = &self.0 else { return Ok(None) };
        let body =
            serde_json::to_string(fields).map_err(|error| Failure::unexpected(error.into()))?;
        Once::new(author, route, key, &body).map(Some)
    }
}
