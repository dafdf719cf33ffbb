//! Who changed what since the digests were taken: the change stream, without our own writes.
//!
//! Read only when documents differ, for the server has to go through its whole history for it. Our
//! transactions are known by the `lsid` of their sessions. The stream begins at the time of the
//! snapshot, inclusive, and is read up to the time of the second one.

use std::path::Path;

use bson::raw::RawBsonRef;
use bson::{Bson, Document, RawDocument, RawDocumentBuf, Timestamp, doc};
use causeway_core::digest::Digest;
use causeway_core::element::find;
use causeway_core::record::State;
use futures_util::StreamExt;

use crate::digest_file::{DigestFile, DigestWriter};
use crate::failure::{Attempt, Failure, Result};
use crate::runs;
use crate::target::Target;

/// An insert was seen.
pub const INSERTED: u128 = 1;
/// An update or replacement was seen.
pub const CHANGED: u128 = 2;
/// A delete was seen.
pub const DELETED: u128 = 4;

/// What the change stream knows of a collection.
#[derive(Debug)]
pub enum Causes {
    /// Everything: the ids of documents that others wrote, with what was done to them.
    Known(DigestFile),
    /// Not everything, and why.
    Lost(String),
}

/// Which stretch of history.
#[derive(Debug, Clone, Copy)]
pub struct Stretch<'a> {
    /// Collection.
    pub collection: &'a str,
    /// Whose own writes are not looked for.
    pub application: &'a str,
    /// From the first snapshot, which is not part of it.
    pub from: Timestamp,
    /// To the second snapshot, which is.
    pub to: Timestamp,
    /// Bits of the bucket number, as in the digest files.
    pub bits: u32,
}

/// Reads the causes of a collection into a file in `folder`.
///
/// # Errors
/// When the disk is full; a history that can't be read is [`Causes::Lost`].
pub async fn read(target: &Target, stretch: Stretch<'_>, folder: &Path) -> Result<Causes> {
    let path =
        folder.join(format!("causes-{}.digests", crate::survey::file_name(stretch.collection)));
    let writer = DigestWriter::create(&path, stretch.bits)?;
    let mut sink = writer.sink();
    let lost = collect(target, stretch, &mut |id: &[u8], what: u128| {
        // The format of digest files, with what happened in the place of a hash.
        sink.put(id, Digest { all: what, rest: 0 }, State::Absent)
    })
    .await?;
    sink.finish()?;
    writer.finish()?;
    if let Some(why) = lost {
        return Ok(Causes::Lost(why));
    }
    Ok(match DigestFile::open(&path)? {
        Some(file) => Causes::Known(file),
        None => Causes::Lost("the list of causes is gone".to_owned()),
    })
}

async fn collect(
    target: &Target,
    stretch: Stretch<'_>,
    put: &mut impl FnMut(&[u8], u128) -> Result<()>,
) -> Result<Option<String>> {
    let own = runs::sessions(target, stretch.application).await?;
    let stages = vec![
        doc! { "$changeStream": { "startAtOperationTime": stretch.from } },
        doc! { "$match": { "lsid.id": { "$nin": own } } },
        doc! { "$project": { "operationType": 1, "documentKey": 1, "clusterTime": 1 } },
    ];
    let between = (stretch.from, stretch.to);
    each_change(target, (stretch.collection, stages), between, |kind, event| {
        let what = match kind {
            "insert" => INSERTED,
            "update" | "replace" => CHANGED,
            _ => DELETED,
        };
        put(&changed_id(event)?, what)
    })
    .await
}

/// Packed `_id` of the document that a change was about.
///
/// # Errors
/// When the event makes no sense.
pub fn changed_id(event: &RawDocument) -> Result<Vec<u8>> {
    let reading = || "read a change".to_owned();
    let key = event.get_document("documentKey").attempt(reading)?;
    let id = find(key, "_id").attempt(reading)?;
    id.map(|id| id.packed_value())
        .ok_or_else(|| Failure::unexpected("a change of a document without _id"))
}

