//! Everything that is served, in the order in which a request goes through it.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
};
use tower_http::compression::{
    CompressionLayer, CompressionLevel, DefaultPredicate, Predicate as _, predicate::SizeAbove,
};

use super::headers;
use crate::{
    access::{from_our_pages, guard},
    api,
    app::Shared,
    failure::Failure,
    maintenance, observe, pages,
};

/// A quote with twenty events and long texts is a tenth of it.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// Below, compressing costs more than it saves.
const COMPRESSED_FROM_BYTES: u64 = 1_024;

/// Everything that is served.
pub fn router(app: Shared) -> Router {
    let (router, _document) = api::routes().split_for_parts();
    let smaller = CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(DefaultPredicate::new().and(SizeAbove::new(COMPRESSED_FROM_BYTES)));
    // The last layer is the outermost.
    router
        .merge(pages::routes())
        .fallback(unknown)
        .layer(from_fn_with_state(app.clone(), maintenance::gate))
        .layer(from_fn(observe::who))
        .layer(from_fn_with_state(app.clone(), guard))
        .layer(from_fn_with_state(app.clone(), from_our_pages))
        .layer(from_fn_with_state(app.clone(), pages::as_pages))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(app.tally.clone(), observe::observe))
        .layer(smaller)
        .layer(from_fn_with_state(app.clone(), headers::add))
        .with_state(app)
}

async fn unknown() -> Failure {
    Failure::not_found("NOT_FOUND", "there is nothing at this address")
}
