//! Folders of backups: complete ones, and those that are being written or were left.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use causeway_core::backup::Manifest;
use causeway_core::backup::manifest;
use causeway_core::outcome::Outcome;
use rustix::fs::{FlockOperation, flock};

use crate::failure::{Attempt, Failure, Result};

/// Nobody else may read what customers told.
pub(super) const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;
/// What the name of a folder ends with until it is complete.
const PARTIAL: &str = "partial";

/// A folder that is being written. It goes when it is not completed.
#[derive(Debug)]
pub(super) struct Partial {
    path: PathBuf,
    complete: PathBuf,
    /// Held while the folder is being written, so that others can tell it from one that was left.
    _lock: File,
    kept: bool,
}

impl Partial {
    /// Begins the backup `name` in `home`.
    pub(super) fn begin(home: &Path, name: &str) -> Result<Self> {
        make(home)?;
        clear_left(home)?;
        let complete = home.join(name);
        let path = partial_name(&complete);
        make(&path)?;
        let locking = || format!("lock {}", path.display());
        let lock = File::open(&path).attempt(locking)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).attempt(locking)?;
        Ok(Self { path, complete, _lock: lock, kept: false })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the folder will be.
    pub(super) fn complete(&self) -> &Path {
        &self.complete
    }

    /// Removes what a first try wrote.
    pub(super) fn clear(&self) -> Result<()> {
        for path in folders(&self.path)? {
            fs::remove_dir_all(&path).attempt(|| format!("remove {}", path.display()))?;
        }
        Ok(())
    }

    /// Makes a folder in it.
    pub(super) fn make(&self, name: &str) -> Result<PathBuf> {
        let path = self.path.join(name);
        make(&path)?;
        Ok(path)
    }

    /// Gives the folder its name, once everything in it is on the disk.
    pub(super) fn finish(mut self) -> Result<PathBuf> {
        let keeping = || format!("keep the backup {}", self.complete.display());
        for entry in fs::read_dir(&self.path).attempt(keeping)? {
            let entry = entry.attempt(keeping)?;
            if entry.file_type().attempt(keeping)?.is_dir() {
                sync(&entry.path()).attempt(keeping)?;
            }
        }
        sync(&self.path).attempt(keeping)?;
        fs::rename(&self.path, &self.complete).attempt(keeping)?;
        self.kept = true;
        let home = self.complete.parent().unwrap_or(Path::new("."));
        sync(home).attempt(keeping)?;
        Ok(self.complete.clone())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.kept {
            // What stays is removed by the next backup, and is no backup in any case.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

pub(super) fn make(path: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(FOLDER_MODE)
        .create(path)
        .attempt(|| format!("make the folder {}", path.display()))
}

/// A new name is durable only when its folder is synced.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes what killed processes left half written.
fn clear_left(home: &Path) -> Result<()> {
    for path in folders(home)? {
        if !is_partial(&path) || !is_ours(&path) {
            continue;
        }
        let left = File::open(&path)
            .is_ok_and(|folder| flock(&folder, FlockOperation::NonBlockingLockExclusive).is_ok());
        if left {
            fs::remove_dir_all(&path)
                .attempt(|| format!("remove the unfinished backup {}", path.display()))?;
        }
    }
    Ok(())
}

/// Whether an unfinished folder has a name that this program gives: `shop-2026-11-23-0213-k3f.partial`.
/// Others name theirs like that, too.
fn is_ours(path: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let parts: Vec<&str> = stem.rsplitn(6, '-').collect();
    let [letters, time, day, month, year, database] = parts.as_slice() else { return false };
    let digits = |text: &str, len: usize| {
        text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    letters.len() == 3
        && digits(time, 4)
        && digits(day, 2)
        && digits(month, 2)
        && digits(year, 4)
        && !database.is_empty()
}

/// What a folder is called while it is no backup: not yet, or not any more.
pub(super) fn partial_name(complete: &Path) -> PathBuf {
    let mut name = complete.as_os_str().to_owned();
    name.push(".");
    name.push(PARTIAL);
    name.into()
}

fn is_partial(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == PARTIAL)
}

pub(super) fn folders(home: &Path) -> Result<Vec<PathBuf>> {
    let reading = || format!("read the folder {}", home.display());
    let entries = match fs::read_dir(home) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).attempt(reading),
    };
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry.attempt(reading)?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Every complete backup in `home`, by name: oldest first, for names begin alike.
///
/// # Errors
/// When the folder can't be read.
pub fn complete(home: &Path) -> Result<Vec<PathBuf>> {
    let folders = folders(home)?;
    Ok(folders
        .into_iter()
        .filter(|path| !is_partial(path) && path.join(manifest::FILE).exists())
        .collect())
}

/// Reads the manifest of a backup.
///
/// # Errors
/// Usage when the folder is no backup; a failed verification when its manifest was damaged.
pub fn manifest(folder: &Path) -> Result<Manifest> {
    let path = folder.join(manifest::FILE);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Failure::usage(format!("{} is no backup: it has no {}", folder.display(), manifest::FILE))
                .hint("an unfinished one ends in .partial and is removed by the next `causeway backup create`; see `causeway backup list`"));
        }
        Err(error) => return Err(error).attempt(|| format!("read {}", path.display())),
    };
    Manifest::read(&bytes).map_err(|error| {
        Failure::unexpected(format!("{} is damaged", path.display()))
            .because(error)
            .ending(Outcome::VerificationFailed)
            .hint("do not rely on this backup; make another: causeway backup create")
    })
}

/// When a backup was last verified; none when it was not, or was another one then.
#[must_use]
pub fn verified_at(folder: &Path, manifest: &Manifest) -> Option<String> {
    let mark = fs::read(folder.join(super::verify::MARK)).ok()?;
    let mark: serde_json::Value = serde_json::from_slice(&mark).ok()?;
    let same = mark["manifest"].as_str() == Some(manifest.checksum.as_str());
    mark["verified_at"].as_str().filter(|_| same).map(str::to_owned)
}
