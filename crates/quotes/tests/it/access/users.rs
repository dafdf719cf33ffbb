//! Administrators manage accounts.

use anyhow::{Context as _, Result};
use bson::{Document, doc};
use reqwest::Method;
use serde_json::{Value, json};

use super::{ADMIN, AGENT, PASSWORD, Visitor, agency, codes, sign_in, stored, written_down};
use crate::app::{TestApp, answered};

const USERS: &str = "/api/admin/users";

async fn path_of(app: &TestApp, email: &str) -> Result<String> {
    Ok(format!("{USERS}/{}", stored(app, email).await?.get_object_id("_id")?.to_hex()))
}

#[tokio::test]
async fn an_account_is_made_with_a_password_that_is_said_once() -> Result<()> {
    let app = agency().await?;
    let admin = Visitor::new(&app, ADMIN).await?;
    let body = json!({ "contactEmail": "New@Agency.example", "name": "New", "role": "agent" });
    let made = admin.send(Method::POST, USERS, body.clone()).await?;
    assert_eq!(made.status, 201, "{}", made.body);
    let password = made.body["data"]["generatedPassword"].as_str().context("no password")?;
    assert_eq!(sign_in(&app, "new@agency.example", password).await?.status, 201);
    let again = admin.send(Method::POST, USERS, body).await?;
    assert_eq!(again.refusal(), (409, "EMAIL_TAKEN"));
    let path = path_of(&app, "new@agency.example").await?;
    let read = admin.get(&path).await?;
    assert_eq!(read.body["data"], made.body["data"]["user"]);
    let shown = read.body.to_string();
    assert!(!shown.contains("argon2") && !shown.contains("password"), "{shown}");
    let chosen = json!({ "contactEmail": "own@agency.example", "name": "Own", "role": "admin",
                         "company": "Own Ltd", "password": "a chosen password" });
    let made = admin.send(Method::POST, USERS, chosen).await?;
    assert!(made.body["data"].get("generatedPassword").is_none());
    assert_eq!(made.body["data"]["user"]["company"], "Own Ltd");
    assert_eq!(sign_in(&app, "own@agency.example", "a chosen password").await?.status, 201);
    assert_eq!(written_down(&app, "user.create").await?, 2);
    Ok(())
}

#[tokio::test]
async fn the_list_has_everybody_and_nobodys_password() -> Result<()> {
    let app = agency().await?;
    let admin = Visitor::new(&app, ADMIN).await?;
    let users = app.database.database().collection::<Document>("users");
    let all = users.count_documents(doc! {}).await?;
    let (mut seen, mut path) = (Vec::new(), format!("{USERS}?limit=5"));
    loop {
        let part = admin.get(&path).await?;
        assert!(!part.body.to_string().contains("$2b$"));
        seen.extend(part.body["data"]["users"].as_array().context("no users")?.clone());
        let Some(next) = part.body["data"]["next"].as_str() else { break };
        path = format!("{USERS}?limit=5&after={next}");
    }
    let mut ids: Vec<&str> = seen.iter().filter_map(|user| user["_id"].as_str()).collect();
    ids.dedup();
    assert_eq!(u64::try_from(ids.len())?, all);
    let refused = admin.get(&format!("{USERS}?limit=0&after=x")).await?;
    assert_eq!(refused.status, 422);
    assert_eq!(codes(&refused).len(), 2);
    Ok(())
}

#[tokio::test]
async fn another_role_counts_at_once_and_ends_sessions() -> Result<()> {
    let app = agency().await?;
    let admin = Visitor::new(&app, ADMIN).await?;
    let agent = Visitor::new(&app, AGENT).await?;
    let path = path_of(&app, AGENT).await?;
    let renamed =
        admin.send(Method::PUT, &path, json!({ "name": "Other", "company": null })).await?;
    assert_eq!(renamed.body["data"]["name"], "Other");
    assert_eq!(agent.get("/api/session").await?.body["data"]["user"]["name"], "Other");
    let promoted = admin.send(Method::PUT, &path, json!({ "role": "admin" })).await?;
    assert_eq!(promoted.body["data"]["role"], "admin");
    assert_eq!(agent.get("/api/session").await?.status, 401);
    let back = Visitor::new(&app, AGENT).await?;
    assert_eq!(back.get(USERS).await?.status, 200);
    let shut = admin.send(Method::PUT, &path, json!({ "isApproved": false })).await?;
    assert_eq!(shut.body["data"]["isApproved"], false);
    assert_eq!(back.get("/api/session").await?.status, 401);
    assert_eq!(sign_in(&app, AGENT, PASSWORD).await?.refusal(), (403, "NOT_APPROVED"));
    let open = admin.send(Method::PUT, &path, json!({ "isApproved": true })).await?;
    assert_eq!(open.status, 200);
    assert_eq!(sign_in(&app, AGENT, PASSWORD).await?.status, 201);
    assert_eq!(written_down(&app, "user.update").await?, 4);
    Ok(())
}

