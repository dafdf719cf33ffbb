//! An application: everything that was done for a version since it was last rolled back.

use bson::{Document, Timestamp};
use causeway_core::migration::Migration;

use super::Direction;
use crate::failure::{Failure, Result};

/// The application of a version that has not been rolled back, as the database tells it.
#[derive(Debug, Clone)]
pub struct Application {
    /// Id of its first run.
    pub id: String,
    /// The first run's document.
    pub document: Document,
    /// The latest run of it that did not end as asked: the one to resume.
    pub unfinished: Option<Unfinished>,
}

/// A run that the same command resumes.
#[derive(Debug, Clone)]
pub struct Unfinished {
    /// Run id.
    pub run: String,
    /// What it does.
    pub direction: Direction,
    /// Host on which its folder is.
    pub host: String,
}

impl Application {
    /// What was kept before the first write; none when the run died before that was complete.
    #[must_use]
    pub fn before(&self) -> Option<&Document> {
        self.document.get_document("before").ok()
    }

    /// Insists that the file says what was applied: what it says now would be judged against
    /// documents that something else was done to. Until the survey is complete nothing was written,
    /// and the file may still be mended.
    ///
    /// # Errors
    /// Refused when the file was changed.
    pub fn require_same_file(&self, migration: &Migration) -> Result<()> {
        if self.before().is_none() || self.migration_sha256() == migration.sha256 {
            return Ok(());
        }
        Err(Failure::refused(format!(
            "{} was changed since run {} applied it",
            migration.file, self.id
        ))
        .hint("put the file back as it was: verifying and rolling back need it, too; a change belongs in a migration of its own"))
    }

    /// Whether `up` once completed for it.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        self.document.get_bool("completed").unwrap_or(false)
    }

    /// Whether a rollback of it has completed.
    #[must_use]
    pub fn is_rolled_back(&self) -> bool {
        self.document.get_bool("rolled_back").unwrap_or(false)
    }

    /// Whether it was made by `down --unrecorded`, for a migration that other scripts applied.
    #[must_use]
    pub fn is_unrecorded(&self) -> bool {
        self.document.get_bool("unrecorded").unwrap_or(false)
    }

    /// Time of the database at which its digests were taken.
    #[must_use]
    pub fn surveyed_at(&self) -> Option<Timestamp> {
        self.before()?.get_timestamp("cluster_time").ok()
    }

    /// Epoch of the lease under which the survey was made: names its digests and lists.
    #[must_use]
    pub fn survey_epoch(&self) -> Option<i64> {
        self.before()?.get_i64("epoch").ok()
    }

    /// SHA-256 of the migration file it was made with.
    #[must_use]
    pub fn migration_sha256(&self) -> &str {
        self.document.get_str("migration_sha256").unwrap_or_default()
    }

    /// Host that holds its digest files.
    #[must_use]
    pub fn host(&self) -> &str {
        self.document.get_str("host").unwrap_or("?")
    }
}
