//! `PUT`, `DELETE /api/admin/quotes/{id}`, and what undoes the second.

use axum::extract::State;
use quotes_core::changes::Changes;
use serde_json::Map;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{seen::seen, sent::QuoteChange};
use crate::{
    app::Shared,
    failure::Failure,
    store::author::Author,
    take::{Fields, Id, IfMatch},
    view::QuoteView,
    writing::{self, Act, Deed, Ready},
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(edit, delete)).routes(routes!(restore))
}

/// Edit a quote.
///
/// Only what is sent changes, and only what differs has to be right. A sent quote becomes an updated
/// one of the next version. Who sends the `revision` (or `version`) that they saw is told when it is
/// another by now: then nothing is written, and both states are in the answer.
#[utoipa::path(
    put,
    path = "/api/admin/quotes/{id}",
    tag = "quotes",
    operation_id = "update_quote",
    params(
        ("id" = String, Path, description = "`_id`, or the reference"),
        ("If-Match" = Option<String>, Header, description = "The revision that was seen, in quotation marks")
    ),
    request_body = QuoteChange,
    responses(
        (status = 200, description = "As it is now", body = QuoteView, headers(("ETag" = String, description = "The revision, in quotation marks"))),
        (status = 404, description = "`QUOTE_NOT_FOUND`"),
        (status = 409, description = "`VERSION_CONFLICT`: it changed meanwhile; `present` is how it stands, `details` where that differs from what was sent. `QUOTE_LOCKED`: it was accepted or booked. `QUOTE_DELETED`"),
        (status = 422, description = "`VALIDATION_ERROR`, `EVENTS_NOT_FOUND`, `INVALID_EVENTS`: every field that is wrong is named. `REFUSED_BY_DATABASE`: the database's own rules refuse the document")
    )
)]
async fn edit(
    State(app): State<Shared>,
    author: Author,
    Id(id): Id,
    if_match: IfMatch,
    Fields(mut fields): Fields,
) -> Result<Ready, Failure> {
    let seen = seen(if_match, &mut fields)?;
    let deed = Deed::Edit(Box::new(Changes::parse(&fields)));
    let act = Act { app: app.clone(), author, id, seen, deed, once: None };
    writing::write(&app, None, act.run()).await
}

/// Delete a quote.
///
/// It is out of every list, and can be restored. Deleting it again changes nothing.
#[utoipa::path(
    delete,
    path = "/api/admin/quotes/{id}",
    tag = "quotes",
    operation_id = "delete_quote",
    params(
        ("id" = String, Path, description = "`_id`, or the reference"),
        ("If-Match" = Option<String>, Header, description = "The revision that was seen, in quotation marks")
    ),
    responses(
        (status = 200, description = "As it is now: `deletedAt` says when", body = QuoteView),
        (status = 404, description = "`QUOTE_NOT_FOUND`"),
        (status = 409, description = "`VERSION_CONFLICT`: it changed meanwhile; `present` is how it stands"),
        (status = 422, description = "`VALIDATION_ERROR`: `If-Match` is no revision. `REFUSED_BY_DATABASE`: the database's own rules refuse the document")
    )
)]
async fn delete(
    State(app): State<Shared>,
    author: Author,
    Id(id): Id,
    if_match: IfMatch,
) -> Result<Ready, Failure> {
    without_body((app, author, id), if_match, Deed::Delete).await
}

/// Restore a quote that was deleted.
///
/// Restoring what was not deleted changes nothing.
#[utoipa::path(
    post,
    path = "/api/admin/quotes/{id}/restore",
    tag = "quotes",
    operation_id = "restore_quote",
    params(
        ("id" = String, Path, description = "`_id`, or the reference"),
        ("If-Match" = Option<String>, Header, description = "The revision that was seen, in quotation marks")
    ),
    responses(
        (status = 200, description = "As it is now", body = QuoteView),
        (status = 404, description = "`QUOTE_NOT_FOUND`"),
        (status = 409, description = "`VERSION_CONFLICT`: it changed meanwhile; `present` is how it stands"),
        (status = 422, description = "`VALIDATION_ERROR`: `If-Match` is no revision. `REFUSED_BY_DATABASE`: the database's own rules refuse the document")
    )
)]
async fn restore(
    State(app): State<Shared>,
    author: Author,
    Id(id): Id,
    if_match: IfMatch,
) -> Result<Ready, Failure> {
    without_body((app, author, id), if_match, Deed::Restore).await
}

async fn without_body(
    (app, author, id): (Shared, Author, String),
    if_match: IfMatch,
    deed: Deed,
) -> Result<Ready, Failure> {
    let seen = seen(if_match, &mut Map::new())?;
    let act = Act { app: app.clone(), author, id, seen, deed, once: None };
    writing::write(&app, None, act.run()).await
}
