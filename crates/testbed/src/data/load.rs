//! Putting the whole set into a database, quickly and with bounded memory.

mod batch;

use std::{collections::BTreeMap, thread};

use anyhow::{Context as _, Result, ensure};
use bson::{Document, RawDocumentBuf, doc};
use mongodb::Database;
use tokio::sync::mpsc;

use self::batch::Batch;
use super::{collections, indexes, options::Options, shape::Shape, validator::validator};

const BATCH_DOCUMENTS: u64 = 1_000;
const GENERATORS: u64 = 2;
/// Batches that wait for the server, for each generator: a few megabytes.
const BATCHES_WAITING_MAX: usize = 2;

/// What was put into the database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Documents of each collection.
    pub counts: BTreeMap<String, u64>,
    /// Quotes of each ugly shape.
    pub shapes: BTreeMap<Shape, u64>,
    /// The size of all quotes together, as BSON.
    pub quote_bytes: u64,
}

impl Loaded {
    /// How many quotes.
    pub fn quotes(&self) -> u64 {
        self.counts.get("quotes").copied().unwrap_or_default()
    }
}

/// Creates all collections of `database` with their validators, documents and indexes.
///
/// # Errors
///
/// When the server refuses anything; the database then holds a part.
pub async fn load(database: &Database, options: &Options) -> Result<Loaded> {
    load_with(database, options, |_quotes| {}).await
}

/// [`load`], telling `progress` now and then how many quotes are in.
///
/// # Errors
///
/// As [`load`].
pub async fn load_with(
    database: &Database,
    options: &Options,
    progress: impl Fn(u64),
) -> Result<Loaded> {
    let mut create = doc! { "create": "quotes" };
    if let Some(validator) = validator(options.validator) {
        create.insert("validator", validator);
    }
    database.run_command(create).await.context("create quotes")?;
    let mut loaded = load_quotes(database, options, progress).await?;
    for collection in collections::all(options) {
        let count = collection.documents.len() as u64;
        for documents in collection.documents.chunks(1_000) {
            let command = batch::insert_command(collection.name, documents, batch::Validation::On);
            insert(database, command, documents.len())
                .await
                .with_context(|| format!("fill {}", collection.name))?;
        }
        loaded.counts.insert(collection.name.to_owned(), count);
    }
    // Last: building an index over all costs less than keeping it up to date. And with majority, so
    // that whoever reads now with any read concern sees everything.
    for (collection, indexes) in indexes::all(options.rival_index) {
        create_indexes(database, collection, indexes).await?;
    }
    Ok(loaded)
}

async fn create_indexes(
    database: &Database,
    collection: &str,
    indexes: Vec<Document>,
) -> Result<()> {
    let command = doc! {
        "createIndexes": collection,
        "indexes": indexes,
        "writeConcern": { "w": "majority" },
    };
    database
        .run_command(command)
        .await
        .with_context(|| format!("create the indexes of {collection}"))?;
    Ok(())
}

async fn load_quotes(
    database: &Database,
    options: &Options,
    progress: impl Fn(u64),
) -> Result<Loaded> {
    let mut lanes = Vec::new();
    for lane in 0..GENERATORS {
        let (batches, inbox) = mpsc::channel(BATCHES_WAITING_MAX);
        let options = options.clone();
        thread::spawn(move || generate(&options, lane, &batches));
        lanes.push(inbox);
    }
    let loaded = std::cell::RefCell::new(Loaded::default());
    let done = |batch: &Batch| {
        let mut loaded = loaded.borrow_mut();
        batch.add_to(&mut loaded);
        progress(loaded.quotes());
    };
    let lanes = lanes.into_iter().map(|inbox| insert_all(database, inbox, &done));
    futures_util::future::try_join_all(lanes).await?;
    let loaded = loaded.into_inner();
    ensure!(
        loaded.quotes() == options.quotes_total(),
        "{} quotes were generated instead of {}",
        loaded.quotes(),
        options.quotes_total()
    );
    Ok(loaded)
}

/// Makes every second batch. Ends early when nobody takes them any more: the load has failed.
fn generate(options: &Options, lane: u64, batches: &mpsc::Sender<Batch>) {
    let total = options.quotes_total();
    let mut first = lane * BATCH_DOCUMENTS;
    while first < total {
        let batch = Batch::generate(options, first..(first + BATCH_DOCUMENTS).min(total));
        if batches.blocking_send(batch).is_err() {
            return;
        }
        first += GENERATORS * BATCH_DOCUMENTS;
    }
}

async fn insert_all(
    database: &Database,
    mut inbox: mpsc::Receiver<Batch>,
    done: &impl Fn(&Batch),
) -> Result<()> {
    while let Some(mut batch) = inbox.recv().await {
        for (command, documents) in batch.take_commands() {
            insert(database, command, documents).await.context("fill quotes")?;
        }
        done(&batch);
    }
    Ok(())
}

async fn insert(database: &Database, command: RawDocumentBuf, documents: usize) -> Result<()> {
    let reply = database.run_raw_command(command).await.context("run insert")?;
    // A reply with write errors is still "ok".
    if let Some(error) = reply.get_array("writeErrors").ok().and_then(|errors| errors.first()) {
        anyhow::bail!("the server refused a document: {error}");
    }
    let inserted = reply.get_i32("n").context("read how many were inserted")?;
    ensure!(usize::try_from(inserted) == Ok(documents), "{inserted} of {documents} were inserted");
    Ok(())
}
