//! How a request fails, and what the client is told: a code, a message, each field that is wrong.
//!
//! What the driver said goes to the log and never to the client.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What a request failed with.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The status of the answer.
    pub status: StatusCode,
    /// Stable, for programs: `VALIDATION_ERROR`.
    pub code: &'static str,
    /// For people: what is wrong, and what to do.
    pub message: String,
    /// One for each field that is wrong.
    pub details: Vec<Detail>,
    /// What is there now, for somebody who wrote on what was there before.
    pub present: Option<Box<Value>>,
    /// When it is worth trying again.
    pub retry_after: Option<Duration>,
    /// For the log only.
    pub cause: Option<Arc<anyhow::Error>>,
    /// Whether the whole transaction may be tried again.
    pub transient: bool,
}

/// The answer of a request that failed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Refusal {
    /// Always false.
    success: bool,
    error: Reason,
}

/// Why a request failed.
#[derive(Debug, Serialize, ToSchema)]
struct Reason {
    /// Stable, for programs.
    #[schema(example = "VALIDATION_ERROR", pattern = "^[A-Z][A-Z_]+$")]
    code: &'static str,
    /// For people: what is wrong, and what to do.
    message: String,
    /// One for each field that is wrong.
    details: Vec<Detail>,
    /// With `VERSION_CONFLICT`: what is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    present: Option<Box<Value>>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Detail {
    /// Path of the field: `selectedEvents.0.eventId`.
    pub field: String,
    /// Stable, for programs: `required`.
    pub code: String,
    /// For people.
    pub message: String,
}

impl Failure {
    /// A failure of this status, code and message.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            details: Vec::new(),
            present: None,
            retry_after: None,
            cause: None,
            transient: false,
        }
    }

    /// There is nothing of that id: 404.
    #[must_use]
    pub fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// It does not fit what is there: 409.
    #[must_use]
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// What was sent can't be used: 422, with every field.
    #[must_use]
    pub fn invalid(code: &'static str, details: Vec<Detail>) -> Self {
        let message = match details.as_slice() {
            [only] => only.message.clone(),
            several => format!("{} fields can't be used as they are", several.len()),
        };
        let mut failure = Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message);
        failure.details = details;
        failure
    }

    /// Something that should not happen: 500. The client gets the request's id, the log the cause.
    #[must_use]
    pub fn unexpected(cause: anyhow::Error) -> Self {
        let message = "this did not work, and it is our fault; it was written down";
        let mut failure = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", message);
        failure.cause = Some(Arc::new(cause));
        failure
    }

    /// The database is away, or did not answer in time: 503.
    #[must_use]
    pub fn database_away(cause: anyhow::Error) -> Self {
        let message = "the database does not answer at present; nothing was changed by this request, \
                       or it is unknown: look before trying again";
        let mut failure =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "DATABASE_UNAVAILABLE", message);
        failure.cause = Some(Arc::new(cause));
        failure.retry_after = Some(Duration::from_secs(5));
        failure
    }
}

impl Failure {
    /// What an operator is told, who may know more than a client.
    #[must_use]
    pub fn into_cause(self) -> anyhow::Error {
        let Some(cause) = self.cause else { return anyhow::anyhow!(self.message) };
        Arc::try_unwrap(cause).unwrap_or_else(|shared| anyhow::anyhow!("{shared:#}"))
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        if let Some(cause) = &self.cause {
            tracing::error!(code = self.code, cause = format!("{cause:#}"), "request failed");
        }
        let Self { code, message, details, present, .. } = self;
        let words = Words(message.clone());
        let error = Reason { code, message, details, present };
        let mut response = (self.status, Json(Refusal { success: false, error })).into_response();
        if let Some(after) = self.retry_after {
            let seconds = HeaderValue::from(after.as_secs().max(1));
            response.headers_mut().insert(RETRY_AFTER, seconds);
        }
        response.extensions_mut().insert(ErrorCode(self.code));
        response.extensions_mut().insert(words);
        response
    }
}

/// The code of a failure, on its response: metrics count errors by it.
#[derive(Debug, Clone, Copy)]
pub struct ErrorCode(pub &'static str);

/// The code of a failure that is shown within the page that led to it, on its response.
#[derive(Debug, Clone, Copy)]
pub struct ShownCode(pub &'static str);

/// What people are told of a failure, on its response: pages say it in their own way.
#[derive(Debug, Clone)]
pub struct Words(pub String);
