//! The e-mail of a quote, seen before it is sent.

use axum::{
    extract::State,
    http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE},
    response::{IntoResponse as _, Response},
};
use quotes_core::{
    life::{self, Step},
    mail::Mail,
    quote::Quote,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::seen_by::seen_by;
use crate::{
    access::Principal,
    answer::Answer,
    app::Shared,
    failure::Failure,
    take::{Id, Query},
    writing::{Present, Words, letter, sent_before},
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(preview))
}

/// How a preview is wanted.
#[derive(Debug, Deserialize)]
struct Preview {
    #[serde(default)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Html,
    Text,
    Json,
}

/// A mail, both parts of it.
#[derive(Debug, Serialize, ToSchema)]
struct RenderedMail {
    subject: String,
    html: String,
    text: String,
    /// Where it would go; null when the enquiry does not say it.
    to: Option<String>,
}

/// See the e-mail of a quote as it would be sent.
///
/// `format` is `html` (unless said), `text` or `json`, which has both and the subject.
#[utoipa::path(
    get,
    path = "/api/admin/quotes/{id}/email-preview",
    tag = "quotes",
    operation_id = "preview_quote_email",
    params(
        ("id" = String, Path, description = "`_id`, or the reference"),
        ("format" = Option<String>, Query, pattern = "^(html|text|json)$", description = "`html` unless said")
    ),
    responses(
        (status = 200, description = "The mail", content(
            (RenderedMail = "application/json"),
            (String = "text/html"),
            (String = "text/plain"),
        )),
        (status = 404, description = "`QUOTE_NOT_FOUND`")
    )
)]
async fn preview(
    State(app): State<Shared>,
    principal: Principal,
    Id(id): Id,
    Query(preview): Query<Preview>,
) -> Result<Response, Failure> {
    let Present { quote, .. } = seen_by(&app, &principal, &id).await?;
    let previewed = Previewed::of(&app, &principal, quote, None).await?;
    Ok(match preview.format {
        Format::Html => previewed.into_page(),
        Format::Text => previewed.into_text(),
        Format::Json => {
            let Previewed { mail: Mail { subject, html, text }, to, .. } = previewed;
            Answer::ok(RenderedMail { subject, html, text, to }).into_response()
        }
    })
}

/// A mail as it would be sent.
pub(crate) struct Previewed {
    pub(crate) mail: Mail,
    /// Where it would go; none when the enquiry does not say it.
    pub(crate) to: Option<String>,
    /// The version that it would bring.
    pub(crate) version: u32,
}

impl Previewed {
    /// Of a quote, with what its author adds.
    pub(crate) async fn of(
        app: &Shared,
        principal: &Principal,
        mut quote: Quote,
        message: Option<String>,
    ) -> Result<Self, Failure> {
        // What is locked is shown as it stands.
        if let Ok((status, version)) = life::next(&quote.status, quote.version, Step::Send) {
            (quote.status, quote.version) = (status, version);
        }
        let previous = sent_before(&app.store, &mut quote).await?;
        let agent = match quote.enquiry {
            Some(enquiry) => app.store.agent_of(enquiry).await?,
            None => None,
        };
        let to = agent.as_ref().and_then(|agent| agent.email.clone());
        let message = message.filter(|text| !text.trim().is_empty());
        let words = Words { agent, previous, message };
        Ok(Self { mail: letter(app, principal, &quote, &words), to, version: quote.version })
    }

    /// Its HTML part, in which nothing but its own styles works.
    pub(crate) fn into_page(self) -> Response {
        page(self.mail.html)
    }

    /// Its text part.
    pub(crate) fn into_text(self) -> Response {
        ([(CONTENT_TYPE, "text/plain; charset=utf-8")], self.mail.text).into_response()
    }
}

/// Styles stand in the mail itself, and nothing else may work in it.
fn page(html: String) -> Response {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox";
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, policy)];
    (headers, html).into_response()
}
