//! All migrations of a project, in the order of their versions.

use super::Migration;
use super::error::{Fault, MigrationFileError};
use super::version::Version;

/// The migrations of a folder, sorted by version, each version once.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MigrationSet {
    migrations: Vec<Migration>,
}

impl MigrationSet {
    /// The migration of exactly this version.
    pub fn get(&self, version: &Version) -> Option<&Migration> {
        self.migrations.iter().find(|migration| migration.version == *version)
    }

    /// The migration that somebody means who types this version: `10` is `010`, for no two files
    /// have the same number.
    pub fn of_number(&self, version: &Version) -> Option<&Migration> {
        self.migrations.iter().find(|migration| migration.version.is_same_number_as(version))
    }

    /// All of them, the lowest version first.
    pub fn iter(&self) -> std::slice::Iter<'_, Migration> {
        self.migrations.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.migrations.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.migrations.is_empty()
    }
}

impl<'a> IntoIterator for &'a MigrationSet {
    type Item = &'a Migration;
    type IntoIter = std::slice::Iter<'a, Migration>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Reads all files of a folder, given as name and text.
///
/// # Errors
///
/// The first file that can't be read, in the order of names; a version that two files have, or
/// that two files spell differently (`10` and `010`: records of the previous system hold numbers,
/// so nobody could tell which is meant); a file that requires a later version.
pub fn load_set(
    files: impl IntoIterator<Item = (String, String)>,
) -> Result<MigrationSet, MigrationFileError> {
    // By name, so that the same folder gives the same error on every file system.
    let mut files: Vec<(String, String)> = files.into_iter().collect();
    files.sort();
    let mut loaded: Vec<(Migration, &str)> = Vec::with_capacity(files.len());
    for (name, text) in &files {
        let migration = Migration::parse(name, text)?;
        if let Some((other, _)) =
            loaded.iter().find(|(other, _)| other.version.is_same_number_as(&migration.version))
        {
            return Err(taken(&migration, other, text));
        }
        loaded.push((migration, text));
    }
    for (migration, text) in &loaded {
        if let Some((place, later)) =
            migration.requires.iter().enumerate().find(|(_, version)| **version > migration.version)
        {
            return Err(later_required(migration, (place, later), text));
        }
    }
    let mut migrations: Vec<Migration> =
        loaded.into_iter().map(|(migration, _)| migration).collect();
    migrations.sort_by(|a, b| a.version.cmp(&b.version));
    Ok(MigrationSet { migrations })
}

fn taken(migration: &Migration, other: &Migration, text: &str) -> MigrationFileError {
    let message = if migration.version == other.version {
        format!("version {} is taken by {}", migration.version, other.file)
    } else {
        format!(
            "version {} is the same number as {} in {}",
            migration.version, other.version, other.file
        )
    };
    let span = super::read::span_of(text, "version");
    Fault::new(span, "version", message)
        .help("give one of the two files another version")
        .in_file(&migration.file, text)
}

fn later_required(
    migration: &Migration,
    (place, later): (usize, &Version),
    text: &str,
) -> MigrationFileError {
    let span = super::read::span_of(text, "requires");
    let message = format!("{later} comes after {}", migration.version);
    Fault::new(span, format!("requires[{place}]"), message)
        .help("a migration can only require earlier ones")
        .in_file(&migration.file, text)
}
