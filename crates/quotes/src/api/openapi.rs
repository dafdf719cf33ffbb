//! The OpenAPI document: generated from the routes, made whole, served.
//!
//! Routes say what is their own. What holds for all is added here, so that no route forgets it: the
//! envelope around its data, the answers of every request that fails, who may ask.

mod envelope;
mod parameters;
mod refusals;
mod security;

use std::sync::LazyLock;

use axum::{body::Bytes, http::header::CONTENT_TYPE, response::IntoResponse};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Components, OpenApi as Document, PathItem,
        path::Operation,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::Shared;

pub(super) use security::OPEN_TO;

/// Where the document is; its own answer is no envelope.
const PATH: &str = "/api/openapi.json";

/// What stands before the routes.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Quotes",
        description = "Quotes with events: rules, prices, life, e-mail.\n\nEvery answer of `/api` is \
                       an envelope: `{success: true, data, warnings}`, or `{success: false, error: \
                       {code, message, details}}`. Codes are stable; messages are for people. A \
                       guide is in docs/api.md.",
        license(name = "MIT OR Apache-2.0")
    ),
    tags(
        (name = "quotes", description = "Quotes, their events, price, versions and mail"),
        (name = "catalogue", description = "Events and categories to choose from"),
        (name = "records", description = "What quotes refer to: enquiries and packages"),
        (name = "access", description = "Sign-in, users and tokens"),
        (name = "operation", description = "Health, maintenance, this document"),
    ),
    modifiers(&Schemes)
)]
struct Head;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_with(Components::new);
        let cookie = ApiKeyValue::with_description(
            "__Host-quotes",
            "A session, as `POST /api/session` begins it",
        );
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(cookie));
        components.add_security_scheme("session", cookie);
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token for a program, as `POST /api/admin/tokens` makes it"));
        components.add_security_scheme("token", SecurityScheme::Http(token.build()));
    }
}

/// What stands before the routes.
pub(super) fn head() -> Document {
    Head::openapi()
}

/// The whole document.
#[must_use]
pub fn document() -> Document {
    let mut document = super::routes().split_for_parts().1;
    parameters::describe(&mut document);
    security::add(&mut document);
    envelope::wrap(&mut document);
    refusals::add(&mut document);
    document
}

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(openapi))
}

/// This document.
///
/// OpenAPI 3.1, generated from the routes that are served.
#[utoipa::path(
    get,
    path = PATH,
    tag = "operation",
    responses((status = 200, description = "The document", body = serde_json::Value))
)]
async fn openapi() -> impl IntoResponse {
    static BYTES: LazyLock<Bytes> =
        LazyLock::new(|| serde_json::to_vec(&document()).unwrap_or_default().into());
    ([(CONTENT_TYPE, "application/json")], BYTES.clone())
}

/// The operations of a path, with the method of each.
fn operations(path: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut path.get, &mut path.post, &mut path.put, &mut path.delete].into_iter().flatten()
}
