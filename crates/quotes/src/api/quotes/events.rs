//! Events of one quote: one more, another mark or price, one less.

use axum::{
    extract::{FromRequestParts, Path, State},
    http::request::Parts,
};
use bson::oid::ObjectId;
use quotes_core::changes::Changes;
use serde_json::Map;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    seen::seen,
    sent::{EventAlteration, WantedEvent},
};
use crate::{
    app::Shared,
    failure::Failure,
    store::author::Author,
    take::{Fields, Id, IfMatch},
    view::QuoteView,
    writing::{self, Act, Deed, Ready, Seen, event_not_on_quote},
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(add)).routes(routes!(alter, remove))
}

/// Add an event to a quote.
///
/// It gets the catalogue's price of now; `price` with a `priceReason` is for events that have none
/// there, which otherwise are on request. Adding events to one quote at the same time is possible:
/// each is added to what is there.
#[utoipa::path(
    post,
    path = "/api/admin/quotes/{id}/events",
    tag = "quotes",
    operation_id = "add_quote_event",
    params(
        ("id" = String, Path, description = "`_id`, or the reference"),
        ("If-Match" = Option<String>, Header, description = "The revision that was seen, in quotation marks")
    ),
    request_body = WantedEvent,
    responses(
        (status = 200, description = "The quote as it is now", body = QuoteView, headers(("ETag" = String, description = "The revision, in quotation marks"))),
        (status = 404, description = "`QUOTE_NOT_FOUND`"),
        (status = 409, description = "`VERSION_CONFLICT`, `QUOTE_LOCKED`, `QUOTE_DELETED`"),
        (status = 422, description = "`EVENTS_NOT_FOUND`: there is no such event. `INVALID_EVENTS`: inactive, on the quote already, or one too many. `VALIDATION_ERROR`. `REFUSED_BY_DATABASE`")
    )
)]
async fn add(
    State(app): State<Shared>,
    author: Author,
    Id(id): Id,
    if_match: IfMatch,
    Fields(mut fields): Fields,
) -> Result<Ready, Failure> {
    let seen = seen(if_match, &mut fields)?;
    change((app, author), (id, seen), Changes::parse_event_to_add(&fields)).await
}

/// Change an event that is on a quote.
///
/// Its mark, its typed price, or (`useCurrentPrice`) the catalogue's price of now.
#[utoipa::path(
    put,
    path = "/api/admin/quotes/{id}/events/{event}",
    tag = "quotes",
    operation_id = "update_quote_event",
    params(
        ("id" = String, Path, description = "`_id` of the quote, or the reference"),
        ("event" = String, Path, description = "`_id` of the event"),
        ("If-Match" = Option<String>, Header, description = "The revision that was seen, in quotation marks")
    ),
    request_body = EventAlteration,
    responses(
        (status = 200, description = "The quote as it is now", body = QuoteView, headers(("ETag" = String, description = "The revision, in quotation marks"))),
        (status = 404, description = "`QUOTE_NOT_FOUND`, `EVENT_NOT_ON_QUOTE`"),
        (status = 409, description = "`VERSION_CONFLICT`, `QUOTE_LOCKED`, `QUOTE_DELETED`"),
        (status = 422, description = "`VALIDATION_ERROR`, `EVENTS_NOT_FOUND`: the catalogue has it no more. `REFUSED_BY_DATABASE`")
    )
)]
async fn alter(
    State(app): State<Shared>,
    author: Author,
    EventOf(id, event): EventOf,
    if_match: IfMatch,
    Fields(mut fields): Fields,
) -> Result<Ready, Failure> {
    let seen = seen(if_match, &mut fields)?;
    change((app, author), (id, seen), Changes::parse_event_to_alter(event, &fields)).await
}

/// Remove an event from a quote.
#[utoipa::path(
    delete,
    path = "/api/admin/quotes/{id}/events/{event}",
    tag = "quotes",
    operation_id = "remove_quote_event",
    params(
        ("id" = String, Path, description = "`_id` of the quote, or the reference"),
        ("event" = String, Path, description = "`_id` of the event"),
        ("If-Match" = Option<String>, Header, description = "The revision that was seen, in quotation marks")
    ),
    responses(
        (status = 200, description = "The quote as it is now", body = QuoteView, headers(("ETag" = String, description = "The revision, in quotation marks"))),
        (status = 404, description = "`QUOTE_NOT_FOUND`, `EVENT_NOT_ON_QUOTE`"),
        (status = 409, description = "`VERSION_CONFLICT`, `QUOTE_LOCKED`, `QUOTE_DELETED`"),
        (status = 422, description = "`VALIDATION_ERROR`: `If-Match` is no revision. `REFUSED_BY_DATABASE`")
    )
)]
async fn remove(
    State(app): State<Shared>,
    author: Author,
    EventOf(id, event): EventOf,
    if_match: IfMatch,
) -> Result<Ready, Failure> {
    let seen = seen(if_match, &mut Map::new())?;
    change((app, author), (id, seen), Changes::event_removed(event)).await
}

async fn change(
    (app, author): (Shared, Author),
    (id, seen): (String, Seen),
    changes: Changes,
) -> Result<Ready, Failure> {
    let deed = Deed::Edit(Box::new(changes));
    let act = Act { app: app.clone(), author, id, seen, deed, once: None };
    writing::write(&app, None, act.run()).await
}

/// A quote's id and an event's, from the path. What can't be an event's id is on no quote.
struct EventOf(String, ObjectId);

impl<S: Send + Sync> FromRequestParts<S> for EventOf {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((id, event)) = path.map_err(|_unreadable| event_not_on_quote())?;
        let event = ObjectId::parse_str(event).map_err(|_malformed| event_not_on_quote())?;
        Ok(Self(id, event))
    }
}
