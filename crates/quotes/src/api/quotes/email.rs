//! The e-mail of a quote: tried out, sent.

use axum::extract::State;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::seen::seen;
use crate::{
    app::Shared,
    failure::Failure,
    store::{author::Author, outbox::Purpose},
    take::{Fields, Form, Id, IfMatch, Key, Refused, Sent, line},
    writing::{self, Queued, Ready, Sending},
};

/// As long as an address can be, by RFC 5321.
const ADDRESS_LENGTH_MAX: usize = 254;
const MESSAGE_LENGTH_MAX: usize = 2_000;

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(send)).routes(routes!(send_test))
}

/// To whom a quote goes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents the fields that `send` takes")]
struct Letter {
    /// An address; else the agent's of the enquiry.
    #[schema(max_length = 254, example = "agent@agency.example")]
    to: Option<String>,
    /// What stands at the top, in the author's own words.
    #[schema(max_length = 2_000)]
    message: Option<String>,
    /// The state that was seen, as `If-Match`.
    #[schema(min_length = 1, max_length = 64)]
    revision: Option<String>,
    #[schema(minimum = 1)]
    version: Option<u32>,
}

/// Send a quote by e-mail.
///
/// The mail is put into the outbox, and the quote is *sent* from then on; this version of it is kept.
/// Answers go to whoever sends it. With an `Idempotency-Key` a repetition sends nothing again.
#[utoipa::path(
    post,
    path = "/api/admin/quotes/{id}/send-email",
    tag = "quotes",
    operation_id = "send_quote",
    params(
        ("id" = String, Path, description = "`_id`, or the reference"),
        ("If-Match" = Option<String>, Header, description = "The revision that was seen, in quotation marks"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, description = "Chosen by the client, for this request and its repetitions within a day")
    ),
    request_body = Letter,
    responses(
        (status = 202, description = "On its way", body = Queued),
        (status = 404, description = "`QUOTE_NOT_FOUND`"),
        (status = 409, description = "`QUOTE_LOCKED`: it was accepted or booked. `VERSION_CONFLICT`, `QUOTE_DELETED`, `IDEMPOTENCY_KEY_TAKEN`"),
        (status = 422, description = "`VALIDATION_ERROR`: also when there is nobody to send it to. `IDEMPOTENCY_KEY_REUSED`, `REFUSED_BY_DATABASE`")
    )
)]
async fn send(
    State(app): State<Shared>,
    author: Author,
    Id(id): Id,
    (if_match, key): (IfMatch, Key),
    Fields(mut fields): Fields,
) -> Result<Ready, Failure> {
    let route = format!("POST /api/admin/quotes/{id}/send-email");
    let once = key.once(&author, &route, &fields)?;
    let seen = seen(if_match, &mut fields)?;
    let (to, message) = addressed(&fields)?;
    let sending = Sending {
        app: app.clone(),
        author,
        id,
        seen,
        purpose: Purpose::Quote,
        to,
        message,
        once: once.clone(),
    };
    writing::write(&app, once, sending.run()).await
}

/// What stands in a test.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents the field that `send_test` takes")]
struct TestLetter {
    /// What stands at the top, in the author's own words.
    #[schema(max_length = 2_000)]
    message: Option<String>,
}

/// Send the e-mail of a quote to oneself.
///
/// As it would be sent. Nothing of the quote changes.
#[utoipa::path(
    post,
    path = "/api/admin/quotes/{id}/send-test",
    tag = "quotes",
    operation_id = "send_test_of_quote",
    params(("id" = String, Path, description = "`_id`, or the reference")),
    request_body = TestLetter,
    responses(
        (status = 202, description = "On its way", body = Queued),
        (status = 404, description = "`QUOTE_NOT_FOUND`"),
        (status = 409, description = "`QUOTE_LOCKED`, `QUOTE_DELETED`"),
        (status = 422, description = "`VALIDATION_ERROR`")
    )
)]
async fn send_test(
    State(app): State<Shared>,
    author: Author,
    Id(id): Id,
    Fields(mut fields): Fields,
) -> Result<Ready, Failure> {
    let seen = seen(IfMatch(None), &mut fields)?;
    let (_, message) = addressed(&fields)?;
    let sending = Sending {
        app: app.clone(),
        author,
        id,
        seen,
        purpose: Purpose::Test,
        to: None,
        message,
        once: None,
    };
    writing::write(&app, None, sending.run()).await
}

pub(crate) fn addressed(
    fields: &Map<String, Value>,
) -> Result<(Option<String>, Option<String>), Failure> {
    let mut form = Form::of(fields);
    let to = form.take("to", address);
    let message = form.text("message", 0..=MESSAGE_LENGTH_MAX);
    form.finish()?;
    let said = |sent: Sent<String>| sent.value().filter(|text| !text.is_empty());
    Ok((said(to), said(message)))
}

/// One address, without a name.
fn address(value: &Value) -> Result<String, Refused> {
    let address = line("to", value, &(0..=ADDRESS_LENGTH_MAX))?;
    let is_address = address.is_empty() || address.parse::<lettre::Address>().is_ok();
    let not = || ("not_an_address", "Enter one e-mail address.".to_owned());
    is_address.then_some(address).ok_or_else(not)
}
