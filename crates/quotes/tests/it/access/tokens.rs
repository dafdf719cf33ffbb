//! Programs ask with tokens.

use std::time::Duration;

use anyhow::{Context as _, Result};
use bson::{DateTime, Document, doc};
use reqwest::{Method, header::AUTHORIZATION};
use serde_json::{Value, json};

use super::{ADMIN, AGENT, Visitor, agency, codes, stored, written_down};
use crate::app::{Answered, TestApp, answered};

const TOKENS: &str = "/api/admin/tokens";

async fn shows(app: &TestApp, secret: &str, path: &str) -> Result<Answered> {
    let request = app.stranger(Method::GET, path);
    answered(request.header(AUTHORIZATION, format!("Bearer {secret}"))).await
}

async fn made(admin: &Visitor<'_>, body: Value) -> Result<(String, String)> {
    let made = admin.send(Method::POST, TOKENS, body).await?;
    assert_eq!(made.status, 201, "{}", made.body);
    let text = |value: &Value| value.as_str().map(str::to_owned).context("no text");
    Ok((text(&made.body["data"]["token"]["_id"])?, text(&made.body["data"]["secret"])?))
}

#[tokio::test]
async fn a_token_asks_in_somebodys_name_until_it_is_revoked() -> Result<()> {
    let app = agency().await?;
    let admin = Visitor::new(&app, ADMIN).await?;
    let agent = stored(&app, AGENT).await?.get_object_id("_id")?.to_hex();
    let scopes = json!(["catalogue:read", "quotes:read", "quotes:read"]);
    let body = json!({ "name": "website", "scopes": scopes, "userId": agent });
    let (id, secret) = made(&admin, body).await?;
    assert!(secret.starts_with("qt_") && secret.len() == 46, "{secret}");
    let who = shows(&app, &secret, "/api/session").await?;
    assert_eq!(who.body["data"]["user"]["contactEmail"], AGENT);
    assert_eq!(who.body["data"]["scopes"], json!(["quotes:read", "catalogue:read"]));
    assert_eq!(shows(&app, &secret, "/api/events").await?.status, 200);
    assert_eq!(shows(&app, &secret, "/api/admin/events").await?.refusal(), (403, "FORBIDDEN"));

    let tokens = app.database.database().collection::<Document>("api_tokens");
    let kept = tokens.find_one(doc! { "name": "website" }).await?.context("no token")?;
    assert!(!format!("{kept:?}").contains(&secret[3..]), "the database holds what signs in");
    let listed = admin.get(TOKENS).await?;
    let row = &listed.body["data"][0];
    assert_eq!((&row["name"], &row["isValid"]), (&json!("website"), &json!(true)));
    assert!(row["lastUsedAt"].is_string() && row["expiresAt"].is_null(), "{row}");
    assert!(!listed.body.to_string().contains(&secret[3..]));

    let path = format!("{TOKENS}/{id}");
    assert_eq!(answered(admin.request(Method::DELETE, &path)).await?.status, 200);
    assert_eq!(shows(&app, &secret, "/api/session").await?.refusal(), (401, "NOT_SIGNED_IN"));
    let revoked = admin.get(TOKENS).await?.body["data"][0]["revokedAt"].clone();
    assert!(revoked.is_string());
    assert_eq!(answered(admin.request(Method::DELETE, &path)).await?.status, 200);
    assert_eq!(admin.get(TOKENS).await?.body["data"][0]["revokedAt"], revoked);
    let made_and_revoked =
        (written_down(&app, "token.create").await?, written_down(&app, "token.revoke").await?);
    assert_eq!(made_and_revoked, (1, 2));
    Ok(())
}

#[tokio::test]
async fn a_token_that_was_revoked_elsewhere_or_is_over_lets_nobody_in() -> Result<()> {
    let app = agency().await?;
    let admin = Visitor::new(&app, ADMIN).await?;
    let body = json!({ "name": "import", "scopes": ["quotes:read"], "expiresInDays": 1 });
    let (_, secret) = made(&admin, body).await?;
    assert_eq!(shows(&app, &secret, "/api/session").await?.status, 200);
    let tokens = app.database.database().collection::<Document>("api_tokens");
    for field in ["expiresAt", "revokedAt"] {
        let ended = doc! { "$set": { field: DateTime::now() } };
        tokens.update_one(doc! { "name": "import" }, ended).await?;
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        assert_eq!(shows(&app, &secret, "/api/session").await?.status, 401, "{field}");
        let valid = doc! { "$unset": { field: "" } };
        tokens.update_one(doc! { "name": "import" }, valid).await?;
        assert_eq!(shows(&app, &secret, "/api/session").await?.status, 200, "{field}");
    }
    Ok(())
}

#[tokio::test]
async fn a_token_ends_with_its_persons_approval() -> Result<()> {
    let app = agency().await?;
    let admin = Visitor::new(&app, ADMIN).await?;
    let agent = stored(&app, AGENT).await?.get_object_id("_id")?.to_hex();
    let body = json!({ "name": "phone", "scopes": ["quotes:read"], "userId": agent });
    let (_, secret) = made(&admin, body).await?;
    assert_eq!(shows(&app, &secret, "/api/session").await?.status, 200);
    let path = format!("/api/admin/users/{agent}");
    let done = admin.send(Method::PUT, &path, json!({ "isApproved": false })).await?;
    assert_eq!(done.status, 200);
    assert_eq!(shows(&app, &secret, "/api/session").await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn what_was_made_up_is_refused_also_with_a_valid_cookie() -> Result<()> {
    let app = agency().await?;
    let admin = Visitor::new(&app, ADMIN).await?;
    for made_up in ["Bearer qt_made-up", "Bearer ", "Basic dXNlcjpwYXNz", "qt_"] {
        let both = admin.request(Method::GET, "/api/session").header(AUTHORIZATION, made_up);
        assert_eq!(answered(both).await?.refusal(), (401, "NOT_SIGNED_IN"), "{made_up}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_sent_is_looked_at() -> Result<()> {
    let app = agency().await?;
    let admin = Visitor::new(&app, ADMIN).await?;
    for (body, expected) in [
        (json!({}), vec![("name", "required"), ("scopes", "required")]),
        (json!({ "name": "", "scopes": [] }), vec![("name", "required"), ("scopes", "required")]),
        (
            json!({ "name": "x", "scopes": ["everything"], "userId": "x", "expiresInDays": 0 }),
            vec![
                ("scopes.0", "unknown_scope"),
                ("userId", "not_an_id"),
                ("expiresInDays", "out_of_range"),
            ],
        ),
    ] {
        let refused = admin.send(Method::POST, TOKENS, body.clone()).await?;
        assert_eq!(refused.status, 422, "{body}");
        let expected: Vec<(String, String)> =
            expected.into_iter().map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
        assert_eq!(codes(&refused), expected, "{body}");
    }
    let nobody = json!({ "name": "x", "scopes": ["operate"], "userId": "0".repeat(24) });
    let nobody = admin.send(Method::POST, TOKENS, nobody).await?;
    assert_eq!(nobody.refusal(), (404, "USER_NOT_FOUND"));
    for id in ["x", "000000000000000000000000"] {
        let path = format!("{TOKENS}/{id}");
        let refused = answered(admin.request(Method::DELETE, &path)).await?;
        assert_eq!(refused.refusal(), (404, "TOKEN_NOT_FOUND"));
    }
    Ok(())
}
