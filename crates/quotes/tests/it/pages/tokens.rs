//! The page of API tokens.

use anyhow::{Context as _, Result};
use bson::{Document, doc};
use reqwest::{Method, header::AUTHORIZATION};

use super::{HOSTILE, desk, open, send};
use crate::app::answered;

#[tokio::test]
async fn a_token_is_made_used_and_revoked() -> Result<()> {
    let app = desk().await?;
    assert!(open(&app, "/users/tokens").await?.text.contains("There are no tokens."));
    let form = [("name", HOSTILE), ("scopes", "quotes:read"), ("expiresInDays", "30")];
    let made = send(&app, "/users/tokens", &form).await?;
    assert_eq!(made.status, 201, "{}", made.text);
    let secret = made.between("<code>", "</code>")?.to_owned();
    let bearer = format!("Bearer {secret}");
    let ask = || app.stranger(Method::GET, "/api/admin/quotes").header(AUTHORIZATION, &bearer);
    assert_eq!(answered(ask()).await?.status, 200);
    let list = open(&app, "/users/tokens").await?;
    assert!(list.text.contains("quotes:read") && !list.text.contains(&secret), "{}", list.text);
    let tokens = app.database.database().collection::<Document>("api_tokens");
    let id = tokens.find_one(doc! {}).await?.context("a token")?.get_object_id("_id")?;
    let revoked = send(&app, &format!("/users/tokens/{id}/revoke"), &[("of", "")]).await?;
    assert_eq!((revoked.status, revoked.to()), (303, "/users/tokens?done=revoked"));
    assert_eq!(answered(ask()).await?.status, 401);
    assert!(open(&app, "/users/tokens").await?.text.contains("revoked</span>"));
    assert_eq!(send(&app, "/users/tokens/nonsense/revoke", &[("of", "")]).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn what_was_typed_is_kept_when_no_token_is_made() -> Result<()> {
    let app = desk().await?;
    let refused = send(&app, "/users/tokens", &[("name", "site"), ("expiresInDays", "0")]).await?;
    assert_eq!(refused.status, 422);
    for part in ["id=\"scopes-error\">Choose at least one scope.", "Days is from 1", "\"site\""] {
        assert!(refused.text.contains(part), "{part}: {}", refused.text);
    }
    Ok(())
}
