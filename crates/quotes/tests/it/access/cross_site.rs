//! What a page of another site makes a browser send does nothing.

use anyhow::Result;
use quotes::settings::Settings;
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::{ADMIN, PASSWORD, Visitor, agency_with, stored};
use crate::app::{self, answered};

const CROSS_SITE: (u16, &str) = (403, "CROSS_SITE");

#[tokio::test]
async fn only_our_own_pages_change_anything() -> Result<()> {
    let public_url = "https://quotes.example".parse()?;
    let app = agency_with(Settings { public_url, ..app::settings()? }).await?;
    let admin = Visitor::new(&app, ADMIN).await?;
    let before = stored(&app, ADMIN).await?;
    let path = format!("/api/admin/users/{}", before.get_object_id("_id")?.to_hex());
    let change = |name: &str| admin.request(Method::PUT, &path).json(&json!({ "name": name }));
    let forged: [fn(RequestBuilder) -> RequestBuilder; 4] = [
        |it| it.header("Sec-Fetch-Site", "cross-site"),
        |it| it.header("Sec-Fetch-Site", "same-site"),
        |it| it.header("Origin", "https://evil.example"),
        |it| it.header("Origin", "null"),
    ];
    for forge in forged {
        assert_eq!(answered(forge(change("Forged"))).await?.refusal(), CROSS_SITE);
    }
    assert_eq!(stored(&app, ADMIN).await?, before);
    let ours: [fn(RequestBuilder) -> RequestBuilder; 3] = [
        |it| it,
        |it| it.header("Sec-Fetch-Site", "same-origin"),
        |it| it.header("Origin", "https://quotes.example").header("Sec-Fetch-Site", "same-site"),
    ];
    for send in ours {
        assert_eq!(answered(send(change("Ours"))).await?.status, 200);
    }
    // Nor is anybody signed in or out by another site; looking is for the browser to guard.
    let credentials = json!({ "email": ADMIN, "password": PASSWORD });
    let sign_in = app.stranger(Method::POST, "/api/session").json(&credentials);
    let elsewhere = sign_in.header("Sec-Fetch-Site", "cross-site");
    assert_eq!(answered(elsewhere).await?.refusal(), CROSS_SITE);
    let sign_out = admin.request(Method::DELETE, "/api/session");
    let elsewhere = sign_out.header("Sec-Fetch-Site", "cross-site");
    assert_eq!(answered(elsewhere).await?.refusal(), CROSS_SITE);
    let look = admin.request(Method::GET, "/api/session").header("Sec-Fetch-Site", "cross-site");
    assert_eq!(answered(look).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_token_is_sent_by_nobody_by_accident() -> Result<()> {
    let app = agency_with(app::settings()?).await?;
    let report = app.request(Method::POST, "/api/problems").json(&json!({ "text": "It is slow" }));
    let answered = answered(report.header("Origin", "https://partner.example")).await?;
    assert_eq!(answered.status, 201, "{}", answered.body);
    Ok(())
}
