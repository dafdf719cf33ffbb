//! `quotes admin`: accounts and tokens by whoever operates the server.
//!
//! What is secret goes to stdout, by itself, for a pipe; everything else to stderr.

mod password;
mod tokens;
mod users;

use clap::{Args, Subcommand};

use super::{Ended, say};
use crate::{
    access::{Access, Hashing, Rules, User},
    failure::Failure,
    server,
    settings::{Address, ConnectionArguments, Variables},
    store::Store,
};

use self::{
    password::PasswordArguments,
    tokens::{CreateToken, RevokeToken},
    users::{CreateUser, ResetPassword},
};

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// Make an account, which is approved
    CreateUser(CreateUser),
    /// Give an account another password, and end its sessions
    ResetPassword(ResetPassword),
    /// List all accounts
    ListUsers,
    /// Make an API token, and print its secret once
    CreateToken(CreateToken),
    /// List all API tokens, the newest first
    ListTokens,
    /// End an API token; running servers see it within a second
    RevokeToken(RevokeToken),
}

/// Whose account is meant.
#[derive(Debug, Args)]
struct Whose {
    /// The e-mail address of the account
    #[arg(long, value_name = "ADDRESS")]
    email: String,
}

/// Carries a command out.
pub(super) async fn run(
    connection: &ConnectionArguments,
    command: AdminCommand,
) -> Result<(), Ended> {
    let variables = Variables::read(connection.env_file.as_deref()).map_err(Ended::Usage)?;
    let address = Address::of(connection, &variables).await.map_err(Ended::Usage)?;
    let access = |hashing| connect(&address, hashing);
    match command {
        AdminCommand::CreateUser(create) => {
            users::create(&access(create.password.hashing()).await?, create).await
        }
        AdminCommand::ResetPassword(reset) => {
            users::reset_password(&access(reset.password.hashing()).await?, reset).await
        }
        AdminCommand::ListUsers => users::list(&access(Hashing::default()).await?).await,
        AdminCommand::CreateToken(create) => {
            tokens::create(&access(Hashing::default()).await?, create).await
        }
        AdminCommand::ListTokens => tokens::list(&access(Hashing::default()).await?).await,
        AdminCommand::RevokeToken(revoke) => {
            tokens::revoke(&access(Hashing::default()).await?, revoke).await
        }
    }
}

/// Says where it works, before anything is done there.
async fn connect(address: &Address, hashing: Hashing) -> Result<Access, Ended> {
    let store = Store::new(address.options.clone(), &address.database)?;
    let shown = format!("database {} at {}", address.database, address.hosts);
    let server = server::answering(&store).await;
    let server = server.map_err(|error| Ended::Refused(error.context(shown.clone())))?;
    say(&format!("{shown} ({server})"));
    Ok(Access::new(&store, Rules { hashing, rate_per_second: 0 }))
}

/// The account of an e-mail address.
async fn account(access: &Access, whose: &Whose) -> Result<User, Ended> {
    let found = access.users.by_email(&whose.email).await.map_err(ended)?;
    found.ok_or_else(|| Ended::Refused(anyhow::anyhow!("there is no account of {}", whose.email)))
}

/// What is there does not allow it, or it did not work.
fn ended(failure: Failure) -> Ended {
    let refused = failure.status.is_client_error();
    let error = failure.into_cause();
    if refused { Ended::Refused(error) } else { Ended::Failed(error) }
}

/// Rows under each other, each column as wide as its widest text.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column| {
        let texts = rows.iter().filter_map(|row| row.get(column));
        texts.map(|text: &String| text.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(text, width)| format!("{text:width$}"));
        cells.collect::<Vec<String>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<String>>().join("\n")
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn show(text: &str) {
    println!("{text}");
}
