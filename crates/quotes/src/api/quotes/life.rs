//! Steps of a quote's life: accepted, booked, and a new version of what is either.

use axum::extract::State;
use quotes_core::life::Step;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::seen::seen;
use crate::{
    app::Shared,
    failure::{Detail, Failure},
    store::author::Author,
    take::{Fields, Id, IfMatch, Key},
    view::QuoteView,
    writing::{self, Act, Deed, Ready},
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(set_status)).routes(routes!(start_version))
}

/// What became of a quote.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents the field that `step` takes")]
struct NewStatus {
    /// `accepted` or `booked`: all other states come by themselves.
    #[schema(pattern = "^(accepted|booked)$", example = "accepted")]
    status: String,
    /// The state that was seen, as `If-Match`.
    #[schema(min_length = 1, max_length = 64)]
    revision: Option<String>,
    #[schema(minimum = 1)]
    version: Option<u32>,
}

/// Say that a quote was accepted or booked.
///
/// Only what the customer has seen as it stands can be accepted, and only what was accepted booked.
/// From then on it is locked. Saying it again changes nothing.
#[utoipa::path(
    put,
    path = "/api/admin/quotes/{id}/status",
    tag = "quotes",
    operation_id = "set_quote_status",
    params(
        ("id" = String, Path, description = "`_id`, or the reference"),
        ("If-Match" = Option<String>, Header, description = "The revision that was seen, in quotation marks")
    ),
    request_body = NewStatus,
    responses(
        (status = 200, description = "As it is now", body = QuoteView, headers(("ETag" = String, description = "The revision, in quotation marks"))),
        (status = 404, description = "`QUOTE_NOT_FOUND`"),
        (status = 409, description = "`QUOTE_NOT_SENT`, `QUOTE_NOT_ACCEPTED`, `QUOTE_LOCKED`: it can't go there from where it is. `VERSION_CONFLICT`, `QUOTE_DELETED`"),
        (status = 422, description = "`VALIDATION_ERROR`. `REFUSED_BY_DATABASE`: the database's own rules do not know this status; migration 011 teaches them")
    )
)]
async fn set_status(
    State(app): State<Shared>,
    author: Author,
    Id(id): Id,
    if_match: IfMatch,
    Fields(mut fields): Fields,
) -> Result<Ready, Failure> {
    let seen = seen(if_match, &mut fields)?;
    let deed = Deed::Step(step(&fields)?);
    let act = Act { app: app.clone(), author, id, seen, deed, once: None };
    writing::write(&app, None, act.run()).await
}

fn step(fields: &Map<String, Value>) -> Result<Step, Failure> {
    let code = match fields.get("status").and_then(Value::as_str) {
        Some("accepted") => return Ok(Step::Accept),
        Some("booked") => return Ok(Step::Book),
        Some(_) => "unknown",
        None => "required",
    };
    let detail = Detail {
        field: "status".to_owned(),
        code: code.to_owned(),
        message: "Say accepted or booked: a quote is sent by sending it, and edited by editing it."
            .to_owned(),
    };
    Err(Failure::invalid("VALIDATION_ERROR", vec![detail]))
}

/// What a new version is meant for.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents the fields that `seen` takes")]
struct NewVersion {
    /// The state that was seen, as `If-Match`.
    #[schema(min_length = 1, max_length = 64)]
    revision: Option<String>,
    #[schema(minimum = 1)]
    version: Option<u32>,
}

/// Start a new version of a quote that was accepted or booked.
///
/// It can be edited and sent again. The version that was accepted is kept.
#[utoipa::path(
    post,
    path = "/api/admin/quotes/{id}/versions",
    tag = "quotes",
    operation_id = "start_quote_version",
    params(
        ("id" = String, Path, description = "`_id`, or the reference"),
        ("If-Match" = Option<String>, Header, description = "The revision that was seen, in quotation marks"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, description = "Chosen by the client, for this request and its repetitions within a day")
    ),
    request_body = NewVersion,
    responses(
        (status = 200, description = "As it is now", body = QuoteView, headers(("ETag" = String, description = "The revision, in quotation marks"))),
        (status = 404, description = "`QUOTE_NOT_FOUND`"),
        (status = 409, description = "`QUOTE_NOT_LOCKED`: it can be edited as it is. `VERSION_CONFLICT`, `QUOTE_DELETED`, `IDEMPOTENCY_KEY_TAKEN`"),
        (status = 422, description = "`VALIDATION_ERROR`, `IDEMPOTENCY_KEY_REUSED`, `REFUSED_BY_DATABASE`")
    )
)]
async fn start_version(
    State(app): State<Shared>,
    author: Author,
    Id(id): Id,
    (if_match, key): (IfMatch, Key),
    Fields(mut fields): Fields,
) -> Result<Ready, Failure> {
    let route = format!("POST /api/admin/quotes/{id}/versions");
    let once = key.once(&author, &route, &fields)?;
    let seen = seen(if_match, &mut fields)?;
    let deed = Deed::Step(Step::StartVersion);
    let act = Act { app: app.clone(), author, id, seen, deed, once: once.clone() };
    writing::write(&app, once, act.run()).await
}
