//! `backup create`: every collection of the database, as it was at one moment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bson::{Timestamp, doc};
use causeway_core::backup::file_names::{DATA, GZIP, METADATA, PRELUDE, stem};
use causeway_core::backup::manifest::{
    self, Collection, Compression, FileFacts, Kind, Manifest, MigrationDigests, Moment,
};
use causeway_core::event::Event;
use causeway_core::migration::Migration;
use causeway_core::outcome::Outcome;

use super::data_file::write_whole;
use super::definition::Definition;
use super::folder::Partial;
use super::listing;
use super::moment::Mending;
use super::restore::state::TEMPORARY;
use super::{is_own, own_folder, quoted, room};
use crate::clock::{duration_words, now_utc, thousands};
use crate::context::Context;
use crate::failure::{Attempt, Failure, Result};
use crate::permitted::is_unauthorized;
use crate::runs;
use crate::scan;
use crate::target::Target;
use crate::terminal::quantities::bytes_words;
use crate::transaction::is_transient;

mod for_migration;
mod reading;

use reading::Dumped;

/// A database whose collections are dropped, renamed or redefined under the dump is read again so
/// often.
const TRIES_MAX: u32 = 3;

/// How to back up.
#[derive(Debug, Clone)]
pub struct CreateOptions {
    /// Folder in which the backup's folder is made.
    pub to: PathBuf,
    /// How files are compressed.
    pub compression: Compression,
    /// Migration whose state before is kept beside the documents: `up` then need not read them.
    pub migration: Option<Migration>,
}

/// Makes a backup, and says what to do with it.
///
/// # Errors
/// When the database can't be read or the disk does not take it; then there is no new backup.
pub async fn create(context: &Context, options: &CreateOptions) -> Result<Outcome> {
    let folder = make(context, options).await?;
    context.reporter.emit(Event::Next {
        commands: vec![format!("causeway backup prove {}", folder.display())],
    });
    Ok(Outcome::Done)
}

/// Makes a backup; returns its folder.
///
/// # Errors
/// When the database can't be read or the disk does not take it; then there is no new backup.
pub(crate) async fn make(context: &Context, options: &CreateOptions) -> Result<PathBuf> {
    let name = free_name(&options.to, context.target.name());
    let partial = Partial::begin(&options.to, &name)?;
    let started = std::time::Instant::now();
    let mut making = Making {
        context,
        options,
        partial: &partial,
        started_at: now_utc(),
        files: BTreeMap::new(),
        collections: BTreeMap::new(),
        digests: None,
    };
    let mut tries = 1;
    let moment = loop {
        let attempted = making.attempt().await;
        // Nothing was written but what goes with the unfinished folder.
        if context.interrupt.is_set() {
            return Err(Failure::refused("interrupted; there is no new backup"));
        }
        match attempted.or_else(when_broken_off)? {
            Attempted::Complete(moment) => break moment,
            Attempted::Moved(what) if tries < TRIES_MAX => {
                context.reporter.warning(format!("{what} while it was read: beginning again"));
            }
            Attempted::Moved(what) => {
                return Err(Failure::refused(format!(
                    "{what} while it was read, {TRIES_MAX} times; there is no new backup"
                ))
                .hint("make the backup when nobody changes collections or indexes, and the server stays"));
            }
        }
        tries += 1;
    };
    let manifest = making.manifest(moment);
    let total = manifest.total();
    let collections = manifest.collections.len();
    write_whole(&partial.path().join(manifest::FILE), &manifest.sealed(), Compression::None)?;
    let folder = partial.finish()?;
    let seconds = started.elapsed().as_secs_f64();
    context.reporter.fact(
        "backup",
        format!(
            "{} documents of {collections} collections, {}, in {}",
            thousands(total.documents),
            bytes_words(total.bytes),
            duration_words(seconds)
        ),
    );
    context.reporter.fact("folder", folder.display().to_string());
    Ok(folder)
}

/// A name that no backup has: those of one minute differ in three letters.
fn free_name(home: &Path, database: &str) -> String {
    loop {
        let name = format!("{database}-{}", runs::new_id());
        if !home.join(&name).exists() {
            return name;
        }
    }
}