/// Goes through the changes of a collection after `from` and up to `to`: what kind each is, and the
/// event. The stages begin with the stream. Returns why not all of them could be seen.
///
/// # Errors
/// Those of `take`.
pub async fn each_change(
    target: &Target,
    (collection, stages): (&str, Vec<Document>),
    (from, to): (Timestamp, Timestamp),
    mut take: impl FnMut(&str, &RawDocument) -> Result<()>,
) -> Result<Option<String>> {
    // On the collection's own stream a drop or rename ends it; that is worth knowing, too.
    each_event(target, (collection.into(), stages), (from, to), |kind, event| match kind {
        "insert" | "update" | "replace" | "delete" => take(kind, event).map(|()| None),
        other => Ok(Some(format!("the collection saw a {other}"))),
    })
    .await
}

/// Goes through whatever the change stream of a collection, or with 1 of the database, tells of the
/// time after `from` and up to `to`. Returns why not all of it could be seen, which `take` may say
/// as well.
///
/// # Errors
/// Those of `take`.
pub async fn each_event(
    target: &Target,
    (aggregate, stages): (Bson, Vec<Document>),
    (from, to): (Timestamp, Timestamp),
    mut take: impl FnMut(&str, &RawDocument) -> Result<Option<String>>,
) -> Result<Option<String>> {
    let command = doc! { "aggregate": aggregate, "pipeline": stages,
    "cursor": { "batchSize": 1000 }, "comment": "causeway: causes" };
    let opened = target.database.run_cursor_command(command).batch().await;
    let mut cursor = match opened {
        Ok(cursor) => cursor,
        Err(error) => return Ok(Some(format!("the change stream can't be opened: {error}"))),
    };
    while let Some(reply) = cursor.next().await {
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) => return Ok(Some(format!("the change stream broke off: {error}"))),
        };
        let Ok(events) = reply.doc_slices() else {
            return Ok(Some("the change stream's reply makes no sense".to_owned()));
        };
        for event in events {
            let Ok(RawBsonRef::Document(event)) = event else { continue };
            let at = event.get_timestamp("clusterTime").ok();
            if at.is_some_and(|at| at <= from || at > to) {
                continue;
            }
            let kind = event.get_str("operationType").unwrap_or_default();
            if let Some(why) = take(kind, event)? {
                return Ok(Some(why));
            }
        }
        if reached(&reply).is_some_and(|reached| reached >= to) {
            return Ok(None);
        }
    }
    Ok(Some("the change stream ended".to_owned()))
}

/// How far the stream has come: the token after a reply begins with its cluster time, as an ordered
/// key: type byte 0x82, then seconds and counter, big-endian. (Server source: `resume_token.cpp`.)
fn reached(reply: &mongodb::raw_batch_cursor::RawBatch) -> Option<Timestamp> {
    let token = reply
        .as_raw_document()
        .get_document("cursor")
        .ok()?
        .get_document("postBatchResumeToken")
        .ok()?;
    let data = token.get_str("_data").ok()?;
    if data.get(..2)? != "82" {
        return None;
    }
    Some(Timestamp {
        time: u32::from_str_radix(data.get(2..10)?, 16).ok()?,
        increment: u32::from_str_radix(data.get(10..18)?, 16).ok()?,
    })
}

/// The oldest time of which the server still has history, for a person; none where it can't be
/// seen.
pub async fn oldest(target: &Target) -> Option<Timestamp> {
    let oplog = target.client.database("local").collection::<Document>("oplog.rs");
    let first = oplog.find_one(doc! {}).projection(doc! { "ts": 1 }).await.ok()??;
    match first.get("ts") {
        Some(Bson::Timestamp(at)) => Some(*at),
        _ => None,
    }
}

/// Raw form of an id, for a list that people read.
#[must_use]
pub fn id_text(packed: &[u8]) -> String {
    let document: RawDocumentBuf = causeway_core::splice::document(&[("_id", packed)]);
    let id = document.get("_id").ok().flatten().map(bson::RawBson::from);
    id.and_then(|id| Bson::try_from(id).ok())
        .map_or_else(|| "?".to_owned(), |id| id.into_relaxed_extjson().to_string())
}
