//! Signing in and out, and how long that holds.

use std::time::Duration;

use anyhow::{Context as _, Result};
use bson::{DateTime, Document, doc};
use reqwest::{Method, header::SET_COOKIE};
use serde_json::json;

use super::{ADMIN, AGENT, PASSWORD, Visitor, agency, codes, sign_in, stored, written_down};
use crate::app::{TestApp, answered};

async fn set_all(app: &TestApp, fields: Document) -> Result<()> {
    let sessions = app.database.database().collection::<Document>("sessions");
    let changed = sessions.update_many(doc! {}, doc! { "$set": fields }).await?;
    assert!(changed.matched_count > 0);
    // What is known is known for a second.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    Ok(())
}

fn hours_ago(hours: i64) -> DateTime {
    DateTime::from_millis(DateTime::now().timestamp_millis() - hours * 3_600_000)
}

async fn session(app: &TestApp) -> Result<Document> {
    let sessions = app.database.database().collection::<Document>("sessions");
    sessions.find_one(doc! {}).await?.context("no session")
}

#[tokio::test]
async fn who_knows_the_password_is_signed_in_until_they_sign_out() -> Result<()> {
    let app = agency().await?;
    let answered_in = sign_in(&app, " User0@Agency.example ", PASSWORD).await?;
    assert_eq!(answered_in.status, 201, "{}", answered_in.body);
    assert_eq!(answered_in.body["data"]["user"]["contactEmail"], ADMIN);
    assert_eq!(answered_in.body["data"]["user"]["role"], "admin");
    let set = answered_in.headers[SET_COOKIE].to_str()?;
    let (name, attributes) = set.split_once('=').context("no cookie")?;
    let (secret, attributes) = attributes.split_once(';').context("no attributes")?;
    assert_eq!((name, secret.len()), ("__Host-quotes", 43));
    assert_eq!(attributes, " Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax");
    let kept = format!("{:?}", session(&app).await?);
    assert!(!kept.contains(secret), "the database holds what signs in");

    let visitor = Visitor { app: &app, cookie: format!("theme=dark; {name}={secret}") };
    let who = visitor.get("/api/session").await?;
    assert_eq!((who.status, &who.body["data"]["user"]["contactEmail"]), (200, &json!(ADMIN)));
    assert_eq!(visitor.get("/api/admin/users").await?.status, 200);

    let out = answered(visitor.request(Method::DELETE, "/api/session")).await?;
    assert_eq!(out.status, 200);
    assert!(out.headers[SET_COOKIE].to_str()?.starts_with("__Host-quotes=; Path=/; Max-Age=0;"));
    assert_eq!(visitor.get("/api/session").await?.refusal(), (401, "NOT_SIGNED_IN"));
    let again = answered(visitor.request(Method::DELETE, "/api/session")).await?;
    assert_eq!(again.status, 200);
    assert_eq!(written_down(&app, "session.create").await?, 1);
    Ok(())
}

#[tokio::test]
async fn whoever_does_not_is_not_told_what_was_wrong() -> Result<()> {
    let app = agency().await?;
    let wrong = sign_in(&app, ADMIN, "incorrect horse battery").await?;
    let unknown = sign_in(&app, "nobody@agency.example", PASSWORD).await?;
    assert_eq!(wrong.refusal(), (401, "SIGN_IN_REFUSED"));
    assert_eq!(wrong.body, unknown.body);
    assert!(wrong.headers.get(SET_COOKIE).is_none());
    assert_eq!(written_down(&app, "session.refused").await?, 2);
    Ok(())
}

#[tokio::test]
async fn an_account_that_waits_for_approval_is_told_so_to_who_knows_its_password() -> Result<()> {
    let app = agency().await?;
    let users = app.database.database().collection::<Document>("users");
    let waiting = users.find_one(doc! { "isApproved": false }).await?.context("nobody waits")?;
    let email = waiting.get_str("contactEmail")?;
    assert_eq!(sign_in(&app, email, "something else").await?.refusal().1, "SIGN_IN_REFUSED");
    assert_eq!(sign_in(&app, email, PASSWORD).await?.refusal(), (403, "NOT_APPROVED"));
    let rejected = doc! { "$set": { "registrationStatus": "rejected" } };
    users.update_one(doc! { "contactEmail": AGENT }, rejected).await?;
    assert_eq!(sign_in(&app, AGENT, PASSWORD).await?.refusal(), (403, "NOT_APPROVED"));
    Ok(())
}

