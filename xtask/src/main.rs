//! The project's automation. `cargo xtask --help` lists what there is.

mod load_data;

use clap::Parser;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about)]
enum Command {
    /// Fill a database with data like production's
    LoadData(load_data::Arguments),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Command::parse() {
        Command::LoadData(arguments) => load_data::run(arguments).await,
    }
}
