//! Migration files: what is read, what is refused, and where the error points.

mod accepted;
mod anything;
mod refused;
mod round_trip;
mod sets;

use causeway_core::migration::{Migration, MigrationFileError};

/// A file with one step of this text.
fn with_step(step: &str) -> String {
    format!("version = \"010\"\ntitle = \"t\"\n\n[[step]]\n{step}\n")
}

fn parsed(text: &str) -> Migration {
    Migration::parse("migrations/010.toml", text)
        .unwrap_or_else(|error| panic!("{}", error.one_line()))
}

fn refused(text: &str) -> MigrationFileError {
    Migration::parse("migrations/010.toml", text).expect_err("this file must be refused")
}