#[tokio::test]
async fn what_is_sent_is_looked_at() -> Result<()> {
    let app = agency().await?;
    for (body, expected) in [
        (json!({}), vec![("email", "required"), ("password", "required")]),
        (
            json!({ "email": null, "password": null }),
            vec![("email", "required"), ("password", "required")],
        ),
        (
            json!({ "email": 7, "password": [] }),
            vec![("email", "not_a_text"), ("password", "not_a_text")],
        ),
        (json!({ "email": ADMIN, "password": "x".repeat(1_025) }), vec![("password", "too_long")]),
    ] {
        let refused = answered(app.stranger(Method::POST, "/api/session").json(&body)).await?;
        assert_eq!(refused.status, 422, "{body}");
        let expected: Vec<(String, String)> =
            expected.into_iter().map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
        assert_eq!(codes(&refused), expected, "{body}");
    }
    let no_json = app
        .stranger(Method::POST, "/api/session")
        .body("{")
        .header("content-type", "application/json");
    assert_eq!(answered(no_json).await?.status, 400);
    Ok(())
}

#[tokio::test]
async fn a_session_ends_after_its_time_whether_it_was_removed_or_not() -> Result<()> {
    let app = agency().await?;
    let visitor = Visitor::new(&app, AGENT).await?;
    set_all(&app, doc! { "expiresAt": hours_ago(0) }).await?;
    assert_eq!(visitor.get("/api/session").await?.status, 401);
    // Used all the time, and a month old.
    let tomorrow = hours_ago(-24);
    set_all(&app, doc! { "expiresAt": tomorrow, "createdAt": hours_ago(30 * 24) }).await?;
    assert_eq!(visitor.get("/api/session").await?.status, 401);
    set_all(&app, doc! { "expiresAt": tomorrow, "createdAt": hours_ago(30 * 24 - 1) }).await?;
    assert_eq!(visitor.get("/api/session").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_session_goes_on_while_it_is_used_and_that_is_written_once_a_minute() -> Result<()> {
    let app = agency().await?;
    let visitor = Visitor::new(&app, AGENT).await?;
    let begun = session(&app).await?;
    assert_eq!(visitor.get("/api/session").await?.status, 200);
    assert_eq!(session(&app).await?, begun);
    let soon = hours_ago(-1);
    set_all(&app, doc! { "lastSeenAt": hours_ago(11), "expiresAt": soon }).await?;
    assert_eq!(visitor.get("/api/session").await?.status, 200);
    let expires = *session(&app).await?.get_datetime("expiresAt")?;
    let hours = (expires.timestamp_millis() - DateTime::now().timestamp_millis()) / 3_600_000;
    assert_eq!(hours, 11, "twelve hours from now, less a moment");
    // Never beyond its thirty days.
    let born = hours_ago(30 * 24 - 2);
    set_all(&app, doc! { "createdAt": born, "lastSeenAt": hours_ago(1) }).await?;
    assert_eq!(visitor.get("/api/session").await?.status, 200);
    let expires = *session(&app).await?.get_datetime("expiresAt")?;
    assert_eq!(expires.timestamp_millis() - born.timestamp_millis(), 30 * 24 * 3_600_000);
    Ok(())
}

#[tokio::test]
async fn a_changed_password_ends_all_other_sessions() -> Result<()> {
    let app = agency().await?;
    let (here, there) = (Visitor::new(&app, AGENT).await?, Visitor::new(&app, AGENT).await?);
    let other = Visitor::new(&app, ADMIN).await?;
    let path = "/api/session/password";
    let change =
        |present: &str, new: &str| json!({ "currentPassword": present, "newPassword": new });
    let wrong = here.send(Method::PUT, path, change("guessed it wrong", "a new password")).await?;
    assert_eq!(codes(&wrong), [("currentPassword".to_owned(), "wrong".to_owned())]);
    let short = here.send(Method::PUT, path, change(PASSWORD, "too short")).await?;
    assert_eq!(codes(&short), [("newPassword".to_owned(), "too_short".to_owned())]);
    let done = here.send(Method::PUT, path, change(PASSWORD, "a new password")).await?;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(here.get("/api/session").await?.status, 200);
    assert_eq!(there.get("/api/session").await?.status, 401);
    assert_eq!(other.get("/api/session").await?.status, 200);
    assert_eq!(sign_in(&app, AGENT, PASSWORD).await?.status, 401);
    assert_eq!(sign_in(&app, AGENT, "a new password").await?.status, 201);
    assert_eq!(written_down(&app, "user.password").await?, 1);
    let token = app.ask(Method::PUT, path, Some(change(PASSWORD, "a new password"))).await?;
    assert_eq!(token.refusal(), (403, "FORBIDDEN"));
    assert!(stored(&app, AGENT).await?.get_str("password")?.starts_with("$argon2id$"));
    Ok(())
}

#[tokio::test]
async fn a_session_that_was_ended_elsewhere_is_over_within_a_second() -> Result<()> {
    let app = agency().await?;
    let visitor = Visitor::new(&app, AGENT).await?;
    assert_eq!(visitor.get("/api/session").await?.status, 200);
    app.database.database().collection::<Document>("sessions").delete_many(doc! {}).await?;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(visitor.get("/api/session").await?.status, 401);
    Ok(())
}
