//! Mails about a quote, and what to say when the latest one is not with the customer.

use bson::{Bson, Document};
use jiff::Timestamp;

use super::records::moment;
use crate::pages::words::Time;

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
    is_quote: bool,
}

/// What to say of a quote whose latest mail is not with the customer: a mark, and a sentence.
pub(super) struct Undelivered {
    pub(super) class: &'static str,
    pub(super) mark: &'static str,
    pub(super) next: &'static str,
}

/// None when the latest one arrived, as far as its server says, or there is none.
pub(super) fn undelivered(mails: &[Mail], has_server: bool) -> Option<Undelivered> {
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

impl Mail {
    pub(super) fn of(mail: &Document) -> Self {
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
