//! What somebody with the driver and a dump would do: insert everything, build the indexes.

use std::{
    fs,
    fs::File,
    io::{BufReader, Read},
    path::Path,
    time::Instant,
};

use anyhow::{Context as _, Result};
use bson::{Document, RawDocumentBuf, doc};
use futures_util::{TryStreamExt as _, future::try_join_all};
use local_mongod::{Kind, Private};
use mongodb::{Client, Database, options::WriteConcern};
use tokio::sync::{Mutex, mpsc};

use super::stage::{CACHE_GIGABYTES, Stage};
use crate::workspace;

const WRITERS: usize = 3;
const INSERTED_AT_ONCE: usize = 1_000;

/// Inserts what the backup holds into a server of its own, and builds its indexes. Returns the
/// seconds from when that server was ready.
pub(super) async fn plain(stage: &Stage, backup: &Path) -> Result<f64> {
    let program = testbed::mongod::find()?;
    let arguments = ["--wiredTigerCacheSizeGB".to_owned(), CACHE_GIGABYTES.to_string()];
    let place = workspace::root().join(".causeway/bench");
    let server = Private::start(&program, (Kind::Standalone, &arguments), &place).await?;
    let client = Client::with_uri_str(server.uri()).await.context("connect")?;
    let database = client.database(stage.database.name());
    let begun = Instant::now();
    for name in stage.database.list_collection_names().await.context("list collections")? {
        let file = backup.join(stage.database.name()).join(format!("{name}.bson"));
        if file.exists() {
            insert(&database, &name, &file).await?;
            index(&stage.database, &database, &name).await?;
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    fs::remove_dir_all(backup).context("remove the backup")?;
    Ok(seconds)
}

async fn insert(database: &Database, name: &str, file: &Path) -> Result<()> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(file).context("open a dump")?);
    let (sender, receiver) = mpsc::channel(2);
    let reading = tokio::task::spawn_blocking(move || -> Result<()> {
        let mut batch = Vec::new();
        while let Some(document) = next(&mut reader)? {
            batch.push(document);
            if batch.len() == INSERTED_AT_ONCE {
                sender.blocking_send(std::mem::take(&mut batch)).ok().context("hand over")?;
            }
        }
        sender.blocking_send(batch).ok().context("hand over")
    });
    let receiver = Mutex::new(receiver);
    let collection = database.collection::<RawDocumentBuf>(name);
    let writers = (0..WRITERS).map(|_| async {
        loop {
            let batch = receiver.lock().await.recv().await;
            let Some(batch) = batch else { return anyhow::Ok(()) };
            if !batch.is_empty() {
                let inserting = collection.insert_many(batch).ordered(false);
                let inserting = inserting.write_concern(WriteConcern::nodes(1));
                inserting.bypass_document_validation(true).await.context("insert")?;
            }
        }
    });
    try_join_all(writers).await?;
    reading.await.context("read a dump")?
}

fn next(reader: &mut impl Read) -> Result<Option<RawDocumentBuf>> {
    let mut len = [0; 4];
    if reader.read_exact(&mut len).is_err() {
        return Ok(None);
    }
    let mut bytes = vec![0; usize::try_from(i32::from_le_bytes(len)).context("read a length")?];
    bytes[..4].copy_from_slice(&len);
    reader.read_exact(&mut bytes[4..]).context("read a document")?;
    Ok(Some(RawDocumentBuf::from_bytes(bytes).context("read a document")?))
}

async fn index(from: &Database, to: &Database, name: &str) -> Result<()> {
    let listed = from.run_cursor_command(doc! { "listIndexes": name }).await;
    let listed: Vec<Document> = listed.context("list indexes")?.try_collect().await?;
    let wanted: Vec<Document> = listed
        .into_iter()
        .filter(|it| it.get_str("name").is_ok_and(|name| name != "_id_"))
        .collect();
    if !wanted.is_empty() {
        let command = doc! { "createIndexes": name, "indexes": wanted };
        to.run_command(command).await.context("build indexes")?;
    }
    Ok(())
}
