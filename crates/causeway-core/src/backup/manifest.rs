//! `causeway-manifest.json`: what a backup must consist of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::tally::Tally;

/// Name of the manifest's file. A folder without it is no backup.
pub const FILE: &str = "causeway-manifest.json";
/// What this program writes; another number has another meaning.
pub const FORMAT: u32 = 1;
const UNSEALED: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What a backup consists of. Holds no credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// SHA-256 of the file with zeros in place of these 64 digits: a changed byte anywhere shows.
    /// First, so that its place is known.
    pub checksum: String,
    /// [`FORMAT`].
    pub format: u32,
    /// Program and version that made it.
    pub tool: String,
    /// Database.
    pub database: String,
    /// Hosts it was read from, without credentials.
    pub source: String,
    /// Version of the server.
    pub server_version: String,
    /// When it was begun, RFC 3339 in UTC.
    pub started_at: String,
    /// When it was complete.
    pub finished_at: String,
    /// Whose backup.
    pub operator: String,
    /// Host it was made on.
    pub host: String,
    /// The moment that all collections show.
    pub moment: Moment,
    /// How the files are compressed.
    pub compression: Compression,
    /// By name.
    pub collections: BTreeMap<String, Collection>,
    /// Every other file, by its path in the folder.
    pub files: BTreeMap<String, FileFacts>,
    /// Digests of the documents that a migration is going to change, where the backup was made for
    /// one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digests: Option<MigrationDigests>,
    /// The command that restores all of it without Causeway.
    pub restore: String,
}

/// A cluster time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moment {
    /// Seconds since 1970.
    pub seconds: u32,
    /// Number within the second.
    pub increment: u32,
}

/// How files are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Not at all.
    None,
    /// Each file by itself, as `mongorestore --gzip` reads it.
    Gzip,
}

/// One collection or view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collection {
    /// What it is.
    pub kind: Kind,
    /// Its UUID at the moment.
    pub uuid: Option<String>,
    /// Whether it is one of Causeway's own, which a restore never puts over live ones.
    pub own: bool,
    /// Path of the file with its metadata, in the folder.
    pub metadata: String,
    /// Path of the file with its documents; a view has none.
    pub data: Option<String>,
    /// What is in that file.
    pub tally: Tally,
}

/// The state before a migration, to compare its result with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MigrationDigests {
    /// Version of the migration.
    pub version: String,
    /// SHA-256 of its file: another file may be about other fields.
    pub migration_sha256: String,
    /// No document was read before.
    pub moment: Moment,
    /// Paths of the digest files in the folder, by collection.
    pub files: BTreeMap<String, String>,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A collection.
    Collection,
    /// A collection of a fixed size.
    Capped,
    /// A time-series collection; its buckets are the documents.
    Timeseries,
    /// A view.
    View,
}

/// What a file must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileFacts {
    /// Size.
    pub bytes: u64,
    /// SHA-256, 64 hexadecimal digits.
    pub sha256: String,
}

/// A manifest that can't be relied on.
#[derive(Debug, thiserror::Error)]
pub enum CannotRead {
    /// A byte of it was changed.
    #[error("it does not match its own checksum")]
    Checksum,
    /// It is no manifest.
    #[error("it is no manifest: {0}")]
    Malformed(#[from] serde_json::Error),
    /// A later version of the program made it.
    #[error("it has format {0}, and this program reads format {FORMAT}")]
    Format(u32),
}

impl Manifest {
    /// As it is stored, with its checksum.
    ///
    /// # Panics
    /// Never: text, numbers and maps always make JSON.
    #[must_use]
    pub fn sealed(mut self) -> Vec<u8> {
        UNSEALED.clone_into(&mut self.checksum);
        let mut bytes = serde_json::to_vec_pretty(&self).expect("a manifest is plain data");
        bytes.push(b'\n');
        let sum = hex(&Sha256::digest(&bytes));
        let at = place(&bytes).expect("the checksum is the first field");
        bytes[at..at + sum.len()].copy_from_slice(sum.as_bytes());
        bytes
    }

    /// Reads a manifest and tests it against its checksum.
    ///
    /// # Errors
    /// When it was damaged or is none.
    pub fn read(bytes: &[u8]) -> Result<Self, CannotRead> {
        // Whatever is wrong with a file that does not match, its checksum says it first.
        let at = place(bytes).ok_or(CannotRead::Checksum)?;
        let mut unsealed = bytes.to_vec();
        let sum = &bytes[at..at + UNSEALED.len()];
        unsealed[at..at + UNSEALED.len()].copy_from_slice(UNSEALED.as_bytes());
        if hex(&Sha256::digest(&unsealed)).as_bytes() != sum {
            return Err(CannotRead::Checksum);
        }
        let manifest: Self = serde_json::from_slice(bytes)?;
        if manifest.format != FORMAT {
            return Err(CannotRead::Format(manifest.format));
        }
        Ok(manifest)
    }

    /// Documents and bytes of all collections together.
    #[must_use]
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        self.collections.values().for_each(|collection| total.merge(collection.tally));
        total
    }
}

/// Where the digits of the checksum begin.
fn place(bytes: &[u8]) -> Option<usize> {
    let before: &[u8] = b"{\n  \"checksum\": \"";
    (bytes.starts_with(before) && bytes.len() >= before.len() + UNSEALED.len())
        .then_some(before.len())
}

/// Bytes as hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
