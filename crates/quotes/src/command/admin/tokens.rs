//! API tokens, from the command line.

use std::time::Duration;

use anyhow::anyhow;
use bson::{DateTime, oid::ObjectId};
use clap::Args;

use super::{Ended, Whose, account, ended, say, show, table};
use crate::access::{Access, Actor, NewToken, Scope, Token};

const DAY_SECONDS: u64 = 24 * 3_600;

/// A token to be made.
#[derive(Debug, Args)]
pub(in super::super) struct CreateToken {
    #[command(flatten)]
    whose: Whose,
    /// What it is for
    #[arg(long)]
    name: String,
    /// What it may do, separated by commas: quotes:read, quotes:write, catalogue:read, catalogue:write, operate
    #[arg(long, value_delimiter = ',', required = true)]
    scopes: Vec<Scope>,
    /// After how many days it ends; else when it is revoked
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3_650))]
    expires_days: Option<u32>,
}

/// A token to be ended.
#[derive(Debug, Args)]
pub(in super::super) struct RevokeToken {
    /// Its id, as list-tokens shows it
    id: String,
}

pub(super) async fn create(access: &Access, create: CreateToken) -> Result<(), Ended> {
    let CreateToken { whose, name, mut scopes, expires_days } = create;
    let user = account(access, &whose).await?;
    scopes.sort_unstable();
    scopes.dedup();
    let valid = expires_days.map(|days| Duration::from_secs(u64::from(days) * DAY_SECONDS));
    let new = NewToken { name, user: user.id, scopes, valid };
    let (token, secret) = access.create_token(new, Actor::Operator).await.map_err(ended)?;
    let (id, email) = (token.id, &user.email);
    say(&format!("made the token {id} of {email}; its secret is not to be had again:"));
    show(&secret);
    Ok(())
}

pub(super) async fn list(access: &Access) -> Result<(), Ended> {
    let heads = ["id", "state", "made", "last used", "scopes", "of", "name"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    for token in access.tokens.list().await.map_err(ended)? {
        let user = access.users.by_id(token.user).await.map_err(ended)?;
        let of = user.map_or_else(|| token.user.to_hex(), |user| user.email);
        rows.push(row(&token, of));
    }
    show(&table(&rows));
    Ok(())
}

pub(super) async fn revoke(access: &Access, revoke: RevokeToken) -> Result<(), Ended> {
    let no_id = |_error| Ended::Usage(anyhow!("`{}` is no id of a token", revoke.id));
    let id = ObjectId::parse_str(&revoke.id).map_err(no_id)?;
    access.revoke_token(id, Actor::Operator).await.map_err(ended)?;
    say(&format!("the token {id} lets nobody in any more"));
    Ok(())
}

fn row(token: &Token, of: String) -> Vec<String> {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.word()).collect();
    let state = match (token.revoked, token.is_valid(DateTime::now())) {
        (_, true) => "valid",
        (Some(_), false) => "revoked",
        (None, false) => "expired",
    };
    vec![
        token.id.to_hex(),
        state.to_owned(),
        minute(Some(token.created)),
        minute(token.used),
        scopes.join(","),
        of,
        token.name.clone(),
    ]
}

/// `2026-11-27 22:46`, in UTC.
fn minute(time: Option<DateTime>) -> String {
    let text = time.and_then(|time| time.try_to_rfc3339_string().ok());
    text.map_or_else(
        || "never".to_owned(),
        |text| text.replace('T', " ").chars().take(16).collect(),
    )
}