#[tokio::test]
async fn the_last_administrator_stays() -> Result<()> {
    let app = agency().await?;
    let other = "user1@agency.example";
    let (one, two) = (Visitor::new(&app, ADMIN).await?, Visitor::new(&app, other).await?);
    let (path_one, path_two) = (path_of(&app, ADMIN).await?, path_of(&app, other).await?);
    // Each takes the other's role away, at once.
    let (a, b) = tokio::try_join!(
        one.send(Method::PUT, &path_two, json!({ "role": "agent" })),
        two.send(Method::PUT, &path_one, json!({ "isApproved": false })),
    )?;
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200, "{} {}", a.body, b.body);
    // Who comes second is refused by the guard or by the change, signed out or no longer administrator.
    assert!([401, 403, 409].contains(&statuses[1]), "{} {}", a.body, b.body);
    let left = if a.status == 200 { (one, path_one) } else { (two, path_two) };
    for take_away in [json!({ "role": "agent" }), json!({ "isApproved": false })] {
        let refused = left.0.send(Method::PUT, &left.1, take_away).await?;
        assert_eq!(refused.refusal(), (409, "LAST_ADMIN"));
    }
    assert_eq!(left.0.get(USERS).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_password_that_is_reset_replaces_the_old_one_and_ends_sessions() -> Result<()> {
    let app = agency().await?;
    let admin = Visitor::new(&app, ADMIN).await?;
    let agent = Visitor::new(&app, AGENT).await?;
    let path = format!("{}/reset-password", path_of(&app, AGENT).await?);
    let reset = answered(admin.request(Method::POST, &path)).await?;
    assert_eq!(reset.status, 200, "{}", reset.body);
    let password = reset.body["data"]["generatedPassword"].as_str().context("no password")?;
    assert_eq!(agent.get("/api/session").await?.status, 401);
    assert_eq!(sign_in(&app, AGENT, PASSWORD).await?.status, 401);
    assert_eq!(sign_in(&app, AGENT, password).await?.status, 201);
    assert_eq!(written_down(&app, "user.reset-password").await?, 1);
    Ok(())
}

#[tokio::test]
async fn what_is_sent_is_looked_at() -> Result<()> {
    let app = agency().await?;
    let admin = Visitor::new(&app, ADMIN).await?;
    let refused = |body: Value| {
        let admin = &admin;
        async move { anyhow::Ok(codes(&admin.send(Method::POST, USERS, body).await?)) }
    };
    let pairs = |expected: &[(&str, &str)]| -> Vec<(String, String)> {
        expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    };
    let required = [("contactEmail", "required"), ("name", "required"), ("role", "required")];
    assert_eq!(refused(json!({})).await?, pairs(&required));
    let odd = json!({ "contactEmail": "nobody", "name": "", "role": "owner", "password": "short" });
    let expected = [
        ("contactEmail", "not_an_address"),
        ("name", "required"),
        ("role", "unknown_role"),
        ("password", "too_short"),
    ];
    assert_eq!(refused(odd).await?, pairs(&expected));
    let path = path_of(&app, AGENT).await?;
    let odd = admin.send(Method::PUT, &path, json!({ "role": null, "isApproved": 1 })).await?;
    let expected = [("role", "required"), ("isApproved", "not_a_flag")];
    assert_eq!(codes(&odd), pairs(&expected));
    for id in ["x", "000000000000000000000000"] {
        let read = admin.get(&format!("{USERS}/{id}")).await?;
        assert_eq!(read.refusal(), (404, "USER_NOT_FOUND"));
        let path = format!("{USERS}/{id}/reset-password");
        let reset = answered(admin.request(Method::POST, &path)).await?;
        assert_eq!(reset.refusal(), (404, "USER_NOT_FOUND"));
    }
    Ok(())
}
