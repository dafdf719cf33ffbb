//! The JSON API: each file the routes of one thing.
//!
//! A handler takes what was sent apart, calls once, and answers. Routes and their documentation are
//! the same lines (`utoipa_axum::routes!`), so that the OpenAPI document says what is served.

mod docs;
mod openapi;

pub(crate) mod accounts;
pub(crate) mod session;
pub(crate) mod tokens;
pub(crate) mod users;

mod quotes;

pub(crate) mod categories;
pub(crate) mod events;
mod prices;
mod removed;
pub(crate) mod shown;

mod enquiries;
mod packages;

mod health;
pub(crate) mod problems;
mod status;

use utoipa_axum::router::OpenApiRouter;

use crate::app::Shared;

pub use openapi::document;
pub(crate) use quotes::{ListQuery, Previewed, addressed, own_only, price, seen_by};

/// All routes, with their documentation.
pub fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(openapi::head())
        .merge(session::routes())
        .merge(users::routes())
        .merge(tokens::routes())
        .merge(quotes::routes())
        .merge(events::routes())
        .merge(categories::routes())
        .merge(prices::routes())
        .merge(enquiries::routes())
        .merge(packages::routes())
        .merge(health::routes())
        .merge(problems::routes())
        .merge(status::routes())
        .merge(openapi::routes())
        .merge(docs::routes())
}
