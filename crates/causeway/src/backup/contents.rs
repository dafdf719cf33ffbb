//! What a folder of a backup holds: one of ours, or one that `mongodump` made.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use bson::RawDocument;
use causeway_core::backup::file_names::{self, DATA, GZIP, METADATA};
use causeway_core::backup::manifest::{self, Compression, FileFacts, Kind, Manifest, hex};
use causeway_core::backup::{Moment, Tally};
use causeway_core::outcome::Outcome;
use flate2::read::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use super::definition::Definition;
use super::documents::Documents;
use super::{folder, is_own};
use crate::clock::thousands;
use crate::failure::{Attempt, Failure, Result};

/// File of operations that happened while the whole instance was dumped.
const OPLOG: &str = "oplog.bson";
/// Metadata is text that people could write by hand: more than this is none.
const METADATA_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The longest name that a server takes, of the database and the collection together.
const NAMESPACE_BYTES_MAX: usize = 255;

/// A backup, ready to be read.
#[derive(Debug)]
pub(super) struct Contents {
    /// Database it is of.
    pub(super) database: String,
    pub(super) compression: Compression,
    /// What must be in it; MongoDB's own tools write none.
    pub(super) manifest: Option<Manifest>,
    /// By name.
    pub(super) collections: BTreeMap<String, Stored>,
    /// Tells it from another backup at the same place.
    pub(super) fingerprint: String,
}

/// One collection or view of a backup.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) definition: Definition,
    /// File with its documents; a view has none.
    pub(super) data: Option<PathBuf>,
    /// What must be in that file, where that is known.
    pub(super) tally: Option<Tally>,
    /// Whether it is one of Causeway's own.
    pub(super) own: bool,
}

/// What is to be read of a folder.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wanted<'a> {
    /// Database, where a dump holds several.
    pub(super) database: Option<&'a str>,
    /// Whether operations that `mongodump --oplog` left beside the documents may be left out.
    pub(super) without_oplog: bool,
}

impl Contents {
    /// Reads what a folder holds: names and definitions, no documents yet.
    ///
    /// # Errors
    /// Usage when it is no backup; a failed verification when what describes it is damaged.
    pub(super) fn read(path: &Path, wanted: Wanted<'_>) -> Result<Self> {
        if path.join(manifest::FILE).exists() {
            let ours = Self::ours(path)?;
            return match wanted.database.filter(|wanted| *wanted != ours.database) {
                None => Ok(ours),
                Some(wanted) => Err(Failure::usage(format!(
                    "{} holds no database {wanted}; it is a backup of {}",
                    path.display(),
                    ours.database
                ))),
            };
        }
        Self::dump(path, wanted)
    }

    /// The moment that all of it shows, where that is known.
    pub(super) fn moment(&self) -> Option<Moment> {
        self.manifest.as_ref().map(|manifest| manifest.moment)
    }

    fn ours(path: &Path) -> Result<Self> {
        let manifest = folder::manifest(path)?;
        let mut collections = BTreeMap::new();
        for (name, it) in &manifest.collections {
            let bytes = read_whole(&path.join(&it.metadata), manifest.files.get(&it.metadata))?;
            let (_, definition) = described(&path.join(&it.metadata), &bytes)?;
            let data = it.data.as_ref().map(|data| path.join(data));
            if let Some(data) = &data {
                let facts = it.data.as_ref().and_then(|data| manifest.files.get(data));
                require_size(data, facts)?;
            }
            collections.insert(
                name.clone(),
                Stored { definition, data, tally: Some(it.tally), own: it.own },
            );
        }
        Ok(Self {
            database: manifest.database.clone(),
            compression: manifest.compression,
            fingerprint: manifest.checksum.clone(),
            manifest: Some(manifest),
            collections,
        })
    }

