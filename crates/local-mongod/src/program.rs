//! Finding a `mongod` program.

use std::{
    env,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Result, bail};

/// Names a `mongod` to be used instead of any other.
pub const VARIABLE: &str = "CAUSEWAY_MONGOD";

/// The `mongod` named by [`VARIABLE`], else one on the `PATH`; none where there is neither.
///
/// # Errors
///
/// When [`VARIABLE`] names no program.
pub fn installed() -> Result<Option<PathBuf>> {
    let Some(named) = env::var_os(VARIABLE) else { return Ok(on_path()) };
    let path = PathBuf::from(named);
    if !is_program(&path) {
        bail!("{VARIABLE} names {}, which is not a program", path.display());
    }
    Ok(Some(path))
}

fn on_path() -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join("mongod"))
        .find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
