//! Sending a quote: its mail into the outbox, the version kept, the quote marked, all together.

use std::sync::Arc;

use axum::http::StatusCode;
use bson::{DateTime, doc, oid::ObjectId};
use futures_util::FutureExt as _;
use jiff::Timestamp;
use mongodb::ClientSession;
use quotes_core::{
    life::{self, Step},
    quote::{Email, Quote, revision},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Present, Ready, Seen,
    change::change,
    gate,
    letter::{Words, letter, sent_before},
    refused, seen,
};
use crate::{
    answer::Answer,
    app::Shared,
    failure::{Detail, Failure},
    store::{
        audit::{Action, Entry},
        author::Author,
        idempotency::Once,
        outbox::{self, Purpose},
        versions,
    },
};

/// Who sends which quote to whom.
pub struct Sending {
    /// The application.
    pub app: Shared,
    /// Who.
    pub author: Author,
    /// The quote's id, as it stands in a URL.
    pub id: String,
    /// The state that it is meant for.
    pub seen: Seen,
    /// For the customer, or for the author's own eyes.
    pub purpose: Purpose,
    /// To which address; else to the agent's of the enquiry.
    pub to: Option<String>,
    /// What the author adds.
    pub message: Option<String>,
    /// Under which key, when there is one.
    pub once: Option<Once>,
}

/// What becomes of a mail.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Queued {
    /// `_id` of the mail in the outbox; null when it is suppressed.
    outbox_id: Option<String>,
    /// `queued`; `suppressed` for what a run of Causeway sends.
    #[schema(example = "queued")]
    state: &'static str,
    to: String,
    /// The version that is sent.
    version: u32,
    message_id: String,
    /// Of the quote as it is now.
    revision: String,
}

impl Sending {
    /// Sends it. Returns 202: the mail is on its way, and the quote says so.
    ///
    /// # Errors
    ///
    /// That it can't be sent, or to nobody, or that the database does not take it.
    pub async fn run(self) -> Result<Ready, Failure> {
        let app = self.app.clone();
        let sending = Arc::new(self);
        gate::transaction(&app, "send the quote", move |session| {
            let sending = sending.clone();
            async move { sending.once(session).await }.boxed()
        })
        .await
    }

    async fn once(&self, session: &mut ClientSession) -> Result<Ready, Failure> {
        let store = &self.app.store;
        let present = Present::read(store, session, (&self.author, &self.id)).await?;
        if present.quote.is_deleted() {
            return Err(refused::deleted());
        }
        if !self.seen.is(&present) {
            return Err(seen::conflict(&self.author, &present, None));
        }
        let mut words = self.words(&present.quote).await?;
        let to = self.recipient(&words)?;
        let mut after = present.quote.clone();
        let (status, version) =
            life::next(&after.status, after.version, Step::Send).map_err(refused::step)?;
        (after.status, after.version) = (status, version);
        words.previous = sent_before(store, &mut after).await?;
        let mail = self.mail(&mut after, &words, to);
        let present = match self.purpose {
            Purpose::Quote => self.mark(session, present, &after, &mail).await?,
            Purpose::Test => present,
        };
        let is_queued = self.author.principal.run().is_none();
        if is_queued {
            store.queue(session, &self.author, &mail).await?;
        }
        let ready = ready(&mail, &present, is_queued)?;
        if let Some(once) = &self.once {
            store.keep_answer(session, once, &ready.kept()).await?;
        }
        match self.purpose {
            Purpose::Quote => gate::stay_open(&self.app, &self.author).map(|()| ready),
            Purpose::Test => Ok(ready),
        }
    }

    /// The enquiry knows whom it came from.
    async fn words(&self, quote: &Quote) -> Result<Words, Failure> {
        let agent = match quote.enquiry {
            Some(enquiry) => self.app.store.agent_of(enquiry).await?,
            None => None,
        };
        Ok(Words { agent, previous: None, message: self.message.clone() })
    }

    fn recipient(&self, words: &Words) -> Result<String, Failure> {
        let author = self.author.principal.person().map(|person| person.email.clone());
        let agent = words.agent.as_ref().and_then(|agent| agent.email.clone());
        let to = match self.purpose {
            Purpose::Quote => self.to.clone().or(agent),
            // What a run tests goes to nobody.
            Purpose::Test => author.or(agent),
        };
        to.ok_or_else(|| {
            let detail = Detail {
                field: "to".to_owned(),
                code: "required".to_owned(),
                message: "The enquiry has no e-mail address; say to whom it goes.".to_owned(),
            };
            Failure::invalid("VALIDATION_ERROR", vec![detail])
        })
    }

    /// The mail, which the quote knows of from now on: it was handed over, and is `pending` until a mail
    /// server took it.
    fn mail(&self, after: &mut Quote, words: &Words, to: String) -> outbox::Mail {
        let rendered = letter(&self.app, &self.author.principal, after, words);
        let (id, at) = (ObjectId::new(), DateTime::now());
        let host = self.app.settings.public_url.host_str().unwrap_or("localhost");
        let message_id = format!("<{id}@{host}>");
        let now = Timestamp::from_millisecond(at.timestamp_millis()).unwrap_or_default();
        after.email = Email {
            sent: true,
            sent_at: Some(now),
            delivery: Some("pending".to_owned()),
            message_id: Some(message_id.clone()),
        };
        after.times.updated = Some(now);
        outbox::Mail {
            id,
            purpose: self.purpose,
            quote: after.id.as_bson().clone(),
            version: after.version,
            to,
            reply_to: self.author.principal.person().map(|person| person.email.clone()),
            message_id,
            subject: rendered.subject,
            html: rendered.html,
            text: rendered.text,
            at,
        }
    }

    /// The quote as sent, its version kept, and the log.
    async fn mark(
        &self,
        session: &mut ClientSession,
        present: Present,
        after: &Quote,
        mail: &outbox::Mail,
    ) -> Result<Present, Failure> {
        let store = &self.app.store;
        let from = present.quote.status.as_str().to_owned();
        let marked = change(store, session, present, after).await?;
        let sent = versions::Sent {
            quote: &mail.quote,
            version: mail.version,
            raw: &marked.raw,
            to: &mail.to,
            at: mail.at,
        };
        store.keep_version(session, &self.author, &sent).await?;
        let details = doc! {
            "from": from,
            "to": after.status.as_str(),
            "version": i64::from(mail.version),
            "outboxId": mail.id,
        };
        let entry = Entry { action: Action::Send, quote: mail.quote.clone(), at: mail.at, details };
        store.write_down(session, &self.author, &entry).await?;
        Ok(marked)
    }
}

fn ready(mail: &outbox::Mail, present: &Present, is_queued: bool) -> Result<Ready, Failure> {
    let revision = revision(&present.raw);
    let mut answer = Answer::ok(Queued {
        outbox_id: is_queued.then(|| mail.id.to_hex()),
        state: if is_queued { "queued" } else { "suppressed" },
        to: mail.to.clone(),
        version: mail.version,
        message_id: mail.message_id.clone(),
        revision: revision.clone(),
    });
    answer.status = StatusCode::ACCEPTED;
    Ok(Ready::of(&answer)?.showing(revision))
}
