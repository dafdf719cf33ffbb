//! A signed request to another program. At least once: its receiver drops a repetition by its id.

use std::io;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use post::{Kind, Trouble};
use serde_json::json;
use sha2::Sha256;
use ureq::Agent;

use super::Notice;
use super::means::Webhook;

/// Name of the header with time and signature.
const SIGNATURE: &str = "X-Causeway-Signature";
/// Name of the header with the delivery's id.
const DELIVERY: &str = "X-Causeway-Delivery";
const ANSWER_SECONDS_MAX: u64 = 15;
/// So much of an answer is kept.
const ANSWER_BYTES_MAX: u64 = 2_000;
const ANSWER_CHARACTERS_MAX: usize = 200;

/// What the receiver gets, as text: that very text is signed.
pub(super) fn body(notice: &Notice, database: &str, delivery: &str) -> String {
    let window = &notice.window;
    let local = |at: Timestamp| window.local(at).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    json!({
        "id": delivery,
        "notice": notice.id,
        "maintenance": notice.maintenance,
        "moment": notice.moment,
        "subject": notice.subject,
        "text": notice.text,
        "window": {
            "start": local(window.start()),
            "until": local(window.until()),
            "minutes": window.minutes,
            "zone": window.zone,
        },
        "database": database,
        "run": notice.run,
        "created_at": notice.created_at.try_to_rfc3339_string().ok(),
    })
    .to_string()
}

/// `t=1764122400,v1=…`: the HMAC-SHA256 of `TIME.BODY` under the secret, in hexadecimal.
pub(super) fn signature(secret: &str, seconds: i64, body: &str) -> String {
    let signed = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .map(|mac| mac.chain_update(format!("{seconds}.{body}")).finalize().into_bytes())
        .expect("a key of any length will do");
    let hex: String = signed.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

/// One attempt. The client blocks, so it has a thread of its own.
pub(super) async fn post(webhook: &Webhook, delivery: &str, body: &str) -> Result<String, Trouble> {
    let (webhook, delivery, body) = (webhook.clone(), delivery.to_owned(), body.to_owned());
    let posting = move || post_blocking(&webhook, &delivery, &body);
    tokio::task::spawn_blocking(posting)
        .await
        .unwrap_or_else(|_| Err(Trouble::new(Kind::Permanent, "the request could not be made")))
}

fn post_blocking(webhook: &Webhook, delivery: &str, body: &str) -> Result<String, Trouble> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(ANSWER_SECONDS_MAX)))
        // A redirection would carry the text to an address that nobody wrote down.
        .max_redirects(0)
        .http_status_as_error(false)
        .user_agent(concat!("causeway/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let signature = signature(&webhook.secret, Timestamp::now().as_second(), body);
    let sent = agent
        .post(&webhook.url)
        .header("Content-Type", "application/json")
        .header(SIGNATURE, signature)
        .header(DELIVERY, delivery)
        .send(body);
    let mut response = sent.map_err(|error| trouble(&error))?;
    let status = response.status();
    let text = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string();
    let words = words(status.as_u16(), &text.unwrap_or_default());
    match status.as_u16() {
        200..300 => Ok(words),
        408 | 425 | 429 | 500..600 => Err(Trouble::new(Kind::Transient, words)),
        _ => Err(Trouble::new(Kind::Permanent, words)),
    }
}

/// `500: out of order`.
fn words(status: u16, text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line: String =
        line.chars().filter(|c| !c.is_control()).take(ANSWER_CHARACTERS_MAX).collect();
    if line.is_empty() { status.to_string() } else { format!("{status}: {line}") }
}

/// The client's errors quote the address, which may hold a secret: they are said in other words.
fn trouble(error: &ureq::Error) -> Trouble {
    use ureq::Error;
    match error {
        Error::Io(error) => {
            let away = matches!(
                error.kind(),
                io::ErrorKind::ConnectionRefused
                    | io::ErrorKind::HostUnreachable
                    | io::ErrorKind::NetworkUnreachable
            );
            Trouble::new(if away { Kind::Away } else { Kind::Transient }, error.to_string())
        }
        Error::Timeout(_) => {
            Trouble::new(Kind::Transient, format!("no answer within {ANSWER_SECONDS_MAX} s"))
        }
        Error::HostNotFound => Trouble::new(Kind::Transient, "there is no host of this name"),
        Error::ConnectionFailed => Trouble::new(Kind::Away, "no connection"),
        Error::Tls(words) => Trouble::new(Kind::Permanent, format!("TLS: {words}")),
        Error::Rustls(error) => Trouble::new(Kind::Permanent, format!("TLS: {error}")),
        Error::Protocol(_) => Trouble::new(Kind::Transient, "the answer is not HTTP"),
        _ => Trouble::new(Kind::Permanent, "the request could not be made"),
    }
}

#[cfg(test)]
mod tests {
    use super::signature;

    /// By `printf '1764122400.{}' | openssl dgst -sha256 -hmac s3cr3t`.
    #[test]
    fn the_signature_is_one_that_openssl_makes() {
        let expected = "b3d52e6c2c06de4ffc39ee63977bfd99ef907b30e9eba9821fad6e0b99972929";
        assert_eq!(signature("s3cr3t", 1_764_122_400, "{}"), format!("t=1764122400,v1={expected}"));
    }
}
