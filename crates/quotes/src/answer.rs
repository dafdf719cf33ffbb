//! How a request succeeds: `{success, data, warnings}`.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::failure::Failure;

/// What a handler gives back.
pub type Outcome<T> = Result<Answer<T>, Failure>;

/// Data for the client, with what it should be warned of.
#[derive(Debug)]
pub struct Answer<T> {
    /// The status of the answer.
    pub status: StatusCode,
    /// The data.
    pub data: T,
    /// For people: what is odd about it.
    pub warnings: Vec<Warning>,
    /// What stands beside the data in the envelope: where a list goes on, what it adds up to.
    pub beside: Map<String, Value>,
}

/// Something that is odd and does not hinder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Warning {
    /// Stable, for programs: `other_currency`.
    pub code: String,
    /// What it is about, when it is about one field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// For people.
    pub message: String,
}

impl<T> Answer<T> {
    /// 200 with nothing to be warned of.
    pub fn ok(data: T) -> Self {
        Self { status: StatusCode::OK, data, warnings: Vec::new(), beside: Map::new() }
    }

    /// 201.
    pub fn created(data: T) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(data) }
    }

    /// With these warnings.
    #[must_use]
    pub fn warn(mut self, warnings: impl IntoIterator<Item = Warning>) -> Self {
        self.warnings.extend(warnings);
        self
    }

    /// With this beside the data.
    #[must_use]
    pub fn beside(mut self, name: &'static str, value: Value) -> Self {
        self.beside.insert(name.to_owned(), value);
        self
    }
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    success: bool,
    data: &'a T,
    warnings: &'a [Warning],
    #[serde(flatten)]
    beside: &'a Map<String, Value>,
}

impl<T: Serialize> Answer<T> {
    fn envelope(&self) -> Envelope<'_, T> {
        let Self { data, warnings, beside, .. } = self;
        Envelope { success: true, data, warnings, beside }
    }

    /// Its body.
    ///
    /// # Errors
    ///
    /// When the data is no JSON.
    pub fn render(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.envelope())
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        (self.status, Json(self.envelope())).into_response()
    }
}
