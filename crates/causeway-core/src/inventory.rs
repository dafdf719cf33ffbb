//! What was found in one database before anything was decided: facts only, read by the program and
//! judged by [`crate::plan`] and the checks.

use std::collections::BTreeMap;

use serde::Serialize;

mod census;
mod collection;
mod known;
mod record;

pub use census::{Census, TypeCount};
pub use collection::{CollectionFacts, CollectionKind};
pub use known::Known;
pub use record::{RecordFacts, RecordStatus};

/// How much is read for an inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// Metadata only: no census. For `up`, which reads every document anyway.
    Quick,
    /// Metadata and one pass over every document of the touched collections.
    Full,
}

/// What one database looked like when it was read.
#[derive(Debug, Clone, Serialize)]
pub struct Inventory {
    /// How much was read.
    pub depth: Depth,
    /// Host and port of the primary, or of whoever answered.
    pub host: String,
    /// Database.
    pub database: String,
    /// Replica set; none for a standalone or a sharded cluster.
    pub replica_set: Option<String>,
    /// Data-bearing members that the server names.
    pub members: u32,
    /// Server version.
    pub server_version: [u32; 3],
    /// Whether a `mongos` answered.
    pub sharded: bool,
    /// The largest document that the server stores, in bytes.
    pub document_bytes_max: u64,
    /// The collections that the migration names, by name; also those that do not exist.
    pub collections: BTreeMap<String, CollectionFacts>,
    /// All records of `migrations`, in the order found.
    pub records: Vec<RecordFacts>,
    /// The application of this migration that is under way or done, when there is one.
    pub application: Option<ApplicationFacts>,
    /// The oplog.
    pub oplog: Known<OplogFacts>,
    /// The disk of the member that was asked.
    pub disk: Known<DiskFacts>,
}

/// A migration that has been applied, or began to be, and was not rolled back since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApplicationFacts {
    /// The run that its record names; none when the old scripts wrote the record.
    pub run: Option<String>,
    /// What its record says.
    pub status: RecordStatus,
    /// RFC 3339, when the record has a date.
    pub applied_at: Option<String>,
}

/// How far back the oplog reaches, and how fast it fills.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OplogFacts {
    /// Seconds between its first and its last entry.
    pub window_seconds: f64,
    /// Bytes of entries in it, uncompressed.
    pub used_bytes: u64,
    /// Bytes it may grow to.
    pub max_bytes: u64,
    /// Uncompressed bytes that came in per second, over the window.
    pub bytes_per_second: f64,
}

impl OplogFacts {
    /// The window when `bytes` more have been written within `seconds`.
    ///
    /// While the oplog is not full nothing is cut off at its old end: the window only grows.
    #[must_use]
    pub fn window_after(&self, bytes: u64, seconds: f64) -> f64 {
        let room = self.max_bytes.saturating_sub(self.used_bytes) as f64;
        let cut = (bytes as f64 - room).max(0.0);
        let held_per_second = self.used_bytes as f64 / self.window_seconds.max(1.0);
        if held_per_second <= 0.0 {
            return self.window_seconds;
        }
        (self.window_seconds + seconds - cut / held_per_second).max(0.0)
    }
}

/// The disk on which the asked member keeps its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DiskFacts {
    /// Bytes of the file system.
    pub total_bytes: u64,
    /// Bytes that are free.
    pub free_bytes: u64,
}

impl Inventory {
    /// What is known of a collection that the migration names.
    #[must_use]
    pub fn collection(&self, name: &str) -> Option<&CollectionFacts> {
        self.collections.get(name)
    }
}
