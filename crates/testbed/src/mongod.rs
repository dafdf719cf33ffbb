//! Finding a `mongod` program, and fetching one where there is none.

mod fetch;

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use anyhow::{Context as _, Result};
use local_mongod::program;
pub use local_mongod::program::VARIABLE;

/// The path of a `mongod`: the one named by [`VARIABLE`], else one on the `PATH`, else the one
/// under `.causeway/tools/` of the workspace, which is fetched when it is not there yet.
///
/// Blocks while fetching. The answer is remembered for the rest of the process.
///
/// # Errors
///
/// When [`VARIABLE`] names no program, or when none can be fetched; the message says how to get one.
pub fn find() -> Result<PathBuf> {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    if let Some(path) = FOUND.get() {
        return Ok(path.clone());
    }
    let path = search()?;
    Ok(FOUND.get_or_init(|| path).clone())
}

fn search() -> Result<PathBuf> {
    if let Some(path) = program::installed()? {
        return Ok(path);
    }
    fetch::fetched(&tools()).with_context(|| {
        format!(
            "no mongod found: install MongoDB 6.0 or later so that `mongod` is on the PATH, \
             or name one in {VARIABLE}"
        )
    })
}

/// Tests run from the sources, so the workspace is where this crate was compiled.
fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.causeway/tools")
}
