//! The JSON API: each file the routes of one thing.
//!
//! A handler takes what was sent apart, calls once, and answers. Routes and their documentation are
//! the same lines (`utoipa_axum::routes!`), so that the OpenAPI document says what is served.

mod status;

use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::app::Shared;

/// The head of the OpenAPI document.
#[derive(OpenApi)]
#[openapi(info(
    title = "Quotes",
    description = "Quotes with events: rules, prices, life, e-mail.",
    license(name = "MIT OR Apache-2.0")
))]
struct Head;

/// All routes, with their documentation.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(Head::openapi()).merge(status::routes())
}
