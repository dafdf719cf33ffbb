//! From arguments to an exit code.

mod admin;
mod exit;

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;

use crate::{
    api, server,
    settings::{ConnectionArguments, ServeArguments},
};

pub use exit::Ended;

/// Quotes with events: the agency's application.
#[derive(Debug, Parser)]
#[command(name = "quotes", version, about, max_term_width = 100)]
struct Arguments {
    #[command(flatten)]
    connection: ConnectionArguments,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Serve API and pages until it is told to stop (Ctrl-C, SIGTERM)
    Serve(ServeArguments),
    /// Manage accounts and API tokens
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Print the OpenAPI document of what is served
    Openapi,
}

/// Runs the program. Exit codes are in `docs/quotes.md`.
pub async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Command::Serve(serve) => server::serve(&arguments.connection, &serve).await,
        Command::Admin(command) => admin::run(&arguments.connection, command).await,
        Command::Openapi => openapi(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(ended) => {
            say(&format!("error: {:#}", ended.error()));
            ended.exit_code()
        }
    }
}

#[expect(clippy::print_stdout, reason = "the document is what was asked for")]
fn openapi() -> Result<(), Ended> {
    let document = serde_json::to_string_pretty(&api::document()).context("write the document")?;
    println!("{document}");
    Ok(())
}

/// Tells the person who gave the command.
#[expect(clippy::print_stderr, reason = "the command talks to a person")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}
