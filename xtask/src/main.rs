//! The project's automation. `cargo xtask --help` lists what there is.

mod test;
mod tidy;

mod bench;
mod demo;
mod gallery;
mod load_data;
mod picture;

mod causeway;
mod quotes;
mod served;

mod ground;
mod http;
mod memory;
mod raw;
mod say;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// The project's automation: all there is.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about, max_term_width = 100)]
enum Command {
    /// Everything that must hold before a change goes in; sets up what it needs
    Test(test::Arguments),
    /// The checks that read files only
    Tidy,
    /// Carry migration 010 through on 100,000 quotes, as an operator would
    Demo(demo::Arguments),
    /// Measure causeway against the plain driver, and write docs/performance.md
    Bench(bench::Arguments),
    /// Draw what a terminal shows as an SVG
    Picture(picture::Arguments),
    /// Take pictures of every page of quotes
    Gallery(gallery::Arguments),
    /// Fill a database with data like production's
    LoadData(load_data::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Command::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::talk(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<()> {
    match command {
        Command::Test(arguments) => test::run(&arguments),
        Command::Tidy => tidy::run(),
        Command::Demo(arguments) => demo::run(&arguments).await,
        Command::Bench(arguments) => bench::run(&arguments).await,
        Command::Picture(arguments) => picture::run(&arguments),
        Command::Gallery(arguments) => gallery::run(&arguments).await,
        Command::LoadData(arguments) => load_data::run(arguments).await,
    }
}
