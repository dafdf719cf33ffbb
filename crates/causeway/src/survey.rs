//! The look at every document before the first write: digests, the had-before list, and what would
//! make the migration fail half-way.
//!
//! It is done once for each application and kept with it. Until it is complete nothing is written
//! to the application's documents.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use bson::{Bson, Document, RawDocumentBuf, Timestamp, doc};
use causeway_core::examine::Lens;
use causeway_core::journal::Deed;
use causeway_core::migration::{Malformed, Migration, Step};
use causeway_core::outcome::Outcome;

use crate::archive;
use crate::clock::thousands;
use crate::context::Context;
use crate::digest_file::{self, DigestWriter, bits_for};
use crate::failure::{Attempt, Failure, Result};
use crate::had_before::{self, HadBefore, OutOfUse};
use crate::journal::Journal;
use crate::lease::Lease;
use crate::pass::{Pass, Seen};
use crate::progress::Progress;
use crate::records;
use crate::runs::{self, Direction};
use crate::scan::{self, Scan};
use crate::steps::{index, validator};
use crate::terminal::quantities::counted;

/// A state before that was kept with a backup.
#[derive(Debug, Clone)]
pub struct Before {
    /// Nothing was read before.
    pub moment: Timestamp,
    /// Digest files by collection: all that the migration changes.
    pub files: BTreeMap<String, PathBuf>,
}

/// Who surveys and where the results go.
#[derive(Debug)]
pub struct Survey<'a> {
    /// Database, people, folders.
    pub context: &'a Context,
    /// The migration.
    pub migration: &'a Migration,
    /// The lease, held.
    pub lease: &'a Lease,
    /// The journal.
    pub journal: &'a Journal,
    /// The run, which is the application's first.
    pub application: &'a str,
    /// Its folder.
    pub folder: &'a Path,
    /// What the run is going to do.
    pub direction: Direction,
    /// A backup whose digests are the state before.
    pub before: Option<&'a Before>,
}

/// Collections whose documents the migration changes.
#[must_use]
pub fn data_collections(migration: &Migration) -> BTreeSet<String> {
    let data = migration.steps.iter().filter(|step| step.writes_documents());
    data.map(|step| step.collection().as_str().to_owned()).collect()
}

/// Digest file of a collection in the folder of the application's first run, from the survey that
/// was made under `epoch`.
#[must_use]
pub fn digest_path(folder: &Path, collection: &str, epoch: i64) -> PathBuf {
    folder.join(format!("before-{}.{epoch}.digests", file_name(collection)))
}

/// A collection's name as a file name: what a file system may not take is percent-encoded.
#[must_use]
pub fn file_name(collection: &str) -> String {
    let mut name = String::new();
    for byte in collection.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => name.push(char::from(byte)),
            _ => name.push_str(&format!("%{byte:02X}")),
        }
    }
    name
}

