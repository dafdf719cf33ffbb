//! Brings a file to the moment of the backup.
//!
//! Most collections are read in one snapshot and need none of this. A capped collection can't be
//! read in a snapshot, and a dump that outlives the history the server keeps loses its own. Those
//! files show several instants; the change stream tells which documents changed between the first
//! and the moment of the backup, and these are put into the file as they were at the moment.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bson::raw::RawBsonRef;
use bson::{RawDocumentBuf, Timestamp, doc};
use causeway_core::backup::Tally;
use causeway_core::backup::manifest::{Compression, FileFacts};
use causeway_core::element::find;
use futures_util::StreamExt;

use super::data_file::{DataFile, Pen};
use super::documents::Documents;
use crate::causes::{changed_id, each_change};
use crate::failure::{Attempt, Failure, Result};
use crate::target::Target;
use crate::wire;

/// Changes held in memory; more than this, and the dump had better be made again.
const CHANGES_MAX: usize = 200_000;
/// Their documents, where they have to be held as well.
const CHANGED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Documents asked for by id at a time.
const IDS_MAX: usize = 500;

/// What a file shows, and what it has to show.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mending<'a> {
    pub(super) target: &'a Target,
    /// Collection that was read.
    pub(super) source: &'a str,
    /// Its file.
    pub(super) path: &'a Path,
    pub(super) compression: Compression,
    /// No document of the file is older.
    pub(super) from: Timestamp,
    /// The moment of the backup.
    pub(super) to: Timestamp,
}

/// By packed `_id`: the document, or none where it is gone.
type Changes = BTreeMap<Vec<u8>, Option<RawDocumentBuf>>;

impl Mending<'_> {
    /// For a collection that can be read in a snapshot: what changed is read again, at the moment.
    ///
    /// None when the file needs nothing.
    pub(super) async fn by_snapshot(&self) -> Result<Option<(FileFacts, Tally)>> {
        let stages = vec![
            doc! { "$changeStream": { "startAtOperationTime": self.from } },
            doc! { "$project": { "operationType": 1, "documentKey": 1, "clusterTime": 1 } },
        ];
        let mut changes = Changes::new();
        self.each(stages, |_, event| {
            changes.insert(changed_id(event)?, None);
            if changes.len() > CHANGES_MAX { Err(self.too_many()) } else { Ok(()) }
        })
        .await?;
        if changes.is_empty() {
            return Ok(None);
        }
        let ids: Vec<Vec<u8>> = changes.keys().cloned().collect();
        self.rewrite(
            |id| changes.contains_key(id),
            async |pen| {
                for some in ids.chunks(IDS_MAX) {
                    self.read_again(some, pen).await?;
                }
                Ok(())
            },
        )
        .await
        .map(Some)
    }

    /// For a capped collection: what changed is taken from the stream itself.
    ///
    /// None when the file needs nothing.
    pub(super) async fn by_stream(&self) -> Result<Option<(FileFacts, Tally)>> {
        let stages = vec![doc! { "$changeStream":
        { "startAtOperationTime": self.from, "fullDocument": "updateLookup" } }];
        let mut changes = Changes::new();
        // In the order in which they were inserted: it is the order of a capped collection.
        let mut order = Vec::new();
        let mut bytes = 0;
        self.each(stages, |kind, event| {
            let id = changed_id(event)?;
            let document = event.get_document("fullDocument").ok().map(ToOwned::to_owned);
            if kind == "update" && document.is_none() {
                // Forgotten by the collection since: the file has it as it was.
                return Ok(());
            }
            bytes +=
                document.as_ref().map_or(0, |document: &RawDocumentBuf| document.as_bytes().len());
            if changes.insert(id.clone(), document).is_none() {
                order.push(id);
            }
            let many = changes.len() > CHANGES_MAX || bytes > CHANGED_BYTES_MAX;
            if many { Err(self.too_many()) } else { Ok(()) }
        })
        .await?;
        if changes.is_empty() {
            return Ok(None);
        }
        self.rewrite(
            |id| changes.contains_key(id),
            async |pen| {
                for id in &order {
                    if let Some(Some(document)) = changes.get(id) {
                        pen.put(document.as_bytes());
                        pen.flush_when_full()?;
                    }
                }
                Ok(())
            },
        )
        .await
        .map(Some)
    }

    async fn each(
        &self,
        stages: Vec<bson::Document>,
        take: impl FnMut(&str, &bson::RawDocument) -> Result<()>,
    ) -> Result<()> {
        let between = (self.from, self.to);
        match each_change(self.target, (self.source, stages), between, take).await? {
            None => Ok(()),
            Some(why) => Err(Failure::unexpected(format!(
                "failed to find out what changed in {} while it was read: {why}",
                self.source
            ))
            .hint("a user who backs up needs the role `read` on the database, and an oplog that outlives the backup")),
        }
    }

    fn too_many(&self) -> Failure {
        Failure::unexpected(format!(
            "more of {} changed while it was read than can be put right",
            self.source
        ))
        .hint("make the backup when less is written, or let the server keep a longer history: setParameter minSnapshotHistoryWindowInSeconds")
    }

    async fn read_again(&self, ids: &[Vec<u8>], pen: &mut Pen<'_>) -> Result<()> {
        let reading = || format!("read what changed in {}", self.source);
        let mut command = bson::rawdoc! {
            "find": self.source,
            "filter": wire::ids_and(ids, &[]),
            "comment": "causeway: backup",
        };
        command.append(
            bson::raw::cstr!("readConcern"),
            bson::rawdoc! { "level": "snapshot", "atClusterTime": self.to },
        );
        let cursor = self.target.database.run_raw_cursor_command(command).batch().await;
        let mut cursor = cursor.attempt(reading)?;
        while let Some(reply) = cursor.next().await {
            let reply = reply.attempt(reading)?;
            for document in reply.doc_slices().attempt(reading)? {
                if let RawBsonRef::Document(document) = document.attempt(reading)? {
                    pen.put(document.as_bytes());
                }
            }
            pen.flush_when_full()?;
        }
        Ok(())
    }

    /// Writes the file anew without some documents, and more behind.
    async fn rewrite(
        &self,
        leave_out: impl Fn(&[u8]) -> bool,
        append: impl AsyncFnOnce(&mut Pen<'_>) -> Result<()>,
    ) -> Result<(FileFacts, Tally)> {
        let mended = self.path.with_extension("mended");
        let file = DataFile::create(&mended, self.compression)?;
        let mut pen = file.pen();
        let mut documents = Documents::open(self.path, self.compression)?;
        while let Some(document) = documents.next()? {
            let id = bson::RawDocument::from_bytes(document)
                .ok()
                .and_then(|document| find(document, "_id").ok().flatten())
                .map(|id| id.packed_value());
            if !id.is_some_and(|id| leave_out(&id)) {
                pen.put(document);
                pen.flush_when_full()?;
            }
        }
        append(&mut pen).await?;
        let tally = pen.close()?;
        let facts = file.finish()?;
        fs::rename(&mended, self.path).attempt(|| format!("replace {}", self.path.display()))?;
        Ok((facts, tally))
    }
}
