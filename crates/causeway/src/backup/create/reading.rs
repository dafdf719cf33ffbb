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
use crate::digest_file::DigestWriter;
use crate::failure::{Failure, Result};
use crate::progress::{BYTES, Progress};
use crate::scan::{self, Scan};
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
        let (facts, tally, upto) = if it.has_id_index() {
            self.read_with_ids((name, &path), &scan).await?
        } else {
            let file = self.data_file(&path)?;
            let read = scan.in_one(file.pen(), scan::Level::Snapshot).await;
            let tally = read.map_err(too_old)?;
            (file.finish()?, tally, at)
        };
        finish(progress, tally);
        let source = source.to_owned();
        Ok(Dumped { source, path, facts, tally, from: at, upto, snapshot: true })
    }

    /// What was read, and the latest snapshot of which something is.
    async fn read_with_ids(
        &mut self,
        (name, path): (&str, &str),
        scan: &Scan<'_>,
    ) -> Result<(FileFacts, Tally, Timestamp)> {
        let lens = self.lens_for(name);
        let digests = match &lens {
            Some(_) => Some(self.begin_digests((name, scan.at), scan.documents_estimated)?),
            None => None,
        };
        let digesting = lens.as_ref().zip(digests.as_ref());
        let file = self.data_file(path)?;
        let begin_anew = || {
            file.begin_anew()?;
            digests.as_ref().map_or(Ok(()), DigestWriter::begin_anew)
        };
        let scanned = scan.whole(|_| Copying::to(&file, digesting), begin_anew).await?;
        let mut tally = Tally::default();
        scanned.parts.into_iter().for_each(|part| tally.merge(part));
        if let Some(digests) = digests {
            digests.finish()?;
        }
        if scanned.later_snapshot.is_none() {
            require_all(scan, tally).await?;
        }
        let upto = scanned.later_snapshot.map_or(scan.at, |later| later.max(scan.at));
        Ok((file.finish()?, tally, upto))
    }

    pub(super) async fn read_as_it_is(
        &self,
        (name, it): (&str, &Definition),
        from: Timestamp,
        sizes: &BTreeMap<String, Size>,
    ) -> Result<Dumped> {
        let source = it.source(name).unwrap_or_else(|| name.to_owned());
        let path = self.data_path(&source)?;
        let file = self.data_file(&path)?;
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

    fn data_file(&self, path: &str) -> Result<DataFile> {
        DataFile::create(&self.partial.path().join(path), self.options.compression)
    }

    fn progress(&self, name: &str, size: Size) -> Progress {
        let phase = format!("{name}  copying");
        Progress::start_one_of_many(&self.context.reporter, phase, Some(size.bytes), BYTES)
    }
}

/// Refuses what is not as many documents as the server counts.
async fn require_all(scan: &Scan<'_>, tally: Tally) -> Result<()> {
    let Some(counted) = scan.counted_otherwise(tally.documents).await? else { return Ok(()) };
    Err(Failure::unexpected(format!(
        "{} documents of {} were read, and the server counts {}",
        thousands(tally.documents),
        scan.collection,
        thousands(counted)
    ))
    .hint("make the backup again; when that does not help let the server look, with validate"))
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
