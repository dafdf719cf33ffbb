//! Accounts, from the command line.

use anyhow::anyhow;
use clap::Args;

use super::{Ended, PasswordArguments, Whose, account, ended, say, show, table};
use crate::access::{self, Access, Actor, NewUser, Role, Standing, User};

const ROWS: u32 = 200;

/// An account to be made.
#[derive(Debug, Args)]
pub(in super::super) struct CreateUser {
    #[command(flatten)]
    whose: Whose,
    /// Their name
    #[arg(long)]
    name: String,
    /// What they are: admin or agent
    #[arg(long)]
    role: Role,
    /// The company they work for
    #[arg(long)]
    company: Option<String>,
    #[command(flatten)]
    pub(super) password: PasswordArguments,
}

/// An account that gets another password.
#[derive(Debug, Args)]
pub(in super::super) struct ResetPassword {
    #[command(flatten)]
    whose: Whose,
    #[command(flatten)]
    pub(super) password: PasswordArguments,
}

pub(super) async fn create(access: &Access, create: CreateUser) -> Result<(), Ended> {
    let CreateUser { whose, name, role, company, password } = create;
    if !access::is_email(whose.email.trim()) {
        return Err(Ended::Usage(anyhow!("`{}` is no e-mail address", whose.email)));
    }
    if access.users.by_email(&whose.email).await.map_err(ended)?.is_some() {
        return Err(Ended::Refused(anyhow!("there is an account of {} already", whose.email)));
    }
    let password = password.obtain()?;
    let new = NewUser { email: whose.email, name, role, company };
    let made = access.create_user(new, password.as_deref(), Actor::Operator).await;
    let (user, generated) = made.map_err(ended)?;
    say(&format!("made the account of {}, {}", user.email, user.role.word()));
    print(generated);
    Ok(())
}

pub(super) async fn reset_password(access: &Access, reset: ResetPassword) -> Result<(), Ended> {
    let user = account(access, &reset.whose).await?;
    let password = reset.password.obtain()?;
    let done = access.reset_password(user.id, password.as_deref(), Actor::Operator).await;
    let generated = done.map_err(ended)?;
    say(&format!("{} has another password, and is signed out everywhere", user.email));
    print(generated);
    Ok(())
}

pub(super) async fn list(access: &Access) -> Result<(), Ended> {
    let mut rows =
        vec![["id", "e-mail", "role", "", "name", "company"].map(str::to_owned).to_vec()];
    let mut after = None;
    loop {
        let (users, next) = access.users.list(after, ROWS).await.map_err(ended)?;
        rows.extend(users.iter().map(row));
        if next.is_none() {
            break;
        }
        after = next;
    }
    show(&table(&rows));
    Ok(())
}

fn row(user: &User) -> Vec<String> {
    let standing = match user.standing {
        Standing::Approved => "approved",
        Standing::NotApproved => "not approved",
    };
    vec![
        user.id.to_hex(),
        user.email.clone(),
        user.role.word().to_owned(),
        standing.to_owned(),
        user.name.clone(),
        user.company.clone().unwrap_or_default(),
    ]
}

fn print(generated: Option<String>) {
    if let Some(password) = generated {
        show(&password);
    }
}
