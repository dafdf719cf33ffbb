//! What the application needs of its database: migrations of Causeway, which the program knows by heart.

mod look;
mod make;
mod standing;

use std::sync::LazyLock;

use causeway_core::migration::{MigrationSet, Version, load_set};

pub(crate) use look::indexes;
pub use look::look;
pub use make::{collections, everything};
pub use standing::{Standing, follow};

const FILES: [(&str, &str); 4] = [
    ("010-quote-events.toml", include_str!("../../../migrations/010-quote-events.toml")),
    ("011-quote-references.toml", include_str!("../../../migrations/011-quote-references.toml")),
    ("012-quote-lists.toml", include_str!("../../../migrations/012-quote-lists.toml")),
    (
        "013-quotes-application.toml",
        include_str!("../../../migrations/013-quotes-application.toml"),
    ),
];

/// The migrations that it needs, the lowest version first.
pub fn migrations() -> &'static MigrationSet {
    static SET: LazyLock<MigrationSet> = LazyLock::new(|| {
        let files = FILES.map(|(name, text)| (name.to_owned(), text.to_owned()));
        load_set(files).expect("a test reads the files that are built in")
    });
    &SET
}

/// A migration that the database lacks, whole or in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Its version.
    pub version: Version,
    /// What it is for.
    pub title: String,
    /// What is not there, in words.
    pub parts: Vec<String>,
}

impl Missing {
    /// What is missing and what brings it, in a line.
    #[must_use]
    pub fn sentence(&self) -> String {
        let (version, parts) = (&self.version, self.parts.join(", "));
        format!("migration {version} ({}) lacks {parts}: causeway up {version}", self.title)
    }
}

#[cfg(test)]
mod tests {
    use super::{FILES, migrations};

    #[test]
    fn the_files_that_are_built_in_can_be_read() {
        assert_eq!(migrations().len(), FILES.len());
    }
}