impl Survey<'_> {
    /// Looks at everything and keeps it with the application.
    ///
    /// # Errors
    /// Refused when documents stand against the migration; then nothing of the survey remains.
    pub async fn take(&self) -> Result<()> {
        let result = self.look().await;
        if result.as_ref().is_err_and(|failure| failure.outcome == Outcome::Refused) {
            self.forget().await?;
        }
        result
    }

    async fn look(&self) -> Result<()> {
        self.lease.prove().await?;
        archive::prepare(&self.context.target).await?;
        let now = scan::now(&self.context.target).await?;
        let at = self.before.map_or(now, |before| before.moment);
        let mut seen = BTreeMap::new();
        for collection in data_collections(self.migration) {
            let result = match self.before.and_then(|before| before.files.get(&collection)) {
                Some(file) => self.look_at_some(&collection, file, now).await?,
                None => self.read(&collection, now).await?,
            };
            // A rollback archives whatever it finds; only applying can meet what it can't handle.
            if self.direction == Direction::Up {
                self.objections(&collection, &result)?;
            }
            seen.insert(collection, result);
        }
        self.keep(at, &seen).await
    }

    /// Refused means untouched: a run that was refused here has never been.
    async fn forget(&self) -> Result<()> {
        let target = &self.context.target;
        self.lease.prove().await?;
        let lists = OutOfUse::UpTo(self.lease.epoch);
        had_before::forget(target, self.application, lists).await?;
        runs::forget(target, self.application).await?;
        self.journal.note("refused; the run is taken out of the database again").await
    }

    async fn read(&self, collection: &str, at: Timestamp) -> Result<Seen> {
        let target = &self.context.target;
        let deed = Deed::Survey { collection: collection.to_owned() };
        self.journal.intend(&deed).await?;
        let estimated = target
            .database
            .collection::<RawDocumentBuf>(collection)
            .estimated_document_count()
            .await
            .attempt(|| format!("count {collection}"))?;
        let progress = Progress::start(
            &self.context.reporter,
            format!("{collection}  reading every document"),
            Some(estimated),
            "documents",
        );
        let lens = Lens::of(self.migration, collection);
        let epoch = self.lease.epoch;
        let path = digest_path(self.folder, collection, epoch);
        let digests = DigestWriter::create(&path, bits_for(estimated))?;
        let had_before = HadBefore::begin(target, (self.application, self.lease), collection);
        let seen = Pass {
            scan: Scan {
                target,
                collection,
                documents_estimated: estimated,
                at,
                comment: "causeway: digests",
                progress: &progress,
                interrupt: &self.context.interrupt,
            },
            lens: &lens,
            digests: Some(&digests),
            had_before: Some(&had_before),
        }
        .run()
        .await?;
        digests.finish()?;
        let result = format!(
            "{} documents read, {} lack the change, {} have it, {} malformed",
            thousands(seen.documents),
            thousands(seen.absent),
            thousands(seen.applied),
            thousands(seen.malformed)
        );
        progress.finish(result.clone());
        self.journal.done(&deed, result).await?;
        Ok(seen)
    }

    /// The digests are those of a backup; what is looked at now is what a rollback has to keep and
    /// what stands against the migration, which the server finds.
    async fn look_at_some(&self, collection: &str, file: &Path, at: Timestamp) -> Result<Seen> {
        let target = &self.context.target;
        let deed = Deed::Survey { collection: collection.to_owned() };
        self.journal.intend(&deed).await?;
        let lens = Lens::of(self.migration, collection);
        let progress = Progress::start(
            &self.context.reporter,
            format!("{collection}  looking for {}", lens.owned().join(", ")),
            None,
            "documents",
        );
        let had_before = HadBefore::begin(target, (self.application, self.lease), collection);
        let pass = Pass {
            scan: Scan {
                target,
                collection,
                documents_estimated: 0,
                at,
                comment: "causeway: survey",
                progress: &progress,
                interrupt: &self.context.interrupt,
            },
            lens: &lens,
            digests: None,
            had_before: Some(&had_before),
        };
        let mut seen = pass.some(self.filter_of_some(collection, &lens)).await?;
        let path = digest_path(self.folder, collection, self.lease.epoch);
        let copied = digest_file::copy(file, &path).map_err(|failure| {
            failure.hint(
                "nothing was written; make and prove another backup, or name another: --backup DIR",
            )
        });
        let documents = copied?.documents;
        // Those that were too large to be left out lack the field as well.
        let found = seen.applied + seen.malformed;
        (seen.documents, seen.absent) = (documents, documents.saturating_sub(found));
        let result = format!(
            "{} of the backup's {} documents have it, {} malformed",
            thousands(found),
            thousands(documents),
            thousands(seen.malformed)
        );
        progress.finish(result.clone());
        self.journal.done(&deed, result).await?;
        Ok(seen)
    }

    /// Documents that have a field of the migration, and those that might get too large by it.
    fn filter_of_some(&self, collection: &str, lens: &Lens) -> Document {
        let steps = self.migration.steps.iter().filter(|it| it.collection().as_str() == collection);
        let growth: u64 = steps.map(largest_growth).sum();
        let max = self.context.target.server.document_bytes_max.saturating_sub(growth);
        let mut any: Vec<Document> =
            lens.owned().iter().map(|field| doc! { *field: { "$exists": true } }).collect();
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        any.push(doc! { "$expr": { "$gt": [{ "$bsonSize": "$$ROOT" }, max] } });
        doc! { "$or": any }
    }

    fn objections(&self, collection: &str, seen: &Seen) -> Result<()> {
        let few =
            |samples: &[String]| samples.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
        if !seen.doubled_samples.is_empty() {
            return Err(Failure::refused(format!(
                "documents of {collection} hold a field of the migration twice: {}",
                few(&seen.doubled_samples)
            ))
            .hint("the server changes only the first of the two; mend these documents"));
        }
        let archives = |step: &Step| match step {
            Step::AddField(step) => step.malformed == Malformed::Archive,
            Step::RemoveField(_) | Step::SetComputed(_) => true,
            // Both names present: renaming would lose one of the values.
            Step::RenameField(_) => false,
            Step::CreateIndex(_) | Step::DropIndex(_) | Step::ExtendEnum(_) => true,
        };
        let mut objecting = seen.malformed_steps.iter().map(|at| &self.migration.steps[*at]);
        if !objecting.all(archives) {
            let kinds: Vec<String> = seen
                .malformed_by_type
                .iter()
                .map(|(reason, count)| format!("{} {reason}", thousands(*count)))
                .collect();
            return Err(Failure::refused(format!(
                "the migration can't take {} of {collection} ({}): {}",
                counted(seen.malformed, "documents"),
                kinds.join(", "),
                few(&seen.malformed_samples)
            ))
            .hint("mend them, or let the migration archive them: malformed = \"archive\""));
        }
        let steps = self.migration.steps.iter().filter(|it| it.collection().as_str() == collection);
        let growth: u64 = steps.map(largest_growth).sum();
        let max = self.context.target.server.document_bytes_max;
        if seen.absent + seen.malformed > 0 && seen.largest.0 + growth > max {
            return Err(Failure::refused(format!(
                "document {} of {collection} has {} bytes: with {growth} more it would pass the server's limit of {}",
                seen.largest.1,
                thousands(seen.largest.0),
                thousands(max)
            ))
            .hint("make it smaller first"));
        }
        Ok(())
    }

    async fn keep(&self, at: Timestamp, seen: &BTreeMap<String, Seen>) -> Result<()> {
        let target = &self.context.target;
        self.journal.intend(&Deed::KeepBefore).await?;
        let mut counts = Document::new();
        for (collection, seen) in seen {
            let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
            counts.insert(
                collection,
                doc! { "documents": number(seen.documents), "bytes": number(seen.bytes),
                "absent": number(seen.absent), "applied": number(seen.applied),
                "malformed": number(seen.malformed) },
            );
        }
        let (mut indexes, mut options) = (Document::new(), Document::new());
        for step in &self.migration.steps {
            let collection = step.collection().as_str();
            if !indexes.contains_key(collection) {
                indexes.insert(collection, index::kept(&index::list(target, collection).await?));
                let present = validator::options(target, collection).await?.unwrap_or_default();
                let raw = RawDocumentBuf::try_from(&present)
                    .attempt(|| format!("keep the options of {collection}"))?;
                options.insert(collection, runs::raw_binary(&raw));
            }
        }
        let record = records::raw(target, &self.migration.version).await?;
        let before = doc! {
            "epoch": self.lease.epoch,
            "cluster_time": at,
            "counts": counts,
            "indexes": indexes,
            "options": options,
            "record": record.map_or(Bson::Null, Bson::Document),
        };
        runs::set((target, self.lease), self.application, doc! { "before": before }).await?;
        let lists = OutOfUse::Before(self.lease.epoch);
        had_before::forget(target, self.application, lists).await?;
        self.journal.done(&Deed::KeepBefore, "kept").await
    }
}

fn largest_growth(step: &Step) -> u64 {
    match step {
        Step::AddField(step) => {
            let value = crate::steps::add_field::packed(&step.value).len() as u64;
            value + step.field.as_str().len() as u64 + 1
        }
        Step::RenameField(step) => {
            (step.to.as_str().len() as u64).saturating_sub(step.from.as_str().len() as u64)
        }
        // What a pipeline computes can't be told here; a transaction that fails says so.
        Step::SetComputed(_)
        | Step::RemoveField(_)
        | Step::CreateIndex(_)
        | Step::DropIndex(_)
        | Step::ExtendEnum(_) => 0,
    }
}
