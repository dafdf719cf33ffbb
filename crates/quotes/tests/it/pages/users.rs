//! The pages of accounts.

use anyhow::{Context as _, Result};
use bson::{Document, doc, oid::ObjectId};
use mongodb::{IndexModel, options::IndexOptions};
use reqwest::{Method, header::COOKIE};

use super::{HOSTILE, Shown, desk, open, send, sent, sign_in};
use crate::app::TestApp;

async fn stored(app: &TestApp, email: &str) -> Result<Document> {
    let users = app.database.database().collection::<Document>("users");
    users.find_one(doc! { "contactEmail": email }).await?.context("no account")
}

pub(super) async fn make(app: &TestApp, email: &str, role: &str) -> Result<(ObjectId, String)> {
    let form = [("name", "Grace"), ("company", ""), ("contactEmail", email), ("role", role)];
    let made = send(app, "/users/new", &form).await?;
    assert_eq!(made.status, 201, "{}", made.text);
    let password = password(&made)?;
    Ok((stored(app, email).await?.get_object_id("_id")?, password))
}

fn password(shown: &Shown) -> Result<String> {
    Ok(shown.between("<code>", "</code>")?.to_owned())
}

#[tokio::test]
async fn an_account_is_made_with_a_password_that_is_shown_once() -> Result<()> {
    let app = desk().await?;
    let (id, password) = make(&app, "grace@agency.example", "agent").await?;
    let cookie = sign_in(&app, "grace@agency.example", &password).await?;
    let hers = || app.stranger(Method::GET, "/profile").header(COOKIE, &cookie);
    assert!(sent(hers()).await?.text.contains("grace@agency.example · agent"));
    let list = open(&app, "/users").await?;
    assert!(list.text.contains("2 accounts") && list.text.contains("Grace"), "{}", list.text);
    assert!(!list.text.contains(&password));
    assert!(!open(&app, &format!("/users/{id}")).await?.text.contains(&password));
    Ok(())
}

#[tokio::test]
async fn what_was_typed_is_kept_when_no_account_is_made() -> Result<()> {
    let app = desk().await?;
    let wrong = [("name", HOSTILE), ("contactEmail", "nobody"), ("role", "king")];
    let refused = send(&app, "/users/new", &wrong).await?;
    assert_eq!(refused.status, 422);
    for part in ["id=\"contactEmail-error\"", "value=\"nobody\"", "id=\"role-error\"", "&#60;scr"] {
        assert!(refused.text.contains(part), "{part}: {}", refused.text);
    }
    // Every database of the agency has it.
    let unique = IndexOptions::builder().unique(true).build();
    let index = IndexModel::builder().keys(doc! { "contactEmail": 1 }).options(unique).build();
    app.database.database().collection::<Document>("users").create_index(index).await?;
    let taken = [("name", "Ada"), ("contactEmail", "ada@agency.example"), ("role", "admin")];
    let refused = send(&app, "/users/new", &taken).await?;
    assert_eq!(refused.status, 409);
    let error = refused.between("id=\"contactEmail-error\">", "<")?;
    assert!(error.starts_with("There is an account with this e-mail address"), "{error}");
    Ok(())
}

#[tokio::test]
async fn an_account_is_changed_shut_and_opened_again() -> Result<()> {
    let app = desk().await?;
    let email = "grace@agency.example";
    let (id, password) = make(&app, email, "agent").await?;
    let path = format!("/users/{id}");
    let change = [("name", "Grace H."), ("company", "Navy"), ("role", "admin")];
    let saved = send(&app, &path, &change).await?;
    assert_eq!((saved.status, saved.to()), (303, format!("{path}?done=saved").as_str()));
    assert_eq!(stored(&app, email).await?.get_str("role")?, "admin");
    let wrong = send(&app, &path, &[("name", " "), ("company", "Navy"), ("role", "admin")]).await?;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("Name is empty.") && wrong.text.contains("value=\"Navy\""));
    let cookie = sign_in(&app, email, &password).await?;
    let shut = send(&app, &format!("{path}/disable"), &[("of", "")]).await?;
    let shown = open(&app, shut.to()).await?;
    assert!(shown.text.contains(&format!("{path}/approve")), "{}", shown.text);
    let hers = sent(app.stranger(Method::GET, "/profile").header(COOKIE, &cookie)).await?;
    assert_eq!((hers.status, hers.to()), (303, "/sign-in?next=%2Fprofile"));
    assert_eq!(send(&app, &format!("{path}/approve"), &[("of", "")]).await?.status, 303);
    assert!(stored(&app, email).await?.get_bool("isApproved")?);
    assert_eq!(open(&app, "/users/nonsense").await?.status, 404);
    let nobody = format!("/users/{}/approve", ObjectId::new());
    assert_eq!(send(&app, &nobody, &[("of", "")]).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn the_last_administrator_stays_one() -> Result<()> {
    let app = desk().await?;
    let id = stored(&app, "ada@agency.example").await?.get_object_id("_id")?;
    let path = format!("/users/{id}");
    let refused = send(&app, &path, &[("name", "Ada Example"), ("role", "agent")]).await?;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("Nobody else could administrate"), "{}", refused.text);
    assert_eq!(send(&app, &format!("{path}/disable"), &[("of", "")]).await?.status, 409);
    assert_eq!(stored(&app, "ada@agency.example").await?.get_str("role")?, "admin");
    Ok(())
}

#[tokio::test]
async fn a_new_password_is_shown_once_and_voids_the_old_one() -> Result<()> {
    let app = desk().await?;
    let email = "grace@agency.example";
    let (id, old) = make(&app, email, "agent").await?;
    let reset = send(&app, &format!("/users/{id}/reset-password"), &[("of", "")]).await?;
    assert_eq!(reset.status, 200);
    let new = password(&reset)?;
    assert!(sign_in(&app, email, &old).await.is_err());
    sign_in(&app, email, &new).await?;
    Ok(())
}
