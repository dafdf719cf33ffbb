//! Stand-in until the reader is there.

use std::ops::Range;

use super::error::{Fault, MigrationFileError};

pub(super) fn migration(file: &str, text: &str) -> Result<super::Migration, MigrationFileError> {
    Err(Fault::new(0..0, "", "not read yet")
        .help("wait")
        .maybe_help(None)
        .related(0..0, "x")
        .in_file(file, text))
}

pub(super) fn span_of(_text: &str, _path: &[&str]) -> Range<usize> {
    0..0
}
