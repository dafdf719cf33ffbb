//! Whether a disk has room for a backup.

use std::path::Path;

use causeway_core::backup::manifest::Compression;

use crate::failure::{Attempt, Failure, Result};
use crate::terminal::quantities::bytes_words;

/// Room left on the disk beside the documents themselves.
const SPARE_BYTES: u64 = 64 * 1024 * 1024;

/// Refuses where the disk is too small for a backup of so many bytes.
pub(super) fn require(path: &Path, bytes: u64, compression: Compression) -> Result<()> {
    let disk = rustix::fs::statvfs(path)
        .map_err(std::io::Error::from)
        .attempt(|| format!("look how much room there is at {}", path.display()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
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
