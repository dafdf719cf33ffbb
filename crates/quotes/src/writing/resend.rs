//! Sending a mail once more that did not arrive, or perhaps not: a person decides, and it is written down.

use std::sync::Arc;

use axum::http::StatusCode;
use bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use futures_util::FutureExt as _;
use mongodb::ClientSession;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Present, Ready, gate, refused};
use crate::{
    answer::Answer,
    app::Shared,
    failure::Failure,
    store::{
        audit::{Action, Entry},
        author::Author,
        outbox::Delivery,
    },
};

/// Who sends which mail once more.
pub struct Resending {
    /// The application.
    pub app: Shared,
    /// Who.
    pub author: Author,
    /// The quote's id, as it stands in a URL.
    pub id: String,
    /// The mail's.
    pub mail: String,
}

/// What becomes of a mail that goes once more.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Requeued {
    /// `_id` of the mail.
    outbox_id: String,
    /// Always `queued`.
    #[schema(example = "queued")]
    state: &'static str,
    /// The same as before, so that a mail server can tell a repetition.
    message_id: Option<String>,
}

impl Resending {
    /// Queues it. Returns 202: it is on its way.
    ///
    /// # Errors
    ///
    /// That there is no such mail, that it did not fail, or that the database does not take it.
    pub async fn run(self) -> Result<Ready, Failure> {
        let app = self.app.clone();
        let resending = Arc::new(self);
        gate::transaction(&app, "send the mail again", move |session| {
            let resending = resending.clone();
            async move { resending.once(session).await }.boxed()
        })
        .await
    }

    async fn once(&self, session: &mut ClientSession) -> Result<Ready, Failure> {
        let store = &self.app.store;
        let present = Present::read(store, session, (&self.author, &self.id)).await?;
        if present.quote.is_deleted() {
            return Err(refused::deleted());
        }
        let quote = present.quote.id.as_bson();
        let id = ObjectId::parse_str(&self.mail).map_err(|_malformed| no_such_mail())?;
        let mail = store.mail_about(session, (quote, id)).await?.ok_or_else(no_such_mail)?;
        if !store.queue_again(session, id).await? {
            return Err(not_failed(&mail));
        }
        store.mark_delivery(session, &mail, Delivery::Pending).await?;
        let value = |key: &str| mail.get(key).cloned().unwrap_or(Bson::Null);
        let details = doc! {
            "outboxId": id,
            "version": value("version"),
            "from": value("state"),
            "attempts": value("attempts"),
        };
        let action = Action::Resend;
        let entry = Entry { action, quote: quote.clone(), at: DateTime::now(), details };
        store.write_down(session, &self.author, &entry).await?;
        let mut answer = Answer::ok(Requeued {
            outbox_id: id.to_hex(),
            state: "queued",
            message_id: mail.get_str("messageId").ok().map(str::to_owned),
        });
        answer.status = StatusCode::ACCEPTED;
        let ready = Ready::of(&answer)?;
        gate::stay_open(&self.app, &self.author).map(|()| ready)
    }
}

/// There is no such mail.
pub(crate) fn no_such_mail() -> Failure {
    Failure::not_found("MAIL_NOT_FOUND", "there is no mail of this id about this quote")
}

fn not_failed(mail: &Document) -> Failure {
    let message = match mail.get_str("state") {
        Ok("sent") => "this mail was sent; send the quote once more for another one",
        _ => "this mail is on its way",
    };
    Failure::conflict("MAIL_NOT_FAILED", message)
}
