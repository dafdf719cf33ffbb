//! What the demo needs: the program, a server of its own, a database full of quotes.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use mongodb::{Client, Database};
use testbed::{
    ReplicaSet, ReplicaSetOptions, SmtpServer,
    data::{self, Loaded, Options, Validator},
};

use super::{
    plan,
    shop::{Shop, TOKEN},
};
use crate::{causeway::Causeway, ground, quotes::Quotes, say, workspace};

/// What the database is called; an operator confirms writes by this name.
pub(super) const DATABASE: &str = "shop";

/// Everything is in place. The server ends when this is dropped.
pub(super) struct Stage {
    pub(super) causeway: Causeway,
    pub(super) database: Database,
    pub(super) uri: String,
    /// Takes the mail that the run sends.
    pub(super) smtp: SmtpServer,
    /// The agency's application.
    pub(super) shop: Shop,
    _server: ReplicaSet,
}

/// Builds, starts and loads.
pub(super) async fn set(quotes: u64) -> Result<Stage> {
    let programs = workspace::build()?;
    ground::prepare()?;
    let folder = workspace::root().join(".causeway/demo");
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let options = ReplicaSetOptions {
        cache_gigabytes: 0.5,
        data_under: Some(folder.clone()),
        ..ReplicaSetOptions::default()
    };
    let server = ReplicaSet::start(options).await?;
    let uri = server.uri_for(DATABASE);
    let operator = folder.join("operator");
    let causeway =
        Causeway::new(programs.causeway, &operator, uri.clone())?.with("SHOP_SMOKE_TOKEN", TOKEN);
    ground::prepare_mail()?;
    let smtp = SmtpServer::start()?;
    let database = Client::with_uri_str(&uri).await.context("connect")?.database(DATABASE);
    say::talk(&format!("loading {quotes} quotes of production's shapes into {DATABASE}"));
    let begun = Instant::now();
    // The hardest case there is: the new model made its index already, and a validator is strict.
    let options =
        Options { quotes, validator: Validator::Strict, rival_index: true, ..Options::default() };
    let loaded = data::load(&database, &options).await.context("load the quotes")?;
    summarize(&loaded, begun.elapsed());
    let shop = Shop::open(Quotes::new(programs.quotes, uri.clone()), &folder).await?;
    causeway.configure(&plan::of_the_demo(&smtp.url(), shop.address())?)?;
    Ok(Stage { causeway, database, uri, smtp, shop, _server: server })
}

fn summarize(loaded: &Loaded, elapsed: Duration) {
    say::talk(&format!(
        "{} quotes, {} MB, {} of them of {} ugly shapes, in {:.1} s",
        loaded.quotes(),
        loaded.quote_bytes / 1_000_000,
        loaded.shapes.values().sum::<u64>(),
        loaded.shapes.len(),
        elapsed.as_secs_f64()
    ));
}
