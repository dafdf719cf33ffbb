//! `cargo xtask load-data`: fill a database with data like production's.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use mongodb::{Client, Database};
use testbed::data::{self, Loaded, Options, Validator};

use crate::say;

/// Arguments of `load-data`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The server, as a MongoDB connection string
    #[arg(long, env = "MONGODB_URI")]
    uri: String,
    /// The database to fill; without --drop it must hold no quotes
    #[arg(long)]
    database: String,
    /// How many quotes
    #[arg(long, default_value_t = 2_000)]
    quotes: u64,
    /// The validator that `quotes` gets
    #[arg(long, value_enum, default_value_t = ValidatorArgument::None)]
    validator: ValidatorArgument,
    /// Also create `selectedEvents.eventId_1`, which the new model makes when it starts first
    #[arg(long)]
    rival_index: bool,
    /// How many of a hundred quotes are ugly
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(0..=100))]
    ugly_percent: u64,
    /// The same seed gives the same documents
    #[arg(long, default_value_t = 10)]
    seed: u64,
    /// Drop the whole database first
    #[arg(long)]
    drop: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ValidatorArgument {
    None,
    Strict,
    WithoutReason,
}

impl From<ValidatorArgument> for Validator {
    fn from(argument: ValidatorArgument) -> Self {
        match argument {
            ValidatorArgument::None => Self::None,
            ValidatorArgument::Strict => Self::Strict,
            ValidatorArgument::WithoutReason => Self::WithoutReason,
        }
    }
}

/// Fills the database and says on stderr how far it is.
pub(crate) async fn run(arguments: Arguments) -> Result<()> {
    let client = Client::with_uri_str(&arguments.uri).await.context("connect")?;
    let database = client.database(&arguments.database);
    make_room(&database, arguments.drop).await?;
    let options = Options {
        quotes: arguments.quotes,
        seed: arguments.seed,
        ugly_percent: arguments.ugly_percent,
        validator: arguments.validator.into(),
        rival_index: arguments.rival_index,
        ..Options::default()
    };
    let begun = Instant::now();
    let told = Cell::new(begun);
    let progress = |quotes: u64| {
        if told.get().elapsed() >= Duration::from_secs(2) {
            told.set(Instant::now());
            say::talk(&format!("{quotes} of {} quotes", options.quotes));
        }
    };
    let loaded = data::load_with(&database, &options, progress).await?;
    summarize(&loaded, begun.elapsed());
    Ok(())
}

async fn make_room(database: &Database, drop: bool) -> Result<()> {
    if drop {
        return database.drop().await.with_context(|| format!("drop {}", database.name()));
    }
    let names = database.list_collection_names().await.context("list collections")?;
    if names.iter().any(|name| name == "quotes") {
        bail!("{} holds quotes already; --drop removes the whole database first", database.name());
    }
    Ok(())
}

fn summarize(loaded: &Loaded, elapsed: Duration) {
    for (collection, count) in &loaded.counts {
        say::talk(&format!("{count:>9}  {collection}"));
    }
    let ugly: u64 = loaded.shapes.values().sum();
    let megabytes = loaded.quote_bytes / 1_000_000;
    say::talk(&format!(
        "{ugly} quotes of {} ugly shapes; {megabytes} MB of quotes; {:.1} s",
        loaded.shapes.len(),
        elapsed.as_secs_f64()
    ));
}
