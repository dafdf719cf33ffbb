//! Which revision somebody saw, as the header `If-Match` says it.

use axum::{
    extract::FromRequestParts,
    http::{header::IF_MATCH, request::Parts},
};

use crate::failure::{Detail, Failure};

const LENGTH_MAX: usize = 64;

/// The revision that must still stand; none is asked for without the header, or by `*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IfMatch(pub(crate) Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let Some(value) = parts.headers.get(IF_MATCH) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(None));
        }
        let revision = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        let revision = revision.filter(|it| (1..=LENGTH_MAX).contains(&it.len()));
        let detail = || Detail {
            field: "If-Match".to_owned(),
            code: "not_a_revision".to_owned(),
            message: "If-Match takes one revision in quotation marks, as ETag gave it".to_owned(),
        };
        let unreadable = || Failure::invalid("VALIDATION_ERROR", vec![detail()]);
        revision.map(|it| Self(Some(it.to_owned()))).ok_or_else(unreadable)
    }
}
