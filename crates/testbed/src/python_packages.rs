//! Fetching programs written in Python from PyPI. pip compares each file with its SHA-256.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

/// What is fetched into one folder.
pub(crate) struct Packages {
    /// Names the folder: changed whenever the requirements are.
    pub(crate) name: &'static str,
    /// For pip, with hashes.
    pub(crate) requirements: &'static str,
    /// What is missing without them, and what they need.
    pub(crate) missing: &'static str,
}

impl Packages {
    /// The folder to be put on Python's path; fetches it first when it is not there.
    ///
    /// Many test processes may ask at once: one fetches, the others wait for it at a file lock. The
    /// folder appears under its name only when it is whole, by a rename.
    pub(crate) fn fetched(&self) -> Result<PathBuf> {
        let tools = tools();
        let folder = tools.join(self.name);
        if folder.exists() {
            return Ok(folder);
        }
        fs::create_dir_all(&tools).with_context(|| format!("create {}", tools.display()))?;
        let lock = File::create(tools.join(".lock")).context("create the lock file for tools")?;
        lock.lock().context("lock the folder for tools")?;
        if !folder.exists() {
            self.fetch(&tools, &folder).context(self.missing)?;
        }
        Ok(folder)
    }

    fn fetch(&self, tools: &Path, folder: &Path) -> Result<()> {
        let work = tempfile::Builder::new()
            .prefix(".fetch-")
            .tempdir_in(tools)
            .context("create a folder to install into")?;
        let requirements = work.path().join("requirements.txt");
        let target = work.path().join(self.name);
        fs::write(&requirements, self.requirements).context("write the requirements")?;
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
}

/// Tests run from the sources, so the workspace is where this crate was compiled.
fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.causeway/tools")
}
