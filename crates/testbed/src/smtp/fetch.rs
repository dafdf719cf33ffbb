//! Fetching aiosmtpd and what it needs from PyPI. pip compares each file with its SHA-256.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

const REQUIREMENTS: &str = include_str!("requirements.txt");
const NAME: &str = "aiosmtpd-1.4.6";

/// The folder to be put on Python's path; fetches it first when it is not there.
///
/// Many test processes may ask at once: one fetches, the others wait for it at a file lock. The
/// folder appears under its name only when it is whole, by a rename.
pub(super) fn fetched(tools: &Path) -> Result<PathBuf> {
    let folder = tools.join(NAME);
    if folder.exists() {
        return Ok(folder);
    }
    fs::create_dir_all(tools).with_context(|| format!("create {}", tools.display()))?;
    let lock = File::create(tools.join(".lock")).context("create the lock file for tools")?;
    lock.lock().context("lock the folder for tools")?;
    if !folder.exists() {
        fetch(tools, &folder).context(
            "no mail server for tests: Python 3.9 or later with pip is needed, and a package index",
        )?;
    }
    Ok(folder)
}

fn fetch(tools: &Path, folder: &Path) -> Result<()> {
    let work = tempfile::Builder::new()
        .prefix(".fetch-")
        .tempdir_in(tools)
        .context("create a folder to install into")?;
    let (requirements, target) = (work.path().join("requirements.txt"), work.path().join(NAME));
    fs::write(&requirements, REQUIREMENTS).context("write the requirements")?;
    let mut command = Command::new("python3");
    command
        .args(["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"])
        .args(["--disable-pip-version-check", "--only-binary", ":all:", "--target"])
        .arg(&target)
        .arg("--requirement")
        .arg(&requirements);
    let output = command.output().with_context(|| format!("run {command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    fs::rename(&target, folder).with_context(|| format!("put {} in place", folder.display()))
}
