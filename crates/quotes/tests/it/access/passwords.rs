//! Passwords as the application before this one stored them.

use anyhow::Result;
use bson::{Document, doc};
use quotes::settings::{Pending, Settings};

use super::{AGENT, PASSWORD, agency, agency_with, sign_in, stored};
use crate::app;

#[tokio::test]
async fn a_bcrypt_hash_is_replaced_when_its_owner_signs_in() -> Result<()> {
    let app = agency().await?;
    let before = stored(&app, AGENT).await?;
    assert!(before.get_str("password")?.starts_with("$2b$12$"));
    assert_eq!(sign_in(&app, AGENT, "something else").await?.status, 401);
    assert_eq!(stored(&app, AGENT).await?, before);
    assert_eq!(sign_in(&app, AGENT, PASSWORD).await?.status, 201);
    let mut after = stored(&app, AGENT).await?;
    let new = after.get_str("password")?.to_owned();
    assert!(new.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{new}");
    assert_eq!(sign_in(&app, AGENT, PASSWORD).await?.status, 201);
    assert_eq!(stored(&app, AGENT).await?.get_str("password")?, new);
    after.insert("password", before.get_str("password")?);
    assert_eq!(after, before, "nothing but the hash changed");
    Ok(())
}

#[tokio::test]
async fn it_stays_while_the_application_before_this_one_may_run() -> Result<()> {
    let app = agency_with(Settings { pending: Pending::Allowed, ..app::settings()? }).await?;
    let before = stored(&app, AGENT).await?;
    assert_eq!(sign_in(&app, AGENT, PASSWORD).await?.status, 201);
    assert_eq!(stored(&app, AGENT).await?, before);
    Ok(())
}

#[tokio::test]
async fn what_is_no_hash_lets_nobody_in() -> Result<()> {
    let app = agency().await?;
    let users = app.database.database().collection::<Document>("users");
    for odd in [doc! { "$set": { "password": PASSWORD } }, doc! { "$unset": { "password": "" } }] {
        users.update_one(doc! { "contactEmail": AGENT }, odd).await?;
        assert_eq!(sign_in(&app, AGENT, PASSWORD).await?.refusal(), (401, "SIGN_IN_REFUSED"));
    }
    Ok(())
}
