//! `causeway_archive`: values that were replaced or taken away, raw, in chunks.
//!
//! A chunk is written in the transaction that changes its documents, so a value is in the archive
//! exactly when it is not in the document any more. Chunks are never deleted; what became of one
//! is noted in it.

use bson::{Bson, Document, doc};
use causeway_core::packed::{self, Entry};
use futures_util::StreamExt;
use mongodb::{ClientSession, Collection, IndexModel};

use crate::failure::{Attempt, Failure, Result};
use crate::runs::binary;
use crate::target::Target;

/// Collection of archived values.
pub const COLLECTION: &str = "causeway_archive";

/// Why values were archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Documents that had an added field before the first write.
    HadBefore,
    /// `up` replaced, removed or moved a value; `down` brings it back.
    Replaced,
    /// `down` took a value away that people entered; the next `up` brings it back.
    TakenAway,
    /// A person put an archived value over this one, or a rollback the value from before it was
    /// computed.
    Overwritten,
}

impl Kind {
    /// As it is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::HadBefore => "had_before",
            Self::Replaced => "replaced",
            Self::TakenAway => "taken_away",
            Self::Overwritten => "overwritten",
        }
    }
}

/// Where a chunk belongs.
#[derive(Debug, Clone, Copy)]
pub struct ChunkKey<'a> {
    /// Application.
    pub application: &'a str,
    /// Run that archives.
    pub run: &'a str,
    /// Epoch of its lease: with the batch number it orders chunks in time.
    pub epoch: i64,
    /// Batch of that run.
    pub batch: u64,
    /// Version of the migration.
    pub version: &'a str,
    /// Position of the step in the file.
    pub step: usize,
    /// Collection of the documents.
    pub collection: &'a str,
    /// Field whose values these are.
    pub field: &'a str,
    /// Why.
    pub kind: Kind,
}

/// A chunk as it was read.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// `_id` of its first piece.
    pub id: Bson,
    /// Field whose values these are.
    pub field: String,
    /// Its entries.
    pub entries: Vec<Entry>,
}

/// The archive.
#[must_use]
pub fn collection(target: &Target) -> Collection<Document> {
    target.database.collection(COLLECTION)
}

/// Makes the index by which the chunks of an application are found.
///
/// # Errors
/// When the server refuses.
pub async fn prepare(target: &Target) -> Result<()> {
    let by_application =
        IndexModel::builder().keys(doc! { "application": 1, "kind": 1, "step": 1 }).build();
    collection(target)
        .create_index(by_application)
        .await
        .attempt(|| format!("make the index of {COLLECTION}"))?;
    Ok(())
}

/// Writes entries in the session's transaction.
///
/// # Errors
/// When the server refuses; the transaction must then be aborted.
pub async fn store(
    target: &Target,
    session: &mut ClientSession,
    key: ChunkKey<'_>,
    entries: &[Entry],
) -> Result<(), mongodb::error::Error> {
    let number = |value: u64| i64::try_from(value).expect("numbers of batches are small");
    for (part, chunk) in (0_i64..).zip(packed::chunks(entries)) {
        let count = packed::read(&chunk).map_or(0, |entries| entries.len());
        for (piece, bytes) in packed::pieces(&chunk).enumerate() {
            collection(target)
                .insert_one(doc! {
                    "_id": { "run": key.run, "batch": number(key.batch), "field": key.field,
                        "part": part, "piece": number(piece as u64) },
                    "application": key.application,
                    "run": key.run,
                    "epoch": key.epoch,
                    "batch": number(key.batch),
                    "version": key.version,
                    "kind": key.kind.word(),
                    "step": number(key.step as u64),
                    "collection": key.collection,
                    "field": key.field,
                    "part": part,
                    "piece": number(piece as u64),
                    "entries": if piece == 0 { number(count as u64) } else { 0 },
                    "undone_by": Bson::Null,
                    "data": binary(bytes.to_vec()),
                })
                .session(&mut *session)
                .await?;
        }
    }
    Ok(())
}

/// Reads chunks one after the other, latest first, pieces put together.
///
/// # Errors
/// When the archive can't be read or a chunk is damaged.
pub async fn each_chunk(
    target: &Target,
    filter: Document,
    mut take: impl AsyncFnMut(Chunk) -> Result<()>,
) -> Result<()> {
    let reading = || format!("read {COLLECTION}");
    // Ids first: a chunk's turn may take long, and a cursor idle for too long is closed.
    let mut first_pieces = filter.clone();
    first_pieces.insert("piece", 0_i64);
    // Projected before they are sorted: a sort would hold every chunk's data.
    let ordered = [
        doc! { "$match": first_pieces },
        doc! { "$project": { "epoch": 1, "batch": 1, "part": 1 } },
        doc! { "$sort": { "epoch": -1, "batch": -1, "part": -1 } },
    ];
    let mut cursor =
        collection(target).aggregate(ordered).allow_disk_use(true).await.attempt(reading)?;
    let mut ids = Vec::new();
    while let Some(found) = cursor.next().await {
        ids.extend(found.attempt(reading)?.remove("_id"));
    }
    for id in ids {
        let chunk = read_chunk(target, &id).await?;
        take(chunk).await?;
    }
    Ok(())
}

async fn read_chunk(target: &Target, id: &Bson) -> Result<Chunk> {
    let reading = || format!("read chunk {id} of {COLLECTION}");
    let lost = || Failure::unexpected(format!("chunk {id} of {COLLECTION} is incomplete"));
    let mut bytes = Vec::new();
    let mut field = String::new();
    let mut piece = 0_i64;
    loop {
        let mut piece_id = id.as_document().cloned().ok_or_else(lost)?;
        piece_id.insert("piece", piece);
        let found = collection(target).find_one(doc! { "_id": piece_id }).await.attempt(reading)?;
        let Some(found) = found else { break };
        field = found.get_str("field").unwrap_or_default().to_owned();
        let data = found.get_binary_generic("data").map_err(|_| lost())?;
        bytes.extend_from_slice(data);
        piece += 1;
        // Only a chunk of one entry is larger than a piece.
        if data.len() < packed::CHUNK_BYTES_MAX {
            break;
        }
    }
    if bytes.is_empty() {
        return Err(lost());
    }
    Ok(Chunk { id: id.clone(), field, entries: packed::read(&bytes).attempt(reading)? })
}
