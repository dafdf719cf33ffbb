//! A mail of the outbox as a message.

use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use bson::Document;
use lettre::{
    Message,
    message::{Mailbox, MultiPart},
};

/// By RFC 5322, without the end of the line.
const LINE_LENGTH_MAX: usize = 998;

/// The message: text, and HTML of the same words. The same at every attempt, Message-ID and date
/// included, so that a repetition can be told from another mail.
///
/// # Errors
///
/// When what is stored can't be sent, to be read after "failed to".
pub(super) fn message(mail: &Document, from: &Mailbox) -> Result<Message> {
    let text = |key: &str| mail.get_str(key).with_context(|| format!("read its {key}"));
    let to: Mailbox = text("to")?.parse().context("read the recipient's address")?;
    let id = text("messageId")?;
    // The one header that is taken as it is.
    let is_id = id.len() <= LINE_LENGTH_MAX && id.bytes().all(|byte| byte.is_ascii_graphic());
    ensure!(is_id, "use its Message-ID, which is none");
    let at = mail.get_datetime("createdAt").context("read when it was asked for")?;
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    // lettre encodes what stands in headers, and breaks no line where a person's text says so.
    let mut builder = Message::builder()
        .from(from.clone())
        .to(to)
        .subject(text("subject")?)
        .date(UNIX_EPOCH + Duration::from_millis(millis))
        .message_id(Some(id.to_owned()));
    // An account of years ago may have any address: the mail goes out all the same.
    let reply_to = mail.get_str("replyTo").ok().and_then(|address| address.parse().ok());
    if let Some(reply_to) = reply_to {
        builder = builder.reply_to(reply_to);
    }
    let (plain, html) = (text("text")?.to_owned(), text("html")?.to_owned());
    builder.multipart(MultiPart::alternative_plain_html(plain, html)).context("put it together")
}

#[cfg(test)]
mod tests {
    use bson::{DateTime, doc};

    use super::message;

    #[test]
    fn nothing_that_is_stored_becomes_a_header_of_its_own() {
        let from = "The Agency <quotes@agency.example>".parse().unwrap();
        let mail = doc! {
            "to": "ann@example.com",
            "replyTo": "not an address\r\nBcc: eve@example.com",
            "messageId": "<1@agency.example>",
            "subject": "Hi\r\nBcc: eve@example.com\r\n\r\nbody",
            "text": "text",
            "html": "<p>text</p>",
            "createdAt": DateTime::from_millis(0),
        };
        let formatted = message(&mail, &from).unwrap().formatted();
        let text = String::from_utf8(formatted).unwrap();
        assert!(!text.lines().any(|line| line.starts_with("Bcc")), "{text}");
        assert!(text.contains("Date: Thu, 01 Jan 1970 00:00:00 +0000"), "{text}");
        for (key, value) in [
            ("messageId", "<1@agency.example>\r\nBcc: eve@example.com"),
            ("to", "ann@example.com, eve@example.com"),
            ("to", "ann@example.com\r\nBcc: eve@example.com"),
        ] {
            let mut odd = mail.clone();
            odd.insert(key, value);
            assert!(message(&odd, &from).is_err(), "{key} {value}");
        }
    }
}
