//! Finding a `mongod` program, and fetching one where there is none.

mod fetch;

use std::{
    env,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use anyhow::{Context as _, Result, bail};

/// Names a `mongod` to be used instead of any other.
pub const VARIABLE: &str = "CAUSEWAY_MONGOD";

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
    if let Some(named) = env::var_os(VARIABLE) {
        let path = PathBuf::from(named);
        if !is_program(&path) {
            bail!("{VARIABLE} names {}, which is not a program", path.display());
        }
        return Ok(path);
    }
    if let Some(path) = on_path() {
        return Ok(path);
    }
    fetch::fetched(&tools()).with_context(|| {
        format!(
            "no mongod found: install MongoDB 6.0 or later so that `mongod` is on the PATH, \
             or name one in {VARIABLE}"
        )
    })
}

fn on_path() -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join("mongod"))
        .find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// Tests run from the sources, so the workspace is where this crate was compiled.
fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.causeway/tools")
}
