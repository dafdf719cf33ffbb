//! An answer that is ready to be sent, and to be kept for a repetition.

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, ETAG},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{answer::Answer, failure::Failure, store::idempotency::Kept};

/// Header of an answer that was given before.
const REPLAYED: &str = "idempotency-replayed";

/// A rendered answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    status: StatusCode,
    body: String,
    revision: Option<String>,
    is_replayed: bool,
}

impl Ready {
    /// An answer, rendered.
    ///
    /// # Errors
    ///
    /// When its data is no JSON, which only a mistake of ours can bring about.
    pub fn of<T: Serialize>(answer: &Answer<T>) -> Result<Self, Failure> {
        let body = answer.render().map_err(|error| Failure::unexpected(error.into()))?;
        Ok(Self { status: answer.status, body, revision: None, is_replayed: false })
    }

    /// With the revision of the document that it shows, for the next write.
    #[must_use]
    pub fn showing(mut self, revision: String) -> Self {
        self.revision = Some(revision);
        self
    }

    /// What is kept of it.
    #[must_use]
    pub fn kept(&self) -> Kept {
        Kept { status: self.status, body: self.body.clone() }
    }
}

impl From<Kept> for Ready {
    fn from(kept: Kept) -> Self {
        Self { status: kept.status, body: kept.body, revision: None, is_replayed: true }
    }
}

impl IntoResponse for Ready {
    fn into_response(self) -> Response {
        let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        let mut response = (self.status, json, self.body).into_response();
        let headers = response.headers_mut();
        let tag = self.revision.and_then(|it| HeaderValue::from_str(&format!("\"{it}\"")).ok());
        if let Some(tag) = tag {
            headers.insert(ETAG, tag);
        }
        if self.is_replayed {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}
