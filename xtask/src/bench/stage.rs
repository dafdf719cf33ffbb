//! One server with one cache size, and the quotes.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result};
use bson::{RawBson, RawDocument, doc};
use mongodb::{Client, Database};
use testbed::{
    ReplicaSet, ReplicaSetOptions,
    data::{self, Loaded, Options},
};

use super::machine;
use crate::{causeway::Causeway, ground, quotes::Quotes, raw, say, workspace};

/// What the database is called.
pub(super) const DATABASE: &str = "shop";
pub(super) const CACHE_GIGABYTES: f64 = 1.0;
/// Room for all rounds: no oplog that wraps around in the middle of one.
pub(super) const OPLOG_MEGABYTES: u32 = 8_192;

/// Everything that is measured works on this.
pub(super) struct Stage {
    pub(super) causeway: Causeway,
    pub(super) database: Database,
    pub(super) uri: String,
    pub(super) quotes: Quotes,
    pub(super) loaded: Loaded,
    pub(super) server_version: String,
    /// What quotes have the field already, and what stands in it: the plain way back takes it from
    /// them, and it has to be put back before the next round.
    pub(super) had_before: Vec<(RawBson, RawBson)>,
    state: PathBuf,
    _server: ReplicaSet,
}

/// Builds, starts and loads.
pub(super) async fn set(quotes: u64) -> Result<Stage> {
    let programs = workspace::build()?;
    let server_version = ground::version(&ground::prepare()?)?;
    let folder = workspace::root().join(".causeway/bench");
    fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
    let options = ReplicaSetOptions {
        cache_gigabytes: CACHE_GIGABYTES,
        oplog_megabytes: Some(OPLOG_MEGABYTES),
        data_under: Some(folder.clone()),
        ..ReplicaSetOptions::default()
    };
    let server = ReplicaSet::start(options).await?;
    let uri = server.uri_for(DATABASE);
    // One machine asks for everything.
    let application = Quotes::new(programs.quotes, uri.clone()).with("QUOTES_RATE_PER_SECOND", "0");
    let operator = folder.join("operator");
    let causeway = Causeway::new(programs.causeway, &operator, uri.clone())?;
    let database = Client::with_uri_str(&uri).await.context("connect")?.database(DATABASE);
    say::talk(&format!("loading {quotes} quotes"));
    let options = Options { quotes, ..Options::default() };
    let loaded = data::load(&database, &options).await.context("load the quotes")?;
    let had_before = had_before(&database).await?;
    let state = operator.join(".causeway");
    Ok(Stage {
        causeway,
        database,
        uri,
        quotes: application,
        loaded,
        server_version,
        had_before,
        state,
        _server: server,
    })
}

async fn had_before(database: &Database) -> Result<Vec<(RawBson, RawBson)>> {
    let mut had = Vec::new();
    raw::read(database, "quotes", |quote| had.extend(field_of(quote))).await?;
    Ok(had)
}

fn field_of(quote: &RawDocument) -> Option<(RawBson, RawBson)> {
    let field = |name| quote.get(name).ok().flatten().map(RawBson::from);
    Some((field("_id")?, field("selectedEvents")?))
}

impl Stage {
    /// Removes every trace of Causeway's last run, so that each round starts from the same.
    pub(super) async fn forget(&self) -> Result<()> {
        let database = &self.database;
        for collection in database.list_collection_names().await.context("list collections")? {
            if collection.starts_with("causeway_") {
                let ours = database.collection::<bson::Document>(&collection);
                ours.drop().await.with_context(|| format!("drop {collection}"))?;
            }
        }
        database
            .collection::<bson::Document>("migrations")
            .delete_many(doc! { "version": "010" })
            .await
            .context("remove the record of 010")?;
        if self.state.exists() {
            fs::remove_dir_all(&self.state).context("remove the folders of the last runs")?;
        }
        Ok(())
    }

    /// Gives the server the cache that it takes by itself, as one that applications work on has it.
    pub(super) async fn give_default_cache(&self) -> Result<()> {
        let cache = format!("cache_size={}M", machine::default_cache_megabytes()?);
        let set = doc! { "setParameter": 1, "wiredTigerEngineRuntimeConfig": cache };
        let admin = self.database.client().database("admin");
        admin.run_command(set).await.context("set the size of the cache").map(drop)
    }

    /// Writes everything out, so that nobody pays for the work of the one before.
    pub(super) async fn settle(&self) -> Result<()> {
        let admin = self.database.client().database("admin");
        admin.run_command(doc! { "fsync": 1 }).await.context("write everything out")?;
        Ok(())
    }
}
