//! Whether the server lives, and what people are told of maintenance: for everybody, without sign-in.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    answer::{Answer, Outcome},
    app::Shared,
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(status))
}

/// The process lives. Green also in maintenance, and while the database is away.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, description = "It lives", content_type = "text/plain", body = String)))]
async fn healthz() -> &'static str {
    "ok\n"
}

/// What people are told.
#[derive(Debug, Serialize, ToSchema)]
struct Status {
    /// Whether quotes can be read only.
    maintenance: bool,
}

/// State of maintenance.
#[utoipa::path(get, path = "/api/status", tag = "operation", responses((status = 200, description = "The state", body = Status)))]
async fn status(State(app): State<Shared>) -> Outcome<Status> {
    Ok(Answer::ok(Status { maintenance: app.maintenance.now().on }))
}
