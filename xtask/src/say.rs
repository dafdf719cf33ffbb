//! Talk goes to standard error, as everywhere in the project. Nobody is left to tell when it is closed.

use std::io::{self, Write as _};

/// A line of talk: what is being done.
pub(crate) fn talk(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
