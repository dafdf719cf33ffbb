//! `GET /api/admin/quotes/{id}/audit`: who did what to a quote.

use axum::extract::State;
use bson::{Bson, Document};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    seen_by::seen_by,
    who::{People, Who},
};
use crate::{
    access::Principal,
    answer::{Answer, Outcome},
    api::shown::{ShownId, moment, plain},
    app::Shared,
    take::Id,
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(audit))
}

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditEntry {
    #[serde(rename = "_id")]
    #[schema(value_type = Option<String>)]
    id: Option<ShownId>,
    #[schema(example = "quote.update")]
    action: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    timestamp: Option<crate::api::shown::Moment>,
    /// Null when the entry does not say it.
    user: Option<Who>,
    /// The run of Causeway whose smoke checks did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    causeway_run: Option<String>,
    /// Which fields changed, which events were added and removed, how the total moved.
    #[schema(value_type = Option<Object>)]
    details: Option<Value>,
}

impl AuditEntry {
    pub(super) fn of(entry: &Document, people: &People) -> Self {
        let text = |key: &str| entry.get_str(key).ok().map(str::to_owned);
        Self {
            id: entry.get_object_id("_id").ok().map(ShownId),
            action: text("action"),
            timestamp: moment(entry.get("timestamp")),
            user: people.who(entry.get_object_id("userId").ok()),
            causeway_run: text("causewayRun"),
            details: entry.get_document("details").ok().map(|it| plain(&Bson::from(it.clone()))),
        }
    }
}

/// Read what was done to a quote, the newest first: at most 500 entries.
#[utoipa::path(
    get,
    path = "/api/admin/quotes/{id}/audit",
    tag = "quotes",
    operation_id = "read_quote_audit",
    params(("id" = String, Path, description = "`_id`, or the reference")),
    responses(
        (status = 200, description = "The entries", body = Vec<AuditEntry>),
        (status = 404, description = "`QUOTE_NOT_FOUND`")
    )
)]
async fn audit(
    State(app): State<Shared>,
    principal: Principal,
    Id(id): Id,
) -> Outcome<Vec<AuditEntry>> {
    let present = seen_by(&app, &principal, &id).await?;
    let entries = app.store.audit_of(present.quote.id.as_bson()).await?;
    let people = entries.iter().filter_map(|entry| entry.get_object_id("userId").ok());
    let people = People::of(&app, people).await?;
    Ok(Answer::ok(entries.iter().map(|entry| AuditEntry::of(entry, &people)).collect()))
}
