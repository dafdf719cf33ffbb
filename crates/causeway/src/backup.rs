//! Backups: made at one moment, tested byte for byte.
//!
//! A backup is a folder that MongoDB's own `mongorestore` accepts, with a manifest that says what
//! must be in it. It is written under another name and gets its own when it is complete and on the
//! disk: a folder without a manifest is no backup.

use std::path::{Path, PathBuf};

mod contents;
pub(crate) mod copy;
pub mod create;
mod data_file;
mod definition;
mod documents;
mod filling;
pub mod folder;
mod hashed_file;
mod listing;
pub(crate) mod losses;
mod moment;
pub mod offer;
pub mod proof;
pub mod prove;
pub mod proven;
pub mod prune;
mod rebuild;
pub mod restore;
mod room;
pub mod scratch;
pub mod verify;

/// Where backups are, unless somebody names another folder.
#[must_use]
pub fn home(state_dir: &Path) -> PathBuf {
    state_dir.join("backups")
}

/// Whether a collection is one of Causeway's own, which a restore never puts over live ones.
#[must_use]
pub fn is_own(collection: &str) -> bool {
    collection.starts_with("causeway_")
}

/// A word as a shell takes it.
pub(crate) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Causeway's own collections stand beside the others, where a restore of the database does not put
/// them over live ones.
fn own_folder(database: &str) -> String {
    let mut folder = format!("causeway_of_{database}");
    // The longest name that a database may have: `mongorestore` takes the folder for one.
    while folder.len() > 63 {
        folder.pop();
    }
    folder
}
