//! Whether a disk has room for a backup.

use std::path::Path;

use bson::doc;
use causeway_core::backup::manifest::Compression;

use crate::failure::{Attempt, Failure, Result};
use crate::inventory::whole;
use crate::target::Target;
use crate::terminal::quantities::bytes_words;

/// Room left on the disk beside the documents themselves.
const SPARE_BYTES: u64 = 64 * 1024 * 1024;

/// Refuses where the disk is too small for a copy of so many bytes on a private server. It packs
/// documents, but keeps a journal and builds indexes.
pub(super) fn require_scratch(path: &Path, bytes: u64) -> Result<()> {
    let free = free(path)?;
    let needed = bytes.saturating_add(SPARE_BYTES);
    if free < needed {
        return Err(Failure::refused(format!(
            "there are {} free at {}, and the copy takes about {}",
            bytes_words(free),
            path.display(),
            bytes_words(needed)
        ))
        .hint("make room, name another place with --state-dir, or use a server: --on URI"));
    }
    Ok(())
}

/// Refuses where the server's disk has no room for so many bytes beside what is there. A server that
/// does not tell is taken at its word.
pub(super) async fn require_on_server(target: &Target, bytes: u64) -> Result<()> {
    let stats = target.database.run_command(doc! { "dbStats": 1 }).await;
    let stats = stats.attempt(|| format!("ask how much room {} has", target.shown.host))?;
    let (total, used) = (whole(&stats, "fsTotalSize"), whole(&stats, "fsUsedSize"));
    let free = total.saturating_sub(used);
    if total > 0 && free < bytes {
        return Err(Failure::refused(format!(
            "the server has {} free, and what is restored takes up to {} beside what is there",
            bytes_words(free),
            bytes_words(bytes)
        ))
        .hint(
            "make room on the disk of every member, or restore by collection: --collection NAME",
        ));
    }
    Ok(())
}

fn free(path: &Path) -> Result<u64> {
    // What does not exist yet is made on the disk of what does.
    let existing = path.ancestors().find(|it| it.exists()).unwrap_or(Path::new("."));
    let disk = rustix::fs::statvfs(existing)
        .map_err(std::io::Error::from)
        .attempt(|| format!("look how much room there is at {}", path.display()))?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Refuses where the disk is too small for a backup of so many bytes.
pub(super) fn require(path: &Path, bytes: u64, compression: Compression) -> Result<()> {
    let free = free(path)?;
    let needed = match compression {
        Compression::None => bytes.saturating_add(SPARE_BYTES),
        // Text of customers rarely takes more than half; the disk itself has the last word.
        Compression::Gzip => bytes / 2 + SPARE_BYTES,
    };
    if free < needed {
        return Err(Failure::refused(format!(
            "there are {} free at {}, and the backup takes about {}",
            bytes_words(free),
            path.display(),
            bytes_words(needed)
        ))
        .hint("make room, name another place with --to DIR, or give --compress gzip"));
    }
    Ok(())
}
