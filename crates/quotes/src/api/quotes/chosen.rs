//! `GET /api/admin/quotes/{id}/events`: the events that were chosen for a quote.

use axum::extract::State;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{read::price, seen_by::seen_by};
use crate::{
    access::Principal,
    answer::{Answer, Outcome},
    app::Shared,
    take::Id,
    view::SelectedEvent,
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(chosen))
}

/// Read which events were chosen for a quote.
///
/// With the prices of when they were chosen; where the catalogue says something else by now, or an
/// event is in no total, that is warned of.
#[utoipa::path(
    get,
    path = "/api/admin/quotes/{id}/events",
    tag = "quotes",
    operation_id = "list_quote_events",
    params(("id" = String, Path, description = "`_id`, or the reference")),
    responses(
        (status = 200, description = "The events, in the order of the quote", body = Vec<SelectedEvent>),
        (status = 404, description = "`QUOTE_NOT_FOUND`")
    )
)]
async fn chosen(
    State(app): State<Shared>,
    principal: Principal,
    Id(id): Id,
) -> Outcome<Vec<SelectedEvent>> {
    let quote = seen_by(&app, &principal, &id).await?.quote;
    let warnings = price(&app, &quote).await?.warnings;
    let events = quote.selection.iter().map(SelectedEvent::from).collect();
    Ok(Answer::ok(events).warn(warnings.into_iter().map(Into::into)))
}
