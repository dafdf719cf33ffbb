//! What a rehearsal found, as it is kept for `plan` and for the report of the real run.

use std::fs;
use std::path::{Path, PathBuf};

use causeway_core::migration::Migration;
use serde::{Deserialize, Serialize};

use crate::clock::{duration_words, thousands};
use crate::failure::{Attempt, Result};
use crate::reporter::Reporter;
use crate::terminal::quantities::bytes_words;

/// A rehearsal that succeeded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// Version of the migration.
    pub version: String,
    /// SHA-256 of its file: of another file it says nothing.
    pub migration_sha256: String,
    /// The real database.
    pub database: String,
    /// Folder of the backup that was copied.
    pub backup: String,
    /// When it ended, RFC 3339 in UTC.
    pub rehearsed_at: String,
    /// On which server.
    pub rehearsed_on: String,
    /// Documents copied.
    pub documents: u64,
    /// What was done, in order.
    pub stages: Vec<Stage>,
    /// What the real run will take.
    pub forecast: Forecast,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// One command on the copy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// `up`, `verify`, `down`.
    pub name: String,
    /// How long it took.
    pub seconds: f64,
}

/// What the real run will take, by what the copy took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Seconds of `up`.
    pub seconds: f64,
    /// It will hardly be faster.
    pub seconds_min: f64,
    /// It will hardly be slower, unless others keep the server busy.
    pub seconds_max: f64,
    /// How many times as long the real server takes to hand over the same documents.
    pub real_server_slower: f64,
    /// Documents that the migration looks at.
    pub documents: u64,
    /// Bytes of oplog entries; none where that could not be told.
    pub oplog_bytes: Option<u64>,
    /// Bytes by which the database grows; none where that could not be told.
    pub disk_bytes: Option<u64>,
    /// Largest replication lag; none where there was no other member.
    pub lag_seconds: Option<f64>,
}

fn path(state_dir: &Path, version: &str) -> PathBuf {
    state_dir.join("rehearsals").join(format!("{version}.json"))
}

impl Rehearsal {
    /// The last one of a migration as it is now, for this database.
    #[must_use]
    pub fn last(state_dir: &Path, migration: &Migration, database: &str) -> Option<Self> {
        let bytes = fs::read(path(state_dir, migration.version.as_str())).ok()?;
        let rehearsal: Self = serde_json::from_slice(&bytes).ok()?;
        let same = rehearsal.migration_sha256 == migration.sha256;
        (same && rehearsal.database == database).then_some(rehearsal)
    }

    /// Keeps it, in the place of the last one.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn keep(&self, state_dir: &Path) -> Result<()> {
        let path = path(state_dir, &self.version);
        let keeping = || format!("keep the rehearsal in {}", path.display());
        let mut text = serde_json::to_vec_pretty(self).attempt(keeping)?;
        text.push(b'\n');
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).attempt(keeping)?;
        let partial = path.with_extension("partial");
        fs::write(&partial, text).attempt(keeping)?;
        fs::rename(&partial, &path).attempt(keeping)
    }

    /// Says what it found.
    pub fn show(&self, reporter: &Reporter) {
        reporter.fact(
            "rehearsal",
            format!(
                "{} documents on {}: {}",
                thousands(self.documents),
                self.rehearsed_on,
                self.stages
                    .iter()
                    .map(|stage| format!("{} {}", stage.name, duration_words(stage.seconds)))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        );
        reporter.fact("forecast", self.forecast.words());
        for warning in &self.warnings {
            reporter.warning(format!("seen in the rehearsal: {warning}"));
        }
    }

    /// How far a real run of so many seconds was from the forecast.
    #[must_use]
    pub fn error_words(&self, seconds: f64) -> String {
        let forecast = self.forecast.seconds;
        let percent = (seconds / forecast - 1.0) * 100.0;
        let how = if percent >= 0.0 { "more" } else { "less" };
        format!(
            "{} rehearsed, {} taken: {:.0} % {how}",
            duration_words(forecast),
            duration_words(seconds),
            percent.abs()
        )
    }
}

impl Forecast {
    /// `17.4 s (14.8 s to 20.0 s), oplog 210 MB, disk 30 MB`.
    #[must_use]
    pub fn words(&self) -> String {
        let bytes = |bytes: Option<u64>| bytes.map_or_else(|| "unknown".to_owned(), bytes_words);
        let lag = self.lag_seconds.map_or_else(
            || "unknown, for the copy has no other member".to_owned(),
            |seconds| format!("up to {}", duration_words(seconds)),
        );
        format!(
            "up takes about {} ({} to {}), oplog {}, disk {}, lag {lag}",
            duration_words(self.seconds),
            duration_words(self.seconds_min),
            duration_words(self.seconds_max),
            bytes(self.oplog_bytes),
            bytes(self.disk_bytes),
        )
    }
}
