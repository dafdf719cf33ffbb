//! `POST /api/admin/quotes`.

use axum::extract::State;
use quotes_core::changes::Changes;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::sent::NewQuote;
use crate::{
    app::Shared,
    failure::Failure,
    store::author::Author,
    take::{Fields, Key},
    view::QuoteView,
    writing::{self, Ready},
};

const ROUTE: &str = "POST /api/admin/quotes";

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(create))
}

/// Create a quote.
///
/// A draft of version 1. Prices of events and packages are read from the catalogue; prices that are
/// sent for them are not taken. With an `Idempotency-Key` a repetition makes no second quote.
#[utoipa::path(
    post,
    path = "/api/admin/quotes",
    tag = "quotes",
    operation_id = "create_quote",
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, description = "Chosen by the client, for this request and its repetitions within a day")),
    request_body = NewQuote,
    responses(
        (status = 201, description = "It is there", body = QuoteView, headers(
            ("ETag" = String, description = "The revision, in quotation marks"),
            ("Idempotency-Replayed" = Option<String>, description = "`true`: it was made by an earlier copy of this request"),
        )),
        (status = 409, description = "`IDEMPOTENCY_KEY_TAKEN`: a copy of this request is being done"),
        (status = 422, description = "`VALIDATION_ERROR`, `EVENTS_NOT_FOUND`, `INVALID_EVENTS`: every field that is wrong is named. `IDEMPOTENCY_KEY_REUSED`: the key belongs to another request")
    )
)]
async fn create(
    State(app): State<Shared>,
    author: Author,
    key: Key,
    Fields(fields): Fields,
) -> Result<Ready, Failure> {
    let once = key.once(&author, ROUTE, &fields)?;
    let changes = Changes::parse(&fields);
    let work = writing::create(app.clone(), author, changes, once.clone());
    writing::write(&app, once, work).await
}