/// What is read with one cursor can't be gone on with when the connection breaks: all begins again.
fn when_broken_off(failure: Failure) -> Result<Attempted> {
    match failure.driver_error() {
        Some(error) if is_transient(error) => {
            Ok(Attempted::Moved("the connection broke".to_owned()))
        }
        _ => Err(failure),
    }
}

enum Attempted {
    Complete(Timestamp),
    /// The database is not what it was at the beginning; what changed.
    Moved(String),
}

struct Making<'a> {
    context: &'a Context,
    options: &'a CreateOptions,
    partial: &'a Partial,
    started_at: String,
    files: BTreeMap<String, FileFacts>,
    collections: BTreeMap<String, Collection>,
    digests: Option<MigrationDigests>,
}

impl Making<'_> {
    async fn attempt(&mut self) -> Result<Attempted> {
        let target = &self.context.target;
        self.partial.clear()?;
        self.files.clear();
        self.collections.clear();
        self.digests = None;
        let listed = to_be_copied(target).await?;
        if listed.is_empty() {
            return Err(Failure::refused(format!("{} has no collections", target.name()))
                .hint("is it the right database? a backup of nothing saves nothing"));
        }
        let sizes = self.sizes(&listed).await?;
        let bytes = sizes.values().map(|size| size.bytes).sum();
        room::require(self.partial.path(), bytes, self.options.compression)?;
        // Capped ones first: the moment comes after, and the stream tells what happened between.
        let begun = scan::now(target).await?;
        let mut dumped = BTreeMap::new();
        for (name, it) in listed.iter().filter(|(_, it)| it.kind == Kind::Capped) {
            dumped.insert(name.clone(), self.read_as_it_is((name, it), begun, &sizes).await?);
        }
        let moment = scan::now(target).await?;
        // Those that only one cursor can read come next, while the snapshot is young.
        let mut others: Vec<(&String, &Definition)> =
            listed.iter().filter(|(_, it)| it.kind != Kind::Capped).collect();
        others.sort_by_key(|(_, it)| it.has_id_index());
        for (name, it) in others {
            if let Some(source) = it.source(name) {
                let read = self.read_snapshot((name, it, &source), moment, &sizes).await?;
                dumped.insert(name.clone(), read);
            }
        }
        let moment = self.bring_to_one_moment((&listed, &sizes), &mut dumped, moment).await?;
        let now = to_be_copied(target).await?;
        if let Some(what) = listing::difference(&listed, &now) {
            return Ok(Attempted::Moved(what));
        }
        self.describe(&listed, dumped)?;
        self.keep_digests()?;
        Ok(Attempted::Complete(moment))
    }

    /// When a snapshot was lost on the way, the moment is the end, for all files.
    async fn bring_to_one_moment(
        &mut self,
        (listed, sizes): (&BTreeMap<String, Definition>, &BTreeMap<String, Size>),
        dumped: &mut BTreeMap<String, Dumped>,
        first: Timestamp,
    ) -> Result<Timestamp> {
        let target = &self.context.target;
        let lost = dumped.values().any(|it| it.snapshot && it.upto > first);
        let moment = if lost { scan::now(target).await? } else { first };
        for (name, it) in dumped {
            if it.snapshot && !lost {
                continue;
            }
            // No change stream tells of buckets and functions: read again at the new moment.
            let found = listed.get(name).filter(|found| it.snapshot && !has_stream(name, found));
            if let Some(found) = found {
                *it = self.read_snapshot((name, found, &it.source), moment, sizes).await?;
                continue;
            }
            let path = self.partial.path().join(&it.path);
            let mending = Mending {
                target,
                source: &it.source,
                path: &path,
                compression: self.options.compression,
                from: it.from,
                to: moment,
            };
            let mended = if it.snapshot {
                mending.by_snapshot().await?
            } else {
                mending.by_stream().await?
            };
            if let Some((facts, tally)) = mended {
                (it.facts, it.tally) = (facts, tally);
            }
        }
        Ok(moment)
    }

    /// Where a collection's files are, below the backup's folder.
    fn place(&self, collection: &str) -> Result<String> {
        let database = self.context.target.name();
        let folder = if is_own(collection) { own_folder(database) } else { database.to_owned() };
        self.partial.make(&folder)?;
        Ok(format!("{folder}/{}", stem(collection)))
    }

    fn data_path(&self, source: &str) -> Result<String> {
        Ok(format!("{}{DATA}{}", self.place(source)?, self.gzip()))
    }

    const fn gzip(&self) -> &'static str {
        match self.options.compression {
            Compression::None => "",
            Compression::Gzip => GZIP,
        }
    }

    fn describe(
        &mut self,
        listed: &BTreeMap<String, Definition>,
        mut dumped: BTreeMap<String, Dumped>,
    ) -> Result<()> {
        for (name, it) in listed {
            let metadata = format!("{}{METADATA}{}", self.place(name)?, self.gzip());
            self.write(&metadata, &it.metadata(name)?)?;
            let data = dumped.remove(name);
            let tally = data.as_ref().map(|data| data.tally).unwrap_or_default();
            let data = data.map(|data| {
                self.files.insert(data.path.clone(), data.facts);
                data.path
            });
            let uuid = it.uuid.clone();
            let own = is_own(name);
            self.collections.insert(
                name.clone(),
                Collection { kind: it.kind, uuid, own, metadata, data, tally },
            );
        }
        let prelude = serde_json::json!({
            "ServerVersion": self.context.target.server.version_text(),
            "ToolVersion": tool(),
        });
        let prelude = serde_json::to_vec(&prelude).attempt(|| "write the prelude".to_owned())?;
        let path = format!("{}/{PRELUDE}{}", self.context.target.name(), self.gzip());
        self.partial.make(self.context.target.name())?;
        self.write(&path, &prelude)
    }

    fn write(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        let facts = write_whole(&self.partial.path().join(path), bytes, self.options.compression)?;
        self.files.insert(path.to_owned(), facts);
        Ok(())
    }

    fn manifest(self, moment: Timestamp) -> Manifest {
        let target = &self.context.target;
        let complete = self.partial.complete();
        let complete = std::path::absolute(complete).unwrap_or_else(|_| complete.to_owned());
        let gzip = match self.options.compression {
            Compression::None => "",
            Compression::Gzip => "--gzip ",
        };
        Manifest {
            checksum: String::new(),
            format: manifest::FORMAT,
            tool: tool(),
            database: target.name().to_owned(),
            source: target.shown.host.clone(),
            server_version: target.server.version_text(),
            started_at: self.started_at,
            finished_at: now_utc(),
            operator: self.context.operator.name.clone(),
            host: self.context.operator.host.clone(),
            moment: Moment { seconds: moment.time, increment: moment.increment },
            compression: self.options.compression,
            restore: format!(
                "mongorestore --uri=URI-WITHOUT-A-DATABASE --drop --stopOnError --bypassDocumentValidation {gzip}{}",
                quoted(&complete.display().to_string())
            ),
            collections: self.collections,
            files: self.files,
            digests: self.digests,
        }
    }

    async fn sizes(&self, listed: &BTreeMap<String, Definition>) -> Result<BTreeMap<String, Size>> {
        let mut sizes = BTreeMap::new();
        for (name, it) in listed {
            let Some(source) = it.source(name) else { continue };
            let stats = self
                .context
                .target
                .database
                .run_command(doc! { "collStats": &source })
                .await
                .attempt(|| format!("ask for the size of {source}"))
                .map_err(|failure| needs_backup(failure, it.kind))?;
            let whole = |key: &str| crate::inventory::whole(&stats, key);
            sizes.insert(name.clone(), Size { documents: whole("count"), bytes: whole("size") });
        }
        Ok(sizes)
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    documents: u64,
    bytes: u64,
}

/// Everything but what a restore that is part-way fills beside: it is in the backup that is restored.
async fn to_be_copied(target: &Target) -> Result<BTreeMap<String, Definition>> {
    let mut listed = listing::read(target).await?;
    listed.retain(|name, _| !name.starts_with(TEMPORARY));
    Ok(listed)
}

/// Whether a change stream tells what was written to it.
fn has_stream(name: &str, it: &Definition) -> bool {
    it.has_id_index() && !name.starts_with("system.")
}

/// Buckets are the server's own: who reads them needs a role of its own.
fn needs_backup(failure: Failure, kind: Kind) -> Failure {
    if kind == Kind::Timeseries && failure.driver_error().is_some_and(is_unauthorized) {
        return failure.hint("for time-series collections it takes the role `backup` on admin");
    }
    failure
}

fn tool() -> String {
    format!("causeway {}", env!("CARGO_PKG_VERSION"))
}
