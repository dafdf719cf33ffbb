//! For machines: whether the process lives, and whether requests should be sent to it.

use axum::{
    extract::State,
    http::{HeaderName, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    answer::Answer,
    app::Shared,
    failure::{Detail, Failure},
    observe,
    settings::Pending,
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(healthz)).routes(routes!(readyz)).routes(routes!(metrics))
}

/// The process lives. Green also in maintenance, and while the database is away.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, description = "It lives", content_type = "text/plain", body = String)))]
async fn healthz() -> &'static str {
    "ok\n"
}

/// That requests can be sent here.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Ready {
    /// Always true: when it is not, the answer is 503.
    ready: bool,
    /// Migrations that the database lacks, when the server was told to serve without them.
    pending: Vec<String>,
    /// Whether this server sends mail; without a mail server mail is only queued.
    sends_mail: bool,
}

/// Whether requests should be sent here: the database answered within the last seconds and has what is
/// needed. Asks nobody, so it never hangs.
#[utoipa::path(get, path = "/readyz", tag = "operation", responses(
    (status = 200, description = "It is ready", body = Ready),
    (status = 503, description = "It is not: each detail says what is missing"),
))]
async fn readyz(State(app): State<Shared>) -> Response {
    let mut lacking: Vec<Detail> = Vec::new();
    if !app.maintenance.is_fresh() {
        lacking.push(detail("database", "unreachable", "the database does not answer".to_owned()));
    }
    let mut pending = Vec::new();
    for missing in app.needs.missing().iter() {
        match app.settings.pending {
            Pending::Allowed => pending.push(missing.version.to_string()),
            Pending::Refused => lacking.push(detail("migrations", "missing", missing.sentence())),
        }
    }
    if lacking.is_empty() {
        let sends_mail = app.settings.mailing.is_some();
        return Answer::ok(Ready { ready: true, pending, sends_mail }).into_response();
    }
    let said: Vec<&str> = lacking.iter().map(|detail| detail.message.as_str()).collect();
    let message = format!("not ready: {}", said.join("; "));
    let mut failure = Failure::new(StatusCode::SERVICE_UNAVAILABLE, "NOT_READY", message);
    failure.details = lacking;
    failure.into_response()
}

fn detail(field: &str, code: &str, message: String) -> Detail {
    Detail { field: field.to_owned(), code: code.to_owned(), message }
}

/// What was counted, in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "operation", responses((status = 200, description = "Counters, gauges, histograms", content_type = "text/plain", body = String)))]
async fn metrics() -> ([(HeaderName, &'static str); 1], String) {
    ([(CONTENT_TYPE, observe::CONTENT_TYPE)], observe::render())
}
