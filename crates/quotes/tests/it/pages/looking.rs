//! How pages look, as each browser keeps it.

use anyhow::{Context as _, Result};
use quotes::access::Role;
use reqwest::{
    Method,
    header::{COOKIE, SET_COOKIE},
};
use testbed::TestDatabase;

use super::{desk, open, send, sent};
use crate::app::{TestApp, following, signed_in, store};

/// The first line of a page in a browser that keeps these words.
async fn root(app: &TestApp, look: &str) -> Result<String> {
    let request = app.request(Method::GET, "/profile");
    let (client, request) = request.build_split();
    let mut request = request?;
    let session = request.headers()[COOKIE].to_str()?.to_owned();
    request.headers_mut().insert(COOKIE, format!("{session}; {look}").parse()?);
    let shown = sent(reqwest::RequestBuilder::from_parts(client, request)).await?;
    Ok(shown.between("<html", ">")?.to_owned())
}

#[tokio::test]
async fn what_is_chosen_is_kept_in_the_browser_and_stands_on_each_page() -> Result<()> {
    let app = desk().await?;
    let plain = open(&app, "/profile").await?;
    assert!(!plain.between("<html", ">")?.contains("data-theme"));
    let form = [("theme", "dark"), ("zone", "Europe/Prague"), ("locale", "en-GB")];
    let saved = send(&app, "/profile", &form).await?;
    assert_eq!((saved.status, saved.to()), (303, "/profile?done=look"));
    let cookie = saved.headers.get(SET_COOKIE).context("no cookie")?.to_str()?;
    let (look, attributes) = cookie.split_once(';').context("no attributes")?;
    assert!(attributes.contains("Path=/;") && attributes.contains("SameSite=Lax"), "{attributes}");
    let root = root(&app, look).await?;
    for part in ["data-theme=\"dark\"", "data-zone=\"Europe/Prague\"", "data-locale=\"en-GB\""] {
        assert!(root.contains(part), "{part}: {root}");
    }
    Ok(())
}

#[tokio::test]
async fn a_cookie_that_somebody_made_up_changes_nothing() -> Result<()> {
    let app = desk().await?;
    let root = root(&app, "quotes-look=<b>:Nowhere/Else:xx").await?;
    assert!(!root.contains("data-theme") && !root.contains("data-zone"), "{root}");
    let form = [("theme", "<b>"), ("zone", "Nowhere/Else"), ("locale", "")];
    let saved = send(&app, "/profile", &form).await?;
    let cookie = saved.headers.get(SET_COOKIE).context("no cookie")?.to_str()?;
    assert!(cookie.starts_with("quotes-look=::;"), "{cookie}");
    Ok(())
}

#[tokio::test]
async fn the_menu_says_where_one_is_on_the_status_page_too() -> Result<()> {
    let database = TestDatabase::new().await?;
    let served = following(store(&database).await?, signed_in(Role::Admin)).await?;
    for path in [
        "/quotes",
        "/events",
        "/operations",
        "/status",
        "/notifications",
        "/report-a-problem",
        "/users",
        "/profile",
    ] {
        let shown = sent(served.request(Method::GET, path)).await?;
        let here = format!("<a href=\"{path}\" aria-current=\"page\">");
        assert!(shown.text.contains(&here), "{path}: {}", shown.text);
    }
    // Whoever is not signed in gets the page all the same, and no menu.
    let stranger = sent(served.stranger(Method::GET, "/status")).await?;
    assert_eq!(stranger.status, 200);
    assert!(!stranger.text.contains("class=\"rail\""));
    let odd = served.stranger(Method::GET, "/status").header(COOKIE, "__Host-quotes=made-up");
    assert!(!sent(odd).await?.text.contains("class=\"rail\""));
    Ok(())
}
