//! Mails about a quote, and what to say when the latest one is not with the customer.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use bson::{Bson, Document};
use jiff::Timestamp;
use quotes_core::{life::Status, quote::Quote};

use super::{super::came::Came, next, records::moment};
use crate::{
    api::seen_by,
    app::Shared,
    failure::Failure,
    pages::{
        shell::{Reader, page},
        words::{State as Word, Time, address_of},
    },
    take::{Id, Query},
    writing::Present,
};

/// A mail about the quote.
pub(super) struct Mail {
    pub(super) id: String,
    /// It did not arrive, or may not have.
    pub(super) can_go_again: bool,
    pub(super) state: String,
    pub(super) meaning: &'static str,
    pub(super) what: String,
    pub(super) to: String,
    pub(super) said: Option<String>,
    pub(super) attempts: i32,
    /// When it was sent or written, or is tried again; none when that is as soon as it can be.
    pub(super) when: Option<Time>,
    pub(super) is_waiting: bool,
    /// Not a test.
    pub(super) is_quote: bool,
}

/// What to say of a quote whose latest mail is not with the customer: a mark, and a sentence.
pub(super) struct Undelivered {
    pub(super) class: &'static str,
    pub(super) mark: &'static str,
    pub(super) next: &'static str,
}

/// None when the latest one arrived, as far as its server says, or there is none.
fn undelivered(mails: &[Mail], has_server: bool) -> Option<Undelivered> {
    let latest = mails.iter().find(|mail| mail.is_quote)?;
    let (class, mark, next) = match latest.state.as_str() {
        "sent" => return None,
        "failed" => (
            "danger",
            "its e-mail was not delivered",
            "Next: look below at what the mail server said, and send the e-mail again.",
        ),
        "unclear" => (
            "attention",
            "its e-mail may not have arrived",
            "Next: ask the customer, or send the e-mail again.",
        ),
        _ if !has_server => (
            "attention",
            "its e-mail waits for a mail server",
            "This server has no mail server: the e-mail goes out once one is set up (QUOTES_SMTP).",
        ),
        _ => ("info", "its e-mail is on its way", "The e-mail is on its way."),
    };
    Some(Undelivered { class, mark, next })
}

/// How far a quote has come on its way to the customer: what of its page moves by itself.
pub(super) struct Course {
    pub(super) status: Word,
    pub(super) version: u32,
    pub(super) changed: Option<Time>,
    /// What became of the e-mail, if it is not with the customer.
    pub(super) undelivered: Option<Undelivered>,
    pub(super) mails: Vec<Mail>,
    pub(super) has_mail_server: bool,
    pub(super) is_admin: bool,
    /// Of the quote's page.
    pub(super) address: String,
    /// What to do next, in a sentence.
    pub(super) next: &'static str,
    /// What was just sent, by class and words.
    pub(super) notice: Option<(&'static str, String)>,
    /// Where the script asks how far it is, while that can change by itself.
    pub(super) again: Option<String>,
}

/// The parts of the page, for the script.
#[derive(Template)]
#[template(path = "parts/quote-course.html")]
struct News {
    course: Course,
}

pub(super) async fn news(
    State(app): State<Shared>,
    reader: Reader,
    Id(id): Id,
    Query(came): Query<Came>,
) -> Result<Response, Failure> {
    let principal = reader.principal();
    let Present { quote, .. } = seen_by(&app, &principal, &id).await?;
    let mails = app.store.mails_of(quote.id.as_bson()).await?;
    let course = Course::of(&app, &quote, (&mails, principal.is_admin(), came.sent.is_some()));
    Ok(page(StatusCode::OK, &News { course }))
}

impl Course {
    pub(super) fn of(
        app: &Shared,
        quote: &Quote,
        (mails, is_admin, was_sent): (&[Document], bool, bool),
    ) -> Self {
        let mails: Vec<Mail> = mails.iter().map(Mail::of).collect();
        let has_mail_server = app.settings.mailing.is_some();
        let is_sent = quote.status == Status::Sent && !quote.is_deleted();
        let undelivered = is_sent.then(|| undelivered(&mails, has_mail_server)).flatten();
        let address = address_of(quote);
        let query = if was_sent { "?sent=yes" } else { "" };
        let moves = has_mail_server && mails.iter().any(Mail::is_on_its_way);
        let latest = mails.iter().find(|mail| mail.is_quote);
        Self {
            status: Word::of(&quote.status),
            version: quote.version,
            changed: quote.times.updated.or(quote.times.created).map(Time::ago),
            next: match &undelivered {
                Some(undelivered) if is_admin => undelivered.next,
                _ => next(quote, is_admin),
            },
            notice: latest.filter(|_| was_sent).map(|mail| mail.notice(has_mail_server)),
            again: moves.then(|| format!("{address}/mails{query}")),
            undelivered,
            mails,
            has_mail_server,
            is_admin,
            address,
        }
    }
}

impl Mail {
    /// Whether its state changes by itself soon.
    fn is_on_its_way(&self) -> bool {
        self.state == "sending" || self.is_waiting && self.when.is_none()
    }

    /// What is said of it right after it was sent.
    fn notice(&self, has_mail_server: bool) -> (&'static str, String) {
        let (what, to) = (&self.what, &self.to);
        match self.state.as_str() {
            "sent" => ("done", format!("{what} is sent: the mail server has it for {to}.")),
            "failed" => ("danger", format!("{what} was not delivered to {to}.")),
            "unclear" => ("attention", format!("{what} may not have arrived at {to}.")),
            _ if !has_mail_server => {
                ("attention", format!("{what} waits for a mail server, and then goes to {to}."))
            }
            _ => ("info", format!("{what} is on its way to {to}.")),
        }
    }

    fn of(mail: &Document) -> Self {
        let text = |key: &str| mail.get_str(key).unwrap_or_default().to_owned();
        let version = mail.get("version").and_then(Bson::as_i32).unwrap_or_default();
        let state = text("state");
        let what = match text("purpose").as_str() {
            "test" => format!("Test of version {version}"),
            _ => format!("Version {version}"),
        };
        let is_waiting = state == "queued";
        let when = match is_waiting {
            true => moment(mail, "nextAttemptAt").filter(|at| *at > Timestamp::now()),
            false => moment(mail, "sentAt").or_else(|| moment(mail, "createdAt")),
        };
        let meaning = match state.as_str() {
            "sent" => "done",
            "failed" => "danger",
            "unclear" => "attention",
            _ => "info",
        };
        Self {
            id: mail.get_object_id("_id").map(|it| it.to_hex()).unwrap_or_default(),
            can_go_again: ["failed", "unclear"].contains(&state.as_str()),
            meaning,
            what,
            to: text("to"),
            said: Some(text("serverSaid")).filter(|it| !it.is_empty()),
            attempts: mail.get("attempts").and_then(Bson::as_i32).unwrap_or_default(),
            when: when.map(if is_waiting { Time::ago } else { Time::full }),
            // Whoever reads it need not know how far a server is.
            state: if state == "handed_over" { "sending".to_owned() } else { state },
            is_waiting,
            is_quote: mail.get_str("purpose").is_ok_and(|it| it == "quote"),
        }
    }
}
