//! What a request carries, taken apart with errors in the API's own words.

mod amount;
mod form;
mod id;
mod if_match;
mod key;

use std::error::Error as _;

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::{StatusCode, header::CONTENT_TYPE, request::Parts},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::failure::{Detail, Failure};

pub(crate) use amount::amount;
pub(crate) use form::{Form, Refused, Sent, line};
pub(crate) use id::Id;
pub(crate) use if_match::IfMatch;
pub(crate) use key::Key;

/// The fields of a JSON object. Which of them are right is for the handler to say, all at once.
#[derive(Debug)]
pub struct Fields(pub Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        if !is_json(&request) {
            return Err(Failure::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                "send JSON, with the header Content-Type: application/json",
            ));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(unread)?;
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(fields)) => Ok(Self(fields)),
            Ok(_) => Err(Failure::invalid(
                "VALIDATION_ERROR",
                vec![Detail {
                    field: String::new(),
                    code: "not_an_object".to_owned(),
                    message: "send a JSON object".to_owned(),
                }],
            )),
            Err(error) => {
                let at = format!("line {}, column {}", error.line(), error.column());
                let message = format!("this is no JSON that can be read: {at}");
                Err(Failure::new(StatusCode::BAD_REQUEST, "MALFORMED_JSON", message))
            }
        }
    }
}

fn is_json(request: &Request) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/json")
}

fn unread(rejection: BytesRejection) -> Failure {
    let status = rejection.status();
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Failure::new(status, "BODY_TOO_LARGE", "that is more than can be taken at once");
    }
    Failure::new(StatusCode::BAD_REQUEST, "BODY_NOT_READ", "the request ended too early")
}

/// What stands behind the `?`.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(rejection) => {
                let said =
                    rejection.source().map_or_else(|| rejection.body_text(), |it| it.to_string());
                // "limit: invalid digit found in string"
                let (field, message) = said.split_once(": ").unwrap_or(("query", &said));
                let (field, message) = (field.to_owned(), message.to_owned());
                let detail = Detail { field, code: "unreadable".to_owned(), message };
                Err(Failure::invalid("VALIDATION_ERROR", vec![detail]))
            }
        }
    }
}
