//! Pages as a browser gets them: read, filled in, refused, with whatever text people put in them.

mod categories;
mod events;
mod looking;
mod notifications;
mod of_quotes;
mod operations;
mod problems;
mod profile;
mod tokens;
mod users;

use anyhow::{Context as _, Result, ensure};
use quotes::access::Role;
use reqwest::{
    Client, Method, RequestBuilder,
    header::{HeaderMap, LOCATION, SET_COOKIE},
    redirect::Policy,
};

use crate::{
    app::{TestApp, signed_in},
    valid::faults,
};

/// What somebody may type who means harm.
pub(crate) const HOSTILE: &str = "<script>alert(1)</script>\"'&";

/// A page, or where a browser is sent.
pub(crate) struct Shown {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Shown {
    /// Where a browser is sent.
    pub(crate) fn to(&self) -> &str {
        self.headers.get(LOCATION).and_then(|it| it.to_str().ok()).unwrap_or_default()
    }

    /// What stands between the first `from` and what follows it.
    pub(crate) fn between(&self, from: &str, to: &str) -> Result<&str> {
        let (_, rest) = self.text.split_once(from).with_context(|| format!("no {from}"))?;
        Ok(rest.split_once(to).with_context(|| format!("no {to}"))?.0)
    }

    /// The revision that its form carries.
    pub(crate) fn revision(&self) -> Result<&str> {
        self.between("name=\"revision\" value=\"", "\"")
    }
}

/// Somebody who signed in by the page: their cookie.
pub(crate) async fn sign_in(app: &TestApp, email: &str, password: &str) -> Result<String> {
    let form = [("email", email), ("password", password)];
    let signed_in = sent(app.stranger(Method::POST, "/sign-in").form(&form)).await?;
    ensure!(signed_in.status == 303, "{}", signed_in.text);
    let cookie = signed_in.headers.get(SET_COOKIE).context("no cookie")?.to_str()?;
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

/// An administrator's browser before an empty database.
pub(crate) async fn desk() -> Result<TestApp> {
    TestApp::asked_by(signed_in(Role::Admin)).await
}

/// Opens a page.
pub(crate) async fn open(app: &TestApp, path: &str) -> Result<Shown> {
    sent(app.request(Method::GET, path)).await
}

/// Sends a form.
pub(crate) async fn send(app: &TestApp, path: &str, form: &[(&str, &str)]) -> Result<Shown> {
    sent(app.request(Method::POST, path).form(form)).await
}

/// As a browser asks, which is not followed where it is sent. Every page is valid, has a title and
/// one heading.
pub(crate) async fn sent(request: RequestBuilder) -> Result<Shown> {
    let request = request.header("accept", "text/html").build()?;
    let path = request.url().path().to_owned();
    let response = Client::builder().redirect(Policy::none()).build()?.execute(request).await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let shown = Shown { status, headers, text: response.text().await? };
    if status != 303 {
        ensure!(shown.text.matches("<h1").count() == 1, "{path}: {}", shown.text);
        let title = shown.between("<title>", "</title>")?;
        ensure!(title.ends_with(" · Quotes") && !title.starts_with(" ·"), "{path}: {title}");
        ensure!(!shown.text.contains("<script>"), "{path} has a script of somebody");
        let faults = faults(&shown.text);
        ensure!(faults.is_empty(), "{path}: {faults:#?}\n{}", shown.text);
    }
    Ok(shown)
}

#[tokio::test]
async fn agents_are_told_that_a_page_is_not_open_to_them() -> Result<()> {
    let app = TestApp::asked_by(signed_in(Role::Agent)).await?;
    let pages = ["/events", "/events/new", "/events/categories", "/events/categories/new"];
    for path in pages.into_iter().chain([
        "/users",
        "/users/new",
        "/users/tokens",
        "/operations",
        "/operations/problems",
    ]) {
        let refused = open(&app, path).await?;
        assert_eq!(refused.status, 403, "{path}");
        assert!(refused.text.contains("This is not open to you"), "{path}");
    }
    for path in ["/profile", "/notifications", "/report-a-problem"] {
        assert_eq!(open(&app, path).await?.status, 200, "{path}");
    }
    Ok(())
}
