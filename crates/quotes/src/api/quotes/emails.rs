//! `GET /api/admin/quotes/{id}/emails`: the mails about a quote, and what became of them.

use axum::extract::State;
use bson::{Bson, Document};
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
    api::shown::{Moment, ShownId, moment},
    app::Shared,
    take::Id,
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(emails))
}

/// A mail about a quote.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MailRow {
    #[serde(rename = "_id")]
    #[schema(value_type = Option<String>)]
    id: Option<ShownId>,
    /// `quote`, or `test` when its author wanted to see it.
    purpose: Option<String>,
    version: Option<i32>,
    to: Option<String>,
    reply_to: Option<String>,
    subject: Option<String>,
    message_id: Option<String>,
    /// `queued`; `sending` and `handed_over` for moments; `sent`; `failed`; `unclear` when it may have
    /// arrived and nobody knows.
    #[schema(example = "queued")]
    state: Option<String>,
    attempts: Option<i32>,
    /// When it is tried next.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<Moment>,
    /// What the mail server said last.
    server_said: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    created_at: Option<Moment>,
    user: Option<Who>,
}

impl MailRow {
    fn of(mail: &Document, people: &People) -> Self {
        let text = |key: &str| mail.get_str(key).ok().map(str::to_owned);
        let at = |key: &str| moment(mail.get(key));
        let count = |key: &str| mail.get(key).and_then(Bson::as_i32);
        let state = text("state");
        let is_queued = state.as_deref() == Some("queued");
        Self {
            id: mail.get_object_id("_id").ok().map(ShownId),
            purpose: text("purpose"),
            version: count("version"),
            to: text("to"),
            reply_to: text("replyTo"),
            subject: text("subject"),
            message_id: text("messageId"),
            state,
            attempts: count("attempts"),
            next_attempt_at: at("nextAttemptAt").filter(|_| is_queued),
            server_said: text("serverSaid"),
            sent_at: at("sentAt"),
            created_at: at("createdAt"),
            user: people.who(mail.get_object_id("createdBy").ok()),
        }
    }
}

/// Read which mails about a quote there are, the newest first: at most 500.
#[utoipa::path(
    get,
    path = "/api/admin/quotes/{id}/emails",
    tag = "quotes",
    operation_id = "list_quote_emails",
    params(("id" = String, Path, description = "`_id`, or the reference")),
    responses(
        (status = 200, description = "The mails, without their contents", body = Vec<MailRow>),
        (status = 404, description = "`QUOTE_NOT_FOUND`")
    )
)]
async fn emails(
    State(app): State<Shared>,
    principal: Principal,
    Id(id): Id,
) -> Outcome<Vec<MailRow>> {
    let present = seen_by(&app, &principal, &id).await?;
    let mails = app.store.mails_of(present.quote.id.as_bson()).await?;
    let people = mails.iter().filter_map(|mail| mail.get_object_id("createdBy").ok());
    let people = People::of(&app, people).await?;
    Ok(Answer::ok(mails.iter().map(|mail| MailRow::of(mail, &people)).collect()))
}
