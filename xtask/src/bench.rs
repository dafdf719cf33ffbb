//! `cargo xtask bench`: causeway against the plain driver and `quotes` against Express, in one run on
//! one server.
//!
//! Absolute times say more about the machine than about the program, so each row is a ratio: both
//! do their work in the same round, one after the other, in an order that changes from round to
//! round.

mod applications;
mod machine;
mod page;
mod pages;
mod plain;
mod restore;
mod round;
mod row;
mod rows;
mod stage;

use std::env;

use anyhow::{Result, bail};

use crate::{say, workspace};
use row::Row;
use stage::Stage;

/// Arguments of `bench`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many quotes
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(2_000..))]
    quotes: u64,
    /// How often everything is measured; medians are compared with the limits
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    rounds: u64,
    /// Measure only this, and leave docs/performance.md as it is
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Only print the table, and leave docs/performance.md as it is
    #[arg(long)]
    no_page: bool,
}

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Causeway against plain commands of the driver
    Causeway,
    /// `quotes` against the same routes by Express and Mongoose, and against itself before 010
    Applications,
}

/// Sees to it that this is optimised: a slow loop around the driver would make causeway look good.
pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    if cfg!(debug_assertions) {
        let mut command = workspace::cargo();
        command.args(["run", "--quiet", "--release", "--package", "xtask", "--"]);
        return workspace::run(command.args(env::args_os().skip(1)));
    }
    measure(arguments).await
}

/// Measures, prints the table, writes the page, and fails when a row is over its limit.
async fn measure(arguments: &Arguments) -> Result<()> {
    let load_before = machine::load();
    let stage = stage::set(arguments.quotes).await?;
    let mut rows = Vec::new();
    if arguments.only != Some(Part::Applications) {
        rows.extend(of_causeway(&stage, arguments.rounds).await?);
    }
    if arguments.only != Some(Part::Causeway) {
        let measured = applications::measure(&stage, arguments.rounds).await?;
        rows.extend(applications::rows(&measured));
        rows.extend(pages::measure(&stage).await?);
    }
    let table = page::table(&rows);
    say::talk(&format!("\n{table}"));
    if !arguments.no_page && arguments.only.is_none() {
        page::write(&page::Facts { stage: &stage, rows: &rows, load_before, arguments })?;
    }
    let over: Vec<&Row> = rows.iter().filter(|row| !row.is_met()).collect();
    if !over.is_empty() {
        let names: Vec<&str> = over.iter().map(|row| row.name).collect();
        bail!("over the limit: {}", names.join("; "));
    }
    Ok(())
}

async fn of_causeway(stage: &Stage, rounds: u64) -> Result<Vec<Row>> {
    let mut measured = Vec::new();
    for number in 0..rounds {
        say::talk(&format!("round {} of {rounds}", number + 1));
        measured.push(round::measure(stage, round::Order::of(number)).await?);
    }
    Ok(rows::all(&measured))
}
