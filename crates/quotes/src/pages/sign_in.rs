//! Signing in and out. Whoever was signed out in the middle of a form goes on with it.

use std::sync::Arc;

use anyhow::Context as _;
use askama::Template;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    posted::{Pairs, Posted},
    shell::{At, Shell, page},
    trouble::{Again, sentence},
};
use crate::{
    access::{self, ClientAddress, Device, SESSION_LIFE, session_cookie},
    app::Shared,
    failure::Failure,
    take::Query,
};

/// What was typed before somebody had to sign in, under names that no form has.
const KEPT: &str = "kept.";
const KEPT_PATH: &str = "kept-path";

#[derive(Template)]
#[template(path = "pages/sign-in.html")]
struct SignIn {
    shell: Shell,
    email: String,
    problem: Option<String>,
    next: String,
    again: Option<Again>,
}

#[derive(Template)]
#[template(path = "pages/go-on.html")]
struct GoOn {
    shell: Shell,
    again: Again,
}

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/sign-in", get(form).post(sign_in)).route("/sign-out", post(sign_out))
}

#[derive(Debug, Deserialize)]
struct Wanted {
    next: Option<String>,
}

async fn form(
    State(app): State<Shared>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Response {
    let next = ours(wanted.next.as_deref());
    page(StatusCode::OK, &SignIn { next, ..blank(&app, &headers) })
}

/// Asks who it is before what they sent can be taken.
pub(super) fn first(app: &Shared, headers: &HeaderMap, again: Again) -> Response {
    let problem = Some("You were signed out. What you typed is kept: sign in to go on.".to_owned());
    let asked = SignIn { problem, again: Some(again), ..blank(app, headers) };
    page(StatusCode::UNAUTHORIZED, &asked)
}

async fn sign_in(
    State(app): State<Shared>,
    address: ClientAddress,
    headers: HeaderMap,
    posted: Posted,
) -> Response {
    let email = posted.text("email").unwrap_or_default().to_owned();
    let password = posted.all("password").next().unwrap_or_default().to_owned();
    let (next, again) = (ours(posted.text("next")), kept(&posted));
    // Who hangs up is counted all the same.
    let signing = {
        let (app, email) = (Arc::clone(&app), email.clone());
        let from = Device::of(address, &headers);
        async move { app.access.sign_in(&email, &password, from).await }
    };
    let done = tokio::spawn(signing).await.context("failed to wait for a sign-in");
    let done = done.map_err(Failure::unexpected).and_then(|signed_in| signed_in);
    let signed_in = match done {
        Ok(signed_in) => signed_in,
        Err(failure) if failure.status.is_client_error() => {
            let (status, problem) = (failure.status, Some(sentence(&failure.message)));
            let wait = failure.into_response().headers().get("retry-after").cloned();
            let blank = blank(&app, &headers);
            let mut refused = page(status, &SignIn { email, problem, next, again, ..blank });
            if let Some(wait) = wait {
                refused.headers_mut().insert("retry-after", wait);
            }
            return refused;
        }
        Err(failure) => return failure.into_response(),
    };
    let cookie = [(SET_COOKIE, session_cookie(&signed_in.secret, SESSION_LIFE.as_secs()))];
    match again {
        Some(again) => {
            let shell = Shell::for_nobody(&app, At::Nowhere).looking(&headers);
            (cookie, page(StatusCode::OK, &GoOn { shell, again })).into_response()
        }
        None => (cookie, Redirect::to(&next)).into_response(),
    }
}

async fn sign_out(State(app): State<Shared>, headers: HeaderMap) -> Result<Response, Failure> {
    if let Some(session) = access::session(&headers) {
        app.access.sign_out(session).await?;
    }
    Ok(([(SET_COOKIE, session_cookie("", 0))], Redirect::to("/sign-in")).into_response())
}

fn blank(app: &Shared, headers: &HeaderMap) -> SignIn {
    SignIn {
        shell: Shell::for_nobody(app, At::Nowhere).looking(headers),
        email: String::new(),
        problem: None,
        next: "/quotes".to_owned(),
        again: None,
    }
}

/// Where to go afterwards: a path of this application, and of no other.
fn ours(next: Option<&str>) -> String {
    let is_ours = |next: &&str| {
        let mut letters = next.chars();
        letters.next() == Some('/') && !matches!(letters.next(), Some('/' | '\\'))
    };
    let plain = |next: &&str| next.chars().all(|it| it.is_ascii_graphic());
    next.filter(is_ours).filter(plain).unwrap_or("/quotes").to_owned()
}

fn kept(posted: &Posted) -> Option<Again> {
    let path = ours(Some(posted.text(KEPT_PATH)?));
    let fields: Pairs = posted
        .0
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(KEPT)?.to_owned(), value.clone())))
        .collect();
    Some(Again { path, fields })
}

#[cfg(test)]
mod tests {
    use super::ours;

    #[test]
    fn nobody_is_sent_to_another_site() {
        assert_eq!(ours(Some("/quotes/Q1?a=b&c=%20")), "/quotes/Q1?a=b&c=%20");
        let elsewhere =
            ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nb", ""];
        for next in elsewhere {
            assert_eq!(ours(Some(next)), "/quotes", "{next}");
        }
        assert_eq!(ours(None), "/quotes");
    }
}
