//! `backup prune`: removes old backups, and never the last one that was proved.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use causeway_core::backup::Manifest;

use super::folder;
use super::proof::Proof;
use crate::clock::moment_text;
use crate::failure::{Attempt, Failure, Result};
use crate::reporter::Reporter;

/// One backup that could go.
struct Held {
    folder: PathBuf,
    manifest: Manifest,
    proved: bool,
}

/// What is to be removed.
#[derive(Debug)]
pub struct Pruning {
    /// Database whose backups they are.
    pub database: String,
    /// Folders, oldest first.
    pub folders: Vec<PathBuf>,
}

/// Looks which backups in `home` are older than the `keep` latest of their database, and says so.
///
/// # Errors
/// Usage when there are backups of several databases and none is named; when the folder can't be
/// read.
pub fn look(
    (home, of): (&Path, Option<&str>),
    keep: NonZeroU32,
    reporter: &Reporter,
) -> Result<Option<Pruning>> {
    let mut held = held(home, reporter)?;
    held.retain(|it| of.is_none_or(|of| of == it.manifest.database));
    let mut databases: Vec<String> = held.iter().map(|it| it.manifest.database.clone()).collect();
    databases.sort();
    databases.dedup();
    let database = match databases.as_slice() {
        [] => return Ok(None),
        [database] => database.clone(),
        several => {
            return Err(Failure::usage(format!(
                "{} holds backups of several databases: {}",
                home.display(),
                several.join(", ")
            ))
            .hint("name one: --of DATABASE"));
        }
    };
    // Databases of one name on several servers have each a last backup.
    let mut by_server: BTreeMap<String, Vec<Held>> = BTreeMap::new();
    for it in held {
        by_server.entry(it.manifest.source.clone()).or_default().push(it);
    }
    let folders: Vec<PathBuf> =
        by_server.into_values().flat_map(|held| too_old(held, keep, reporter)).collect();
    Ok((!folders.is_empty()).then_some(Pruning { database, folders }))
}

/// Those of one server that go, after saying of all what becomes of them.
fn too_old(mut held: Vec<Held>, keep: NonZeroU32, reporter: &Reporter) -> Vec<PathBuf> {
    held.sort_by_key(|it| it.manifest.moment);
    let last_proved = held.iter().rposition(|it| it.proved);
    let old = held.len().saturating_sub(keep.get() as usize);
    let mut folders = Vec::new();
    for (at, it) in held.into_iter().enumerate() {
        let taken = moment_text(it.manifest.moment);
        let proved = if it.proved { ", proved" } else { "" };
        let shown =
            format!("{}, of {taken} at {}{proved}", it.folder.display(), it.manifest.source);
        if at >= old {
            reporter.fact("keeps", shown);
        } else if Some(at) == last_proved {
            reporter.fact("keeps", format!("{shown}: the last one that was"));
        } else {
            reporter.fact("removes", shown);
            folders.push(it.folder);
        }
    }
    folders
}

fn held(home: &Path, reporter: &Reporter) -> Result<Vec<Held>> {
    let mut held = Vec::new();
    for folder in folder::complete(home)? {
        match folder::manifest(&folder) {
            Ok(manifest) => {
                let proved = Proof::read(&folder, &manifest).is_some_and(|proof| proof.passed);
                held.push(Held { folder, manifest, proved });
            }
            Err(failure) => reporter.warning(format!("{}; it is left alone", failure.message)),
        }
    }
    Ok(held)
}

/// Removes a backup. Killed in the middle it leaves what is no backup, and the next one removes that.
///
/// # Errors
/// When the disk does not let it.
pub fn remove(folder: &Path) -> Result<()> {
    let removing = || format!("remove the backup {}", folder.display());
    let partial = folder::partial_name(folder);
    fs::rename(folder, &partial).attempt(removing)?;
    fs::remove_dir_all(&partial).attempt(removing)
}
