//! A notice as a message: plain text, and HTML of the same words.

use std::time::{Duration, UNIX_EPOCH};

use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use minijinja::value::Serde;
use minijinja::{Environment, Value, context};

use crate::failure::{Attempt, Result};
use crate::notices::blocks::blocks;
use crate::notices::{Notice, identity};

const HTML: &str = include_str!("message.html");
/// Below every message, in both parts.
const FOOTER: &str = "This message was sent automatically.";

/// The message for one recipient.
///
/// # Errors
/// When an address is none.
pub(in crate::notices) fn message(
    notice: &Notice,
    database: &str,
    (from, to): (&Mailbox, &Mailbox),
) -> Result<Message> {
    let making = || format!("make the message of {} for {}", notice.id, to.email);
    let domain = from.email.domain();
    let id = identity::message_id(notice, database, (to.email.as_ref(), domain));
    let millis = u64::try_from(notice.created_at.timestamp_millis()).unwrap_or_default();
    // Values below come from constants and a domain that was parsed; lettre encodes everything else,
    // and breaks no line where a person's text says so.
    let mut builder = Message::builder()
        .from(from.clone())
        .to(to.clone())
        .subject(&notice.subject)
        .date(UNIX_EPOCH + Duration::from_millis(millis))
        .message_id(Some(id));
    for (name, value) in [
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", "All".to_owned()),
        ("List-Id", format!("Maintenance notices <maintenance-notices.{domain}>")),
    ] {
        let name = HeaderName::new_from_ascii(name.to_owned()).attempt(making)?;
        builder = builder.raw_header(HeaderValue::new(name, value));
    }
    let parts = MultiPart::alternative_plain_html(plain(notice), html(notice)?);
    builder.multipart(parts).attempt(making)
}

/// The text alone.
pub(in crate::notices) fn plain(notice: &Notice) -> String {
    format!("{}\n\n{}\n\n-- \n{FOOTER}\n", notice.subject, notice.text)
}

/// The same words as HTML; the engine escapes everything that is put in.
pub(in crate::notices) fn html(notice: &Notice) -> Result<String> {
    let making = || format!("make the HTML of notice {}", notice.id);
    let mut engine = Environment::new();
    engine.add_template("message.html", HTML).attempt(making)?;
    let template = engine.get_template("message.html").attempt(making)?;
    template
        .render(context! {
            subject => notice.subject.as_str(),
            moment => notice.moment.word(),
            blocks => Value::from(Serde(blocks(&notice.text))),
            footer => FOOTER,
        })
        .attempt(making)
}
