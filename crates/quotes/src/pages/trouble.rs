//! What fails on the way to a page is a page too, and what was typed is not lost by it.

use askama::Template;
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode, Uri,
        header::{ACCEPT, CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    middleware::Next,
    response::Response,
};

use super::{
    banners::PAUSED,
    posted::{self, Pairs},
    shell::{At, Shell, page},
};
use crate::{
    app::Shared,
    failure::{ErrorCode, Words},
    maintenance::said,
    observe::RequestId,
};

/// As much as any form takes.
const BODY_BYTES_MAX: usize = 256 * 1024;
/// What is never sent back to be sent again.
const SECRETS: [&str; 5] =
    ["password", "currentPassword", "newPassword", "repeatedPassword", "secret"];

#[derive(Template)]
#[template(path = "pages/trouble.html")]
struct Trouble {
    shell: Shell,
    status: u16,
    heading: &'static str,
    message: String,
    request: String,
    /// What was sent, and where to: to be sent again.
    again: Option<Again>,
    /// The page from which this was asked for.
    back: String,
}

/// A form that can be sent again as it was.
#[derive(Debug, Clone)]
pub(super) struct Again {
    pub(super) path: String,
    pub(super) fields: Pairs,
}

impl Again {
    /// Whether a person typed any of it: a button alone sends a revision at most.
    fn was_typed(&self) -> bool {
        self.fields
            .iter()
            .any(|(name, _)| !["revision", "action", "key", "id"].contains(&name.as_str()))
    }
}

/// Shows failures of pages as pages. Whoever has to sign in first does, and goes on from there.
pub(crate) async fn as_pages(State(app): State<Shared>, request: Request, next: Next) -> Response {
    if !is_page(request.uri(), request.headers()) {
        return next.run(request).await;
    }
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let headers = request.headers().clone();
    let id = request.extensions().get::<RequestId>().cloned();
    let (request, again) = match keep(request).await {
        Ok(kept) => kept,
        Err(message) => return too_much((&app, &headers), message, id),
    };
    let response = next.run(request).await;
    let Some(ErrorCode(code)) = response.extensions().get::<ErrorCode>().copied() else {
        return response;
    };
    let words = response.extensions().get::<Words>().map(|it| it.0.clone()).unwrap_or_default();
    let mut shown = if code == "NOT_SIGNED_IN" {
        match (method, again) {
            (Method::POST, Some(again)) => super::sign_in::first(&app, &headers, again),
            _ => to_sign_in(&uri),
        }
    } else {
        let status = response.status();
        page(
            status,
            &Trouble {
                shell: Shell::for_nobody(&app, At::Nowhere).looking(&headers),
                status: status.as_u16(),
                heading: heading(status, code),
                // The banner above says until when.
                message: match code {
                    "MAINTENANCE" => said(&app.maintenance.now()),
                    _ => sentence(&words),
                },
                request: id.map(|id| id.as_str().to_owned()).unwrap_or_default(),
                again: again.filter(|_| is_worth_trying_again(status)),
                back: back(&app, &headers),
            },
        )
    };
    carry_over(&response, &mut shown);
    shown
}

/// Everything that is neither the API nor for machines.
fn is_page(uri: &Uri, headers: &HeaderMap) -> bool {
    const FOR_MACHINES: [&str; 5] = ["/healthz", "/readyz", "/metrics", "/api", "/assets"];
    let path = uri.path();
    let machine = FOR_MACHINES.iter().any(|prefix| {
        path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    let accept = headers.get(ACCEPT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    !machine && accept.contains("text/html")
}

/// Reads a form that is sent, so that it is there when something fails.
async fn keep(request: Request) -> Result<(Request, Option<Again>), &'static str> {
    if request.method() != Method::POST || !posted::is_form(request.headers()) {
        return Ok((request, None));
    }
    let path = request.uri().path().to_owned();
    let (parts, body) = request.into_parts();
    let bytes: Bytes = to_bytes(body, BODY_BYTES_MAX)
        .await
        .map_err(|_unread| "This is more than can be taken at once, or it ended too early.")?;
    let fields = posted::pairs(&bytes);
    let has_secret = fields.iter().any(|(name, _)| SECRETS.contains(&name.as_str()));
    let again = (!has_secret).then_some(Again { path, fields });
    Ok((Request::from_parts(parts, Body::from(bytes)), again))
}

fn too_much(
    (app, headers): (&Shared, &HeaderMap),
    message: &str,
    id: Option<RequestId>,
) -> Response {
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    let trouble = Trouble {
        shell: Shell::for_nobody(app, At::Nowhere).looking(headers),
        status: status.as_u16(),
        heading: "Too much to be read",
        message: message.to_owned(),
        request: id.map(|id| id.as_str().to_owned()).unwrap_or_default(),
        again: None,
        back: back(app, headers),
    };
    page(status, &trouble)
}

fn back(app: &Shared, headers: &HeaderMap) -> String {
    let from = super::problem::came_from(headers, &app.settings.public_url);
    from.unwrap_or_else(|| "/quotes".to_owned())
}

fn to_sign_in(uri: &Uri) -> Response {
    let wanted = uri.path_and_query().map_or("/", |it| it.as_str());
    let next: String =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("next", wanted).finish();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(location) = HeaderValue::from_str(&format!("/sign-in?{next}")) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

fn is_worth_trying_again(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

fn heading(status: StatusCode, code: &str) -> &'static str {
    match (status, code) {
        (_, "MAINTENANCE") => PAUSED,
        (_, "CROSS_SITE") => "Another site sent this",
        (StatusCode::NOT_FOUND, _) => "There is nothing here",
        (StatusCode::FORBIDDEN, _) => "This is not open to you",
        (StatusCode::TOO_MANY_REQUESTS, _) => "Too fast",
        (StatusCode::SERVICE_UNAVAILABLE, _) => "The database does not answer",
        (status, _) if status.is_server_error() => "This did not work, and it is our fault",
        _ => "This can’t be done",
    }
}

/// Messages of the API begin small and end without a stop.
pub(super) fn sentence(message: &str) -> String {
    let text = super::words::capitalized(message.trim());
    match text.chars().last() {
        Some('.' | '!' | '?') | None => text,
        Some(_) => format!("{text}."),
    }
}

/// What counts errors and tells machines when to come again sees the page as the failure it is.
fn carry_over(failed: &Response, shown: &mut Response) {
    for name in [RETRY_AFTER, WWW_AUTHENTICATE] {
        if let Some(value) = failed.headers().get(&name) {
            shown.headers_mut().insert(name, value.clone());
        }
    }
    debug_assert!(shown.headers().contains_key(CONTENT_TYPE) || shown.status().is_redirection());
    let carried = failed.extensions().clone();
    shown.extensions_mut().extend(carried);
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, Uri, header::ACCEPT};

    use super::{is_page, sentence};

    #[test]
    fn pages_are_what_browsers_ask_for_outside_of_the_api() {
        let mut browser = HeaderMap::new();
        browser.insert(ACCEPT, HeaderValue::from_static("text/html,*/*;q=0.8"));
        let asked = |path: &'static str| is_page(&Uri::from_static(path), &browser);
        assert!(asked("/quotes") && asked("/") && asked("/apiary"));
        assert!(!asked("/api/admin/quotes") && !asked("/healthz") && !asked("/assets/a.css"));
        assert!(!is_page(&Uri::from_static("/quotes"), &HeaderMap::new()));
    }

    #[test]
    fn messages_become_sentences() {
        assert_eq!(sentence("sign in first"), "Sign in first.");
        assert_eq!(sentence("We upgrade."), "We upgrade.");
    }
}
