//! What is the reader's own: how pages look, their password, where they are signed in.

use std::sync::Arc;

use anyhow::Context as _;
use askama::Template;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::SET_COOKIE},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use serde_json::{Map, Value};

use super::{
    came::Came,
    filled::{Filled, Labels, can_be_mended, shown_again},
    look::{LOCALES, Look, THEMES, ZONES},
    posted::Posted,
    shell::{At, Reader, Shell, page},
    words::{Time, moment},
};
use crate::{
    access::{ClientAddress, OpenSession},
    api::session::present_and_new,
    app::Shared,
    failure::Failure,
    take::Query,
};

/// The fields, and what the page calls them.
const LABELS: Labels = &[("currentPassword", "Present password"), ("newPassword", "New password")];

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/profile", get(profile).post(save))
        .route("/profile/password", post(change_password))
        .route("/profile/sessions/end-others", post(end_others))
}

#[derive(Template)]
#[template(path = "pages/profile.html")]
struct Page {
    shell: Shell,
    email: String,
    role: &'static str,
    filled: Filled,
    sessions: Vec<Shown>,
    done: Option<&'static str>,
}

struct Shown {
    began: Option<Time>,
    seen: Option<Time>,
    address: Option<String>,
    browser: Option<String>,
    is_this: bool,
}

async fn profile(
    State(app): State<Shared>,
    reader: Reader,
    Query(came): Query<Came>,
) -> Result<Response, Failure> {
    let done = match came.done.as_deref() {
        Some("look") => Some("It is saved for this browser."),
        Some("password") => Some("Your password is changed. Your other sessions have ended."),
        Some("others") => Some("You are signed out everywhere else."),
        _ => None,
    };
    let shown = Page::of(&app, &reader, Filled::default()).await?;
    Ok(page(StatusCode::OK, &Page { done, ..shown }))
}

/// Words that are on no list are as if nothing was chosen.
async fn save(_reader: Reader, posted: Posted) -> Response {
    let word = |name: &str| posted.text(name).unwrap_or_default();
    let look = Look::of(word("theme"), word("zone"), word("locale"));
    ([(SET_COOKIE, look.cookie())], Redirect::to("/profile?done=look")).into_response()
}

async fn change_password(
    State(app): State<Shared>,
    reader: Reader,
    ClientAddress(from): ClientAddress,
    posted: Posted,
) -> Result<Response, Failure> {
    match changed(&app, &reader, from, &posted).await {
        Ok(()) => Ok(Redirect::to("/profile?done=password").into_response()),
        Err(failure) if can_be_mended(&failure) || failure.code == "BUSY" => {
            // Passwords that were typed are never sent back.
            let filled = Filled::default().refused(&failure, LABELS);
            Ok(shown_again(&failure, &Page::of(&app, &reader, filled).await?))
        }
        Err(failure) => Err(failure),
    }
}

async fn changed(
    app: &Shared,
    reader: &Reader,
    from: std::net::IpAddr,
    posted: &Posted,
) -> Result<(), Failure> {
    let fields: Map<String, Value> = ["currentPassword", "newPassword"]
        .map(|name| (name.to_owned(), posted.all(name).next().unwrap_or_default().into()))
        .into_iter()
        .collect();
    let (present, new, _warnings) = present_and_new(&fields)?;
    let (app, person) = (Arc::clone(app), reader.person.clone());
    // Who hangs up is counted all the same.
    let changing = async move { app.access.change_password(&person, (&present, &new), from).await };
    let done = tokio::spawn(changing).await.context("failed to wait for a change of password");
    done.map_err(Failure::unexpected)?
}

async fn end_others(
    State(app): State<Shared>,
    reader: Reader,
    ClientAddress(from): ClientAddress,
) -> Result<Response, Failure> {
    app.access.sign_out_elsewhere(&reader.person, from).await?;
    Ok(Redirect::to("/profile?done=others").into_response())
}

impl Page {
    async fn of(app: &Shared, reader: &Reader, filled: Filled) -> Result<Self, Failure> {
        let open = app.access.open_sessions(&reader.person).await?;
        Ok(Self {
            shell: reader.shell(At::You),
            email: reader.person.email.clone(),
            role: reader.person.role.word(),
            filled,
            sessions: open.into_iter().map(Shown::of).collect(),
            done: None,
        })
    }
}

impl Shown {
    fn of(open: OpenSession) -> Self {
        Self {
            began: moment(open.began).map(Time::full),
            seen: moment(open.seen).map(Time::ago),
            address: open.address,
            browser: open.browser,
            is_this: open.is_this,
        }
    }
}
