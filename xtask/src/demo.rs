//! `cargo xtask demo`: migration 010 on quotes like production's, from the first check to the
//! second `up`, with an application at work on the same database.

mod application;
mod night;
mod plan;
mod shop;
mod stage;
mod story;
mod traffic;
mod witness;

use std::io::{self, IsTerminal as _};

use anyhow::Result;

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many quotes
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(2_000..))]
    quotes: u64,
    /// End when everything is proved, instead of leaving the application running to be tried
    #[arg(long)]
    no_serve: bool,
}

/// Plays it, and fails when anything is not as it should be.
pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let stage = stage::set(arguments.quotes).await?;
    let proved = story::tell(&stage).await?;
    proved.say();
    // Nobody is there to try it where there is no terminal.
    if !arguments.no_serve && io::stdout().is_terminal() {
        stage.shop.stay(&stage.smtp.url()).await?;
    }
    Ok(())
}
