//! `GET /api/admin/quotes/{id}/price-history`: how the price moved, and what moved it.

use axum::extract::State;
use bson::{Bson, Document};
use quotes_core::quote::PriceEntry;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    seen_by::seen_by,
    who::{People, Who},
};
use crate::{
    access::Principal,
    answer::{Answer, Outcome},
    api::shown::{Moment, ShownId, moment, number},
    app::Shared,
    take::Id,
    view::PriceMove,
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(history))
}

/// How a price moved.
#[derive(Debug, Serialize, ToSchema)]
struct PriceHistory {
    /// What the quote itself says, the oldest first.
    entries: Vec<PriceStep>,
    /// What the audit log says of events that were added, removed or altered, the oldest first.
    events: Vec<EventStep>,
}

/// One move of the price.
#[derive(Debug, Serialize, ToSchema)]
struct PriceStep {
    #[serde(flatten)]
    moved: PriceMove,
    /// Null when the entry does not say who it was.
    user: Option<Who>,
}

/// What happened to an event, and what that did to the total.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EventStep {
    /// `event_added`, `event_removed`, `event_altered`.
    #[schema(example = "event_added")]
    action: Option<String>,
    #[schema(value_type = Option<String>)]
    event_id: Option<ShownId>,
    event_name: Option<String>,
    #[schema(value_type = Option<f64>)]
    total_before: Option<serde_json::Number>,
    #[schema(value_type = Option<f64>)]
    total_after: Option<serde_json::Number>,
    #[schema(value_type = Option<String>, format = DateTime)]
    timestamp: Option<Moment>,
    user: Option<Who>,
}

/// Read how a quote's price moved.
#[utoipa::path(
    get,
    path = "/api/admin/quotes/{id}/price-history",
    tag = "quotes",
    operation_id = "read_price_history",
    params(("id" = String, Path, description = "`_id`, or the reference")),
    responses(
        (status = 200, description = "The history", body = PriceHistory),
        (status = 404, description = "`QUOTE_NOT_FOUND`")
    )
)]
async fn history(
    State(app): State<Shared>,
    principal: Principal,
    Id(id): Id,
) -> Outcome<PriceHistory> {
    let quote = seen_by(&app, &principal, &id).await?.quote;
    let mut log = app.store.audit_of(quote.id.as_bson()).await?;
    log.reverse();
    let logged = log.iter().filter_map(|entry| entry.get_object_id("userId").ok());
    let moved = quote.history.iter().filter_map(|entry| entry.user);
    let people = People::of(&app, moved.chain(logged)).await?;
    let step = |entry: &PriceEntry| PriceStep {
        moved: PriceMove::from(entry),
        user: people.who(entry.user),
    };
    let entries = quote.history.iter().map(step).collect();
    let events = log.iter().flat_map(|entry| event_steps(entry, &people)).collect();
    Ok(Answer::ok(PriceHistory { entries, events }))
}

fn event_steps(entry: &Document, people: &People) -> Vec<EventStep> {
    let details = entry.get_document("details").ok();
    let events = details.and_then(|details| details.get_array("events").ok());
    let events = events.into_iter().flatten().filter_map(Bson::as_document);
    let step = |event: &Document| EventStep {
        action: event.get_str("action").ok().map(str::to_owned),
        event_id: event.get_object_id("eventId").ok().map(ShownId),
        event_name: event.get_str("eventName").ok().map(str::to_owned),
        total_before: number(event.get("totalBefore")),
        total_after: number(event.get("totalAfter")),
        timestamp: moment(entry.get("timestamp")),
        user: people.who(entry.get_object_id("userId").ok()),
    };
    events.map(step).collect()
}
