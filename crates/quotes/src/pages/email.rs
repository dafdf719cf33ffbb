//! The e-mail of a quote: as it will be read, with the author's own words, and on its way.

use askama::Template;
use axum::{
    Router,
    extract::{Path, State, rejection::PathRejection},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use bson::oid::ObjectId;
use quotes_core::quote::revision;
use serde::Deserialize;
use serde_json::Map;

use super::{
    filled::{can_be_mended, shown_again},
    posted::Posted,
    shell::{At, Reader, Shell, page},
    trouble::sentence,
    words::{address, address_of},
};
use crate::{
    api::{Previewed, addressed, price, seen_by},
    app::Shared,
    failure::Failure,
    store::{author::Author, idempotency::Once, outbox::Purpose},
    take::{Id, Query},
    writing::{self, Present, Resending, Seen, Sending, no_such_mail},
};

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/quotes/{id}/email", get(form).post(send))
        .route("/quotes/{id}/email/preview", get(preview).post(preview_typed))
        .route("/quotes/{id}/emails/{mail}/retry", post(send_again))
}

#[derive(Template)]
#[template(path = "pages/email.html")]
struct Page {
    shell: Shell,
    reference: String,
    /// Of the quote's page.
    address: String,
    version: u32,
    revision: String,
    key: String,
    subject: String,
    answers_to: String,
    to: String,
    from_enquiry: bool,
    message: String,
    /// The address of the preview with these words.
    preview: String,
    notes: Vec<String>,
    has_mail_server: bool,
    problem: Option<String>,
    /// What was just done.
    notice: Option<String>,
    done: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Words {
    #[serde(default)]
    message: String,
    #[serde(default)]
    format: String,
    done: Option<String>,
}

async fn form(
    State(app): State<Shared>,
    reader: Reader,
    Id(id): Id,
    Query(words): Query<Words>,
) -> Result<Response, Failure> {
    // What is to be said is typed here, and comes from no link.
    shown(
        &app,
        &reader,
        &id,
        Typed { to: None, message: String::new() },
        After { done: words.done, ..After::default() },
    )
    .await
}

/// What happened before the page is shown.
#[derive(Default)]
struct After {
    failure: Option<Failure>,
    notice: Option<String>,
    done: Option<String>,
}

impl After {
    fn refused(failure: Failure) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }
}

/// What is typed beside the preview.
struct Typed {
    to: Option<String>,
    message: String,
}

async fn shown(
    app: &Shared,
    reader: &Reader,
    id: &str,
    typed: Typed,
    After { failure, notice, done }: After,
) -> Result<Response, Failure> {
    let principal = reader.principal();
    let Present { raw, quote } = seen_by(app, &principal, id).await?;
    let warnings = price(app, &quote).await?.warnings;
    let revision = revision(&raw);
    let (reference, address) = (quote.reference.to_string(), address_of(&quote));
    let previewed = Previewed::of(app, &principal, quote, Some(typed.message.clone())).await?;
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("message", &typed.message);
    let told = |code: &str| ["other_currency", "price_on_request"].contains(&code);
    let notes = warnings.iter().filter(|it| told(it.code));
    let shown = Page {
        shell: reader.shell(At::Quotes),
        version: previewed.version,
        preview: format!("{address}/email/preview?{}", query.finish()),
        address,
        reference,
        revision,
        key: ObjectId::new().to_hex(),
        subject: previewed.mail.subject,
        answers_to: reader.person.email.clone(),
        from_enquiry: previewed.to.is_some(),
        to: typed.to.or(previewed.to).unwrap_or_default(),
        message: typed.message,
        has_mail_server: app.settings.mailing.is_some(),
        notes: notes.map(|it| it.message.clone()).collect(),
        problem: failure.as_ref().map(|it| sentence(&it.message)),
        notice,
        done,
    };
    Ok(match failure {
        Some(failure) => shown_again(&failure, &shown),
        None => page(StatusCode::OK, &shown),
    })
}

async fn preview(
    State(app): State<Shared>,
    reader: Reader,
    Id(id): Id,
    Query(words): Query<Words>,
) -> Result<Response, Failure> {
    let principal = reader.principal();
    let Present { quote, .. } = seen_by(&app, &principal, &id).await?;
    let previewed = Previewed::of(&app, &principal, quote, Some(words.message)).await?;
    Ok(match words.format.as_str() {
        "text" => previewed.into_text(),
        _ => previewed.into_page(),
    })
}

/// The same with words that are being typed: they stand in no address, and in no log of one.
async fn preview_typed(
    app: State<Shared>,
    reader: Reader,
    id: Id,
    posted: Posted,
) -> Result<Response, Failure> {
    let text = |name: &str| posted.text(name).unwrap_or_default().to_owned();
    let words = Words { message: text("message"), format: text("format"), done: None };
    preview(app, reader, id, Query(words)).await
}

async fn send(
    State(app): State<Shared>,
    reader: Reader,
    author: Author,
    Id(id): Id,
    posted: Posted,
) -> Result<Response, Failure> {
    let to = posted.text("to").map(str::to_owned);
    let message = posted.text("message").unwrap_or_default().to_owned();
    let typed = Typed { to: to.clone(), message: message.clone() };
    let purpose = match posted.text("action") {
        Some("send") => Purpose::Quote,
        Some("test") => Purpose::Test,
        _ => return shown(&app, &reader, &id, typed, After::default()).await,
    };
    let address = address_of(&seen_by(&app, &reader.principal(), &id).await?.quote);
    // As the API takes it, so that what it refuses is refused here.
    let mut fields = Map::new();
    fields.extend(to.clone().map(|to| ("to".to_owned(), to.into())));
    fields.insert("message".to_owned(), message.clone().into());
    let (to, message) = match addressed(&fields) {
        Ok(addressed) => addressed,
        Err(failure) => return shown(&app, &reader, &id, typed, After::refused(failure)).await,
    };
    let key = posted.text("key").filter(|_| purpose == Purpose::Quote);
    let once = key.map(|key| {
        let body = format!("{to:?}\n{message:?}");
        Once::new(&author, &format!("POST /quotes/{id}/email"), key.as_bytes(), &body)
    });
    let once = once.transpose()?;
    let seen = match purpose {
        Purpose::Quote => {
            Seen { revision: posted.text("revision").map(str::to_owned), version: None }
        }
        Purpose::Test => Seen::default(),
    };
    let sending = Sending {
        app: app.clone(),
        author,
        id: id.clone(),
        seen,
        purpose,
        to,
        message,
        once: once.clone(),
    };
    match writing::write(&app, once, sending.run()).await {
        // Whoever tries goes on writing.
        Ok(_queued) if purpose == Purpose::Test => {
            let to = &reader.person.email;
            let notice = Some(format!("A test goes to {to}. What you wrote is still here."));
            shown(&app, &reader, &id, typed, After { notice, ..After::default() }).await
        }
        Ok(_queued) => Ok(Redirect::to(&format!("{address}?sent=yes")).into_response()),
        Err(failure) if can_be_mended(&failure) => {
            shown(&app, &reader, &id, typed, After::refused(failure)).await
        }
        Err(failure) => Err(failure),
    }
}

/// The same mail once more.
async fn send_again(
    State(app): State<Shared>,
    author: Author,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Response, Failure> {
    let Path((id, mail)) = path.map_err(|_unreadable| no_such_mail())?;
    let resending = Resending { app: app.clone(), author, id: id.clone(), mail };
    writing::write(&app, None, resending.run()).await?;
    Ok(Redirect::to(&format!("{}#emails", address(&id))).into_response())
}
