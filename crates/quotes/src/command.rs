//! From arguments to an exit code.

mod admin;
mod exit;

use std::process::ExitCode;

use clap::Parser;

use crate::{
    server,
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
}

/// Runs the program. Exit codes are in `docs/quotes.md`.
pub async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Command::Serve(serve) => server::serve(&arguments.connection, &serve).await,
        Command::Admin(command) => admin::run(&arguments.connection, command).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(ended) => {
            say(&format!("error: {:#}", ended.error()));
            ended.exit_code()
        }
    }
}

/// Tells the person who gave the command.
#[expect(clippy::print_stderr, reason = "the command talks to a person")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}