    fn dump(path: &Path, wanted: Wanted<'_>) -> Result<Self> {
        let folder = database_folder(path, wanted.database)?;
        if !wanted.without_oplog {
            refuse_oplog(path, &folder)?;
        }
        let database = folder
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .ok_or_else(|| no_backup(path))?;
        let mut collections = BTreeMap::new();
        let mut compression = Compression::None;
        for file in files(&folder)? {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let (plain, gzip) = match name.strip_suffix(GZIP) {
                Some(plain) => (plain, true),
                None => (name.as_str(), false),
            };
            let Some(stem) = plain.strip_suffix(METADATA) else { continue };
            if gzip {
                compression = Compression::Gzip;
            }
            let (named, definition) = described(&file, &read_whole(&file, None)?)?;
            let Some(collection) = named.or_else(|| file_names::collection_of(stem)) else {
                return Err(Failure::usage(format!(
                    "{} does not tell the collection's name",
                    file.display()
                ))
                .hint("an old tool cut the name; write it into the file: \"collectionName\""));
            };
            let own = is_own(&collection);
            let data = match definition.kind {
                Kind::View => None,
                Kind::Timeseries => Some(format!("{}{stem}", file_names::stem(BUCKETS))),
                Kind::Collection | Kind::Capped => Some(stem.to_owned()),
            };
            let data = data
                .map(|stem| folder.join(format!("{stem}{DATA}{}", if gzip { GZIP } else { "" })));
            if let Some(missing) = data.as_ref().filter(|data| !data.exists()) {
                return Err(damaged(format!("{} is missing", missing.display())));
            }
            collections.insert(collection, Stored { definition, data, tally: None, own });
        }
        if collections.is_empty() {
            return Err(no_backup(path));
        }
        refuse_strays(&folder, &collections)?;
        let fingerprint = fingerprint(&folder)?;
        Ok(Self { database, compression, manifest: None, collections, fingerprint })
    }
}

/// Refuses where the server would not take a name together with that of the database.
pub(super) fn require_names_fit(
    database: &str,
    collections: &BTreeMap<String, Stored>,
) -> Result<()> {
    let length = |(name, stored): (&String, &Stored)| {
        database.len() + 1 + stored.definition.source(name).map_or(name.len(), |it| it.len())
    };
    let mut each = collections.iter();
    let Some((name, _)) = each.find(|it| length(*it) > NAMESPACE_BYTES_MAX) else { return Ok(()) };
    Err(Failure::refused(format!(
        "the name {database}.{name} would be too long for the server, which takes {NAMESPACE_BYTES_MAX} bytes"
    ))
    .hint("use a database with a shorter name, or a private mongod to prove the backup on"))
}

/// Documents that nothing describes are half of a dump: who restores it misses a collection.
fn refuse_strays(folder: &Path, collections: &BTreeMap<String, Stored>) -> Result<()> {
    for file in files(folder)? {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_data = name.strip_suffix(GZIP).unwrap_or(&name).ends_with(DATA);
        let known = collections.values().any(|stored| stored.data.as_ref() == Some(&file));
        if is_data && !known && !name.starts_with("system.") {
            return Err(damaged(format!("{} has no {METADATA} beside it", file.display())));
        }
    }
    Ok(())
}

/// Names, sizes and times of all files: `mongodump` into the same folder makes another dump of it.
fn fingerprint(folder: &Path) -> Result<String> {
    let mut sha256 = Sha256::new();
    for file in files(folder)? {
        let facts = file.metadata().attempt(|| format!("look at {}", file.display()))?;
        let line = format!("{} {} {:?}\n", file.display(), facts.len(), facts.modified().ok());
        sha256.update(line.as_bytes());
    }
    Ok(hex(&sha256.finalize()))
}

/// What the name of a collection of buckets begins with.
const BUCKETS: &str = "system.buckets.";

fn described(path: &Path, bytes: &[u8]) -> Result<(Option<String>, Definition)> {
    Definition::from_metadata(bytes)
        .map_err(|failure| damaged(format!("{} is damaged", path.display())).because(failure))
}

/// What can be seen of a large file at a glance, before anything is written.
fn require_size(path: &Path, facts: Option<&FileFacts>) -> Result<()> {
    let bytes = match fs::metadata(path) {
        Ok(found) => found.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(damaged(format!("{} is missing", path.display())));
        }
        Err(error) => return Err(error).attempt(|| format!("look at {}", path.display())),
    };
    match facts {
        Some(facts) if facts.bytes != bytes => Err(damaged(format!(
            "{} is damaged: it has {} bytes instead of {}",
            path.display(),
            thousands(bytes),
            thousands(facts.bytes)
        ))),
        Some(_) | None => Ok(()),
    }
}

