//! Files that a web server serves while they are written: each is whole at any moment.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::failure::{Attempt, Result};

/// Everybody may read a status page, whatever the operator's umask says.
const FILE_MODE: u32 = 0o644;

/// Writes each file beside its place, and then puts it there.
///
/// # Errors
/// When one can't be written; those after it stay as they were.
pub(super) fn write(folder: &Path, files: &[(&str, &str)]) -> Result<()> {
    fs::create_dir_all(folder).attempt(|| format!("make the folder {}", folder.display()))?;
    for (name, text) in files {
        let path = folder.join(name);
        put(&path, text).attempt(|| format!("write {}", path.display()))?;
    }
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .attempt(|| format!("write the folder {}", folder.display()))
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    // Two processes that write at once must not share a file beside.
    let beside = path.with_extension(format!("{}.partial", std::process::id()));
    let written = File::create(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.set_permissions(fs::Permissions::from_mode(FILE_MODE))?;
        file.sync_all()
    });
    let put = written.and_then(|()| fs::rename(&beside, path));
    if put.is_err() {
        let _ = fs::remove_file(&beside);
    }
    put
}
