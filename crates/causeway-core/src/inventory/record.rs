//! What a document of `migrations` says, whoever wrote it.

use serde::Serialize;

use crate::migration::Version;

/// Status of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordStatus {
    /// A run is, or was, under way.
    Running,
    /// Applied and verified, or so the old scripts say.
    Completed,
    /// A run failed.
    Failed,
    /// Applied once, and undone.
    RolledBack,
    /// Something else, as it stands there; empty when there is no status.
    Other(String),
}

impl RecordStatus {
    /// Reads the word that stands in the record.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "running" => Self::Running,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            "rolled_back" => Self::RolledBack,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The word as it stands in records.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::RolledBack => "rolled_back",
            Self::Other(word) => word,
        }
    }
}

/// One record of `migrations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecordFacts {
    /// Version; a number is written out in digits. Compare it with [`RecordFacts::is_of`].
    pub version: String,
    /// Status.
    pub status: RecordStatus,
    /// RFC 3339, when the record has a date.
    pub applied_at: Option<String>,
    /// What it says of itself.
    pub description: Option<String>,
    /// The run that wrote it; none when the old scripts did.
    pub run: Option<String>,
    /// Where that run was.
    pub host: Option<String>,
    /// Whether the old scripts wrote it: there is no run id.
    pub foreign: bool,
    /// Why it failed.
    pub error: Option<String>,
}

impl RecordFacts {
    /// When it was applied, as far as the date still says so: while a migration is applied again,
    /// and when that failed, the date is that of the application before.
    #[must_use]
    pub fn applied_at_shown(&self) -> Option<&str> {
        match self.status {
            RecordStatus::Running | RecordStatus::Failed => None,
            RecordStatus::Completed | RecordStatus::RolledBack | RecordStatus::Other(_) => {
                self.applied_at.as_deref()
            }
        }
    }

    /// Whether the record is about this version: `9`, `"9"` and `"009"` are the same.
    #[must_use]
    pub fn is_of(&self, version: &Version) -> bool {
        self.version.parse::<Version>().is_ok_and(|own| own.is_same_number_as(version))
    }
}
