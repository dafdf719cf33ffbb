//! Managing events: for administrators.

use axum::extract::State;
use bson::oid::ObjectId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    change::{self, EventChange, NewEvent},
    view::ManagedEvent,
};
use crate::{
    answer::{Answer, Outcome},
    api::removed::Removed,
    app::Shared,
    failure::Failure,
    store::{catalogue::Editor, events::not_found},
    take::{Fields, Id, IfMatch},
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(create)).routes(routes!(read, update, remove))
}

/// Adds an event.
#[utoipa::path(
    post,
    path = "/api/admin/events",
    tag = "catalogue",
    operation_id = "create_event",
    request_body = NewEvent,
    responses(
        (status = 201, description = "It is there", body = ManagedEvent),
        (status = 409, description = "`NAME_TAKEN`: there is one of that name")
    )
)]
async fn create(
    State(app): State<Shared>,
    editor: Editor,
    Fields(fields): Fields,
) -> Outcome<ManagedEvent> {
    let (edit, warnings) = change::creation(&fields)?;
    let raw = app.store.create_event(&editor, edit).await?;
    Ok(Answer::created(ManagedEvent::of(&raw)).warn(warnings))
}

/// One event.
#[utoipa::path(
    get,
    path = "/api/admin/events/{id}",
    tag = "catalogue",
    operation_id = "read_event",
    params(("id" = String, Path, description = "`_id`", example = "65a1f0c2e4b0a1b2c3d4e5f6")),
    responses(
        (status = 200, description = "The event, with marks where its document is odd", body = ManagedEvent),
        (status = 404, description = "`EVENT_NOT_FOUND`")
    )
)]
async fn read(State(app): State<Shared>, Id(id): Id) -> Outcome<ManagedEvent> {
    let raw = app.store.event(parsed(&id)?).await?;
    Ok(Answer::ok(ManagedEvent::of(&raw)))
}

/// Changes the fields that are sent.
///
/// A new price moves no quote: each has the price of when the event was chosen. `If-Match` or the field
/// `revision` names the revision that was seen; when another stands by now, nothing changes.
#[utoipa::path(
    put,
    path = "/api/admin/events/{id}",
    tag = "catalogue",
    operation_id = "update_event",
    params(
        ("id" = String, Path, description = "`_id`", example = "65a1f0c2e4b0a1b2c3d4e5f6"),
        ("If-Match" = Option<String>, Header, description = "The revision that was seen, in quotation marks")
    ),
    request_body = EventChange,
    responses(
        (status = 200, description = "As it is now", body = ManagedEvent),
        (status = 404, description = "`EVENT_NOT_FOUND`"),
        (status = 409, description = "`VERSION_CONFLICT`: changed meanwhile. `NAME_TAKEN`: there is one of that name")
    )
)]
async fn update(
    State(app): State<Shared>,
    editor: Editor,
    Id(id): Id,
    IfMatch(header): IfMatch,
    Fields(fields): Fields,
) -> Outcome<ManagedEvent> {
    let id = parsed(&id)?;
    let (edit, seen, warnings) = change::edit(&fields)?;
    let raw = app.store.edit_event(&editor, (id, header.or(seen)), edit).await?;
    Ok(Answer::ok(ManagedEvent::of(&raw)).warn(warnings))
}

/// Removes an event that is on no quote.
///
/// One that is on a quote, also a deleted one, is deactivated instead.
#[utoipa::path(
    delete,
    path = "/api/admin/events/{id}",
    tag = "catalogue",
    operation_id = "delete_event",
    params(("id" = String, Path, description = "`_id`", example = "65a1f0c2e4b0a1b2c3d4e5f6")),
    responses(
        (status = 200, description = "It is gone", body = Removed),
        (status = 404, description = "`EVENT_NOT_FOUND`"),
        (status = 409, description = "`EVENT_IN_USE`: quotes have it; the message says how many")
    )
)]
async fn remove(State(app): State<Shared>, editor: Editor, Id(id): Id) -> Outcome<Removed> {
    let id = parsed(&id)?;
    app.store.delete_event(&editor, id).await?;
    Ok(Answer::ok(Removed { id: id.to_hex() }))
}

fn parsed(id: &str) -> Result<ObjectId, Failure> {
    ObjectId::parse_str(id).map_err(|_| not_found())
}