/// A file's content, uncompressed; held against what the manifest says of it.
fn read_whole(path: &Path, facts: Option<&FileFacts>) -> Result<Vec<u8>> {
    let reading = || format!("read {}", path.display());
    let mut bytes = Vec::new();
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(damaged(format!("{} is missing", path.display())));
        }
        Err(error) => return Err(error).attempt(reading),
    };
    file.take(METADATA_BYTES_MAX).read_to_end(&mut bytes).attempt(reading)?;
    if facts.is_some_and(|facts| hex(&Sha256::digest(&bytes)) != facts.sha256) {
        return Err(damaged(format!("{} is damaged: another SHA-256", path.display())));
    }
    if path.extension().is_some_and(|end| end == "gz") {
        let mut plain = Vec::new();
        let mut decoder = MultiGzDecoder::new(bytes.as_slice()).take(METADATA_BYTES_MAX);
        decoder
            .read_to_end(&mut plain)
            .map_err(|error| damaged(format!("{} is damaged", path.display())).because(error))?;
        return Ok(plain);
    }
    Ok(bytes)
}

/// The folder of one database in a dump.
fn database_folder(path: &Path, wanted: Option<&str>) -> Result<PathBuf> {
    if holds_metadata(path)? {
        return std::path::absolute(path).attempt(|| format!("find {}", path.display()));
    }
    let mut databases = Vec::new();
    for folder in folder::folders(path)? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let of_server = ["admin", "config", "local"].contains(&name.as_str());
        if holds_metadata(&folder)? && (!of_server || wanted == Some(name.as_str())) {
            databases.push((name, folder));
        }
    }
    let names = databases.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>().join(", ");
    let mut found = databases.into_iter().filter(|(name, _)| wanted.is_none_or(|it| it == name));
    match (found.next(), found.next()) {
        (Some((_, folder)), None) => Ok(folder),
        (Some(_), Some(_)) => {
            Err(Failure::usage(format!("{} holds several databases: {names}", path.display()))
                .hint("name one: --of DATABASE"))
        }
        (None, _) if names.is_empty() => Err(no_backup(path)),
        (None, _) => Err(Failure::usage(format!(
            "{} holds no database {}; it holds {names}",
            path.display(),
            wanted.unwrap_or_default()
        ))),
    }
}

fn holds_metadata(path: &Path) -> Result<bool> {
    Ok(files(path)?.iter().any(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.strip_suffix(GZIP).unwrap_or(&name).ends_with(METADATA)
    }))
}

fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let reading = || format!("read the folder {}", path.display());
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) => {
            return Err(Failure::usage(format!("failed to {}", reading())).because(error));
        }
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.attempt(reading)?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// A dump with operations beside it shows one moment only once they have been applied.
fn refuse_oplog(path: &Path, folder: &Path) -> Result<()> {
    let places = [path.join(OPLOG), folder.with_file_name(OPLOG)];
    let Some(oplog) = places.iter().find(|oplog| oplog.exists()) else { return Ok(()) };
    let database = folder.file_name().unwrap_or_default().to_string_lossy();
    let mut operations = Documents::open(oplog, Compression::None)?;
    while let Some(operation) = operations.next()? {
        let operation = RawDocument::from_bytes(operation)
            .map_err(|error| damaged(format!("{} is damaged", oplog.display())).because(error))?;
        if is_about(operation, &database) {
            return Err(Failure::refused(format!(
                "{} holds operations that happened during the dump, and this program does not apply them",
                oplog.display()
            ))
            .hint("restore with `mongorestore --oplogReplay`; or give --without-oplog, and documents show several moments"));
        }
    }
    Ok(())
}

/// Whether an operation changes a database. That nothing happened is all that a noop says.
fn is_about(operation: &RawDocument, database: &str) -> bool {
    if operation.get_str("op").is_ok_and(|kind| kind == "n") {
        return false;
    }
    let space = operation.get_str("ns").unwrap_or_default();
    let several = operation.get_document("o").and_then(|it| it.get_array("applyOps"));
    match several {
        Ok(several) => several
            .into_iter()
            .flatten()
            .any(|it| it.as_document().is_some_and(|it| is_about(it, database))),
        Err(_) => space.split('.').next() == Some(database),
    }
}

fn no_backup(path: &Path) -> Failure {
    Failure::usage(format!(
        "{} is no backup: there is neither {} nor a database that mongodump wrote",
        path.display(),
        manifest::FILE
    ))
}

fn damaged(message: String) -> Failure {
    Failure::unexpected(message)
        .ending(Outcome::VerificationFailed)
        .hint("do not rely on this backup; look for another: causeway backup list")
}
