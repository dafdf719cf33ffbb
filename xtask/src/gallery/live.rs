//! The page of operations while a real run is under way.

use std::{
    env,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use bson::{Document, doc};
use mongodb::Database;
use testbed::{
    ReplicaSet, ReplicaSetOptions,
    browser::Driver,
    data::{self, Options},
};

use super::{LIVE, LOOKS, SETTLED, Shown, open, picture, sign_in};
use crate::{causeway::Causeway, quotes::Quotes, say, workspace::Programs};

const DATABASE: &str = "shop";
const QUOTES: u64 = 20_000;
/// So slow that there is time for pictures.
const RUN: &str = "run 010 --yes shop --operator ann --documents-per-second-max 500";
/// An administrator of the generated users, and the password of all of them.
const ACCOUNT: (&str, &str) = ("user0@agency.example", "correct horse battery staple");
/// Backup, proof and rehearsal come first.
const UNDER_WAY_MAX: Duration = Duration::from_mins(5);
/// A line has to be seen in the chart.
const SECONDS_IN_THE_CHART: usize = 8;

/// Takes the pictures; the run and its database are thrown away.
pub(super) async fn take(programs: Programs, (work, folder): (&Path, &Path)) -> Result<()> {
    let server = ReplicaSet::start(ReplicaSetOptions::default()).await?;
    let uri = server.uri_for(DATABASE);
    let database = mongodb::Client::with_uri_str(&uri).await.context("connect")?.database(DATABASE);
    let options = Options { quotes: QUOTES, ..Options::default() };
    data::load(&database, &options).await.context("load the quotes")?;
    let quotes = Quotes::new(programs.quotes, uri.clone()).with("QUOTES_AGENCY", "Weekend Works");
    let served = quotes.serve(&["--allow-pending"], &work.join("live.log")).await?;
    // The page shows where the backup is: not where this project lies.
    let operator = env::temp_dir().join("causeway-gallery");
    let causeway = Causeway::new(programs.causeway, &operator, uri)?;
    let mut running = causeway.start(RUN)?;
    under_way(&database).await?;
    let Shown { name, path, .. } = LIVE;
    for (look, scheme) in LOOKS {
        let driver = Driver::start()?;
        let browser = open(&driver, scheme).await?;
        browser.goto(format!("{}/sign-in", served.address())).await?;
        sign_in(&browser, ACCOUNT).await?;
        browser.goto(format!("{}{path}", served.address())).await?;
        tokio::time::sleep(SETTLED).await;
        let file = folder.join(format!("{name}-{look}.png"));
        picture(&browser, &file).await.with_context(|| format!("take a picture of {name}"))?;
        say::talk(&format!("{name}-{look}.png"));
        browser.quit().await.context("close the browser")?;
    }
    running.kill().context("end the run")?;
    running.wait().context("wait for the run").map(drop)
}

/// Waits until documents are changed, for long enough to be drawn.
async fn under_way(database: &Database) -> Result<()> {
    let states = database.collection::<Document>("causeway_state");
    let begun = Instant::now();
    loop {
        let live = states.find_one(doc! { "_id": "progress" }).await.context("look at the run")?;
        let live = live.unwrap_or_default();
        let step = live.get_document("step").ok().and_then(|it| it.get_str("id").ok());
        let rates = live.get_array("rates").map(Vec::len).unwrap_or_default();
        if step == Some("up") && rates >= SECONDS_IN_THE_CHART {
            return Ok(());
        }
        ensure!(begun.elapsed() < UNDER_WAY_MAX, "the run does not come to its migration");
        tokio::time::sleep(SETTLED).await;
    }
}
