//! The reference of the API for people: one page, made on the server from the OpenAPI document.

mod example;
mod kind;
mod operation;
mod page;
mod words;

use std::sync::LazyLock;

use askama::Template as _;
use axum::{
    http::{
        HeaderName,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::Html,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::page::Page;
use crate::{app::Shared, failure::Failure};

const STYLE: &str = include_str!("../../templates/docs/style.css");

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(reference)).routes(routes!(style))
}

/// The reference of the API, for people.
#[utoipa::path(
    get,
    path = "/api/docs",
    tag = "operation",
    operation_id = "read_reference",
    responses((status = 200, description = "A page", content_type = "text/html", body = String))
)]
async fn reference() -> Result<Html<&'static str>, Failure> {
    static PAGE: LazyLock<Result<String, String>> = LazyLock::new(|| {
        let document =
            serde_json::to_value(super::document()).map_err(|error| error.to_string())?;
        Page::of(&document).render().map_err(|error| error.to_string())
    });
    let failed =
        |error: &String| Failure::unexpected(anyhow::anyhow!("render the reference: {error}"));
    PAGE.as_deref().map(Html).map_err(failed)
}

/// How the reference looks.
#[utoipa::path(
    get,
    path = "/api/docs/style.css",
    tag = "operation",
    operation_id = "read_reference_style",
    responses((status = 200, description = "A style sheet", content_type = "text/css", body = String))
)]
async fn style() -> ([(HeaderName, &'static str); 2], &'static str) {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "max-age=3600")], STYLE)
}
