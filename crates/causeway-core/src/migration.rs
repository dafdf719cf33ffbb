//! Migration files: what a migration is, and how it is read from TOML.
//!
//! Everything that can be wrong in a file is found here, before anybody connects to a database,
//! and every error points at file, line and key.

mod bson_type;
mod equality;
mod error;
mod name;
mod read;
mod set;
mod step;
mod version;

pub use bson_type::BsonType;
pub(crate) use equality::same_value;
pub use error::MigrationFileError;
pub use name::{CollectionName, FieldName, InvalidName};
pub use read::MIGRATION_FILE_BYTES_MAX;
pub use set::{MigrationSet, load_set};
pub use step::{
    AddField, Contribution, CreateIndex, DropIndex, ExtendEnum, Malformed, RemoveField,
    RenameField, SetComputed, Step,
};
pub use version::{VERSION_CHARACTERS_MAX, Version};

/// A versioned file of steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Migration {
    /// Unique among the files of a project.
    pub version: Version,
    /// What the migration is for, for people.
    pub title: String,
    /// Versions that must have been applied before.
    pub requires: Vec<Version>,
    /// What is to be done, in order; never empty.
    pub steps: Vec<Step>,
    /// The file's name as it was given.
    pub file: String,
    /// SHA-256 of the file's bytes, in lower-case hex: a file that changed after it was applied is
    /// noticed by it.
    pub sha256: String,
}

impl Migration {
    /// Reads a migration file.
    ///
    /// # Errors
    ///
    /// Whatever can be wrong in such a file; see `docs/migration-files.md`.
    pub fn parse(file_name: &str, text: &str) -> Result<Migration, MigrationFileError> {
        read::migration(file_name, text)
    }
}
