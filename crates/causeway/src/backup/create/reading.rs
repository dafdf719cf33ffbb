//! Copies the documents of one collection into its file.

use std::collections::BTreeMap;

use bson::Timestamp;
use causeway_core::backup::Tally;
use causeway_core::backup::manifest::FileFacts;
use mongodb::error::ErrorKind;

use super::for_migration::Copying;
use super::{Making, Size};
use crate::backup::data_file::DataFile;
use crate::backup::definition::Definition;
use crate::clock::thousands;
use crate::failure::{Failure, Result};
use crate::progress::{BYTES, Progress};
use crate::scan::{self, Scan, Visitor};
use crate::terminal::quantities::bytes_words;

/// Server error: its history does not reach back to the snapshot any more.
const SNAPSHOT_TOO_OLD: i32 = 239;

/// A file with documents, and what it shows so far.
pub(super) struct Dumped {
    pub(super) source: String,
    pub(super) path: String,
    pub(super) facts: FileFacts,
    pub(super) tally: Tally,
    /// Cluster time before which nothing in it was read.
    pub(super) from: Timestamp,
    /// The latest snapshot of which something in it is.
    pub(super) upto: Timestamp,
    pub(super) snapshot: bool,
}

impl Making<'_> {
    pub(super) async fn read_snapshot(
        &mut self,
        (name, it, source): (&str, &Definition, &str),
        at: Timestamp,
        sizes: &BTreeMap<String, Size>,
    ) -> Result<Dumped> {
        let size = sizes.get(name).copied().unwrap_or_default();
        let path = self.data_path(source)?;
        let file = DataFile::create(&self.partial.path().join(&path), self.compression)?;
        let progress = self.progress(name, size);
        let scan = Scan {
            target: &self.context.target,
            collection: source,
            documents_estimated: if it.has_id_index() { size.documents } else { 0 },
            at,
            comment: "causeway: backup",
            progress: &progress,
            interrupt: &self.context.interrupt,
        };
        let (tally, upto) = if let Some(lens) = self.lens_for(name).filter(|_| it.has_id_index()) {
            let digests = self.begin_digests((name, at), size.documents)?;
            let copying = |_| Copying { pen: file.pen(), lens: &lens, sink: digests.sink() };
            let read = self.in_ranges(&scan, copying).await?;
            digests.finish()?;
            read
        } else if it.has_id_index() {
            self.in_ranges(&scan, |_| file.pen()).await?
        } else {
            let read = scan.in_one(file.pen(), scan::Level::Snapshot).await;
            (read.map_err(too_old)?, at)
        };
        let facts = file.finish()?;
        finish(progress, tally);
        let source = source.to_owned();
        Ok(Dumped { source, path, facts, tally, from: at, upto, snapshot: true })
    }

    /// What was read, and the latest snapshot of which something is.
    async fn in_ranges<V: Visitor<Seen = Tally>>(
        &self,
        scan: &Scan<'_>,
        visitor: impl Fn(usize) -> V + Sync,
    ) -> Result<(Tally, Timestamp)> {
        let scanned = scan.run(visitor).await?;
        let mut tally = Tally::default();
        scanned.parts.into_iter().for_each(|part| tally.merge(part));
        if let Some(later) = scanned.later_snapshot {
            return Ok((tally, later.max(scan.at)));
        }
        if let Some(counted) = scan.counted_otherwise(tally.documents).await? {
            return Err(Failure::unexpected(format!(
                "{} documents of {} were read, and the server counts {}",
                thousands(tally.documents),
                scan.collection,
                thousands(counted)
            ))
            .hint(
                "make the backup again; when that does not help let the server look, with validate",
            ));
        }
        Ok((tally, scan.at))
    }

    pub(super) async fn read_as_it_is(
        &self,
        (name, it): (&str, &Definition),
        from: Timestamp,
        sizes: &BTreeMap<String, Size>,
    ) -> Result<Dumped> {
        let source = it.source(name).unwrap_or_else(|| name.to_owned());
        let path = self.data_path(&source)?;
        let file = DataFile::create(&self.partial.path().join(&path), self.compression)?;
        let progress = self.progress(name, sizes.get(name).copied().unwrap_or_default());
        let scan = Scan {
            target: &self.context.target,
            collection: &source,
            documents_estimated: 0,
            at: from,
            comment: "causeway: backup",
            progress: &progress,
            interrupt: &self.context.interrupt,
        };
        let tally = scan.in_one(file.pen(), scan::Level::Majority).await?;
        let facts = file.finish()?;
        finish(progress, tally);
        Ok(Dumped { source, path, facts, tally, from, upto: from, snapshot: false })
    }

    fn progress(&self, name: &str, size: Size) -> Progress {
        let phase = format!("{name}  copying");
        Progress::start_one_of_many(&self.context.reporter, phase, Some(size.bytes), BYTES)
    }
}

/// What one cursor reads must be read within the history that the server keeps.
fn too_old(failure: Failure) -> Failure {
    let code = failure.driver_error().and_then(|error| match error.kind.as_ref() {
        ErrorKind::Command(command) => Some(command.code),
        _ => None,
    });
    if code == Some(SNAPSHOT_TOO_OLD) {
        return failure.hint(
            "let the server keep a longer history: setParameter minSnapshotHistoryWindowInSeconds",
        );
    }
    failure
}

fn finish(progress: Progress, tally: Tally) {
    progress.finish(format!(
        "{} documents, {}",
        thousands(tally.documents),
        bytes_words(tally.bytes)
    ));
}
