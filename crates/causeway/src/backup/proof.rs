//! `causeway-proof.json`: what became of a backup that was restored and compared.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use causeway_core::backup::Manifest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::folder::{FILE_MODE, sync};
use crate::failure::{Attempt, Result};

/// Name of the file beside the manifest.
pub const FILE: &str = "causeway-proof.json";

/// A restore that was compared with the manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// Checksum of the manifest: a proof of another backup proves nothing.
    pub manifest: String,
    /// Whether everything came back as it was.
    pub passed: bool,
    /// When the comparison ended, RFC 3339 in UTC.
    pub proved_at: String,
    /// How long restoring and comparing took.
    pub seconds: f64,
    /// On which server it was restored.
    pub restored_on: String,
    /// Version of that server.
    pub server_version: String,
    /// Documents that came back.
    pub documents: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Collections and views that came back.
    pub collections: u64,
    /// Who proved it.
    pub operator: String,
    /// Where that person worked.
    pub host: String,
    /// What was not as it should be.
    pub problems: Vec<String>,
}

impl Proof {
    /// The proof beside a manifest; none when there is none, or it is of another backup.
    #[must_use]
    pub fn read(folder: &Path, manifest: &Manifest) -> Option<Self> {
        let bytes = fs::read(folder.join(FILE)).ok()?;
        let proof: Self = serde_json::from_slice(&bytes).ok()?;
        (proof.manifest == manifest.checksum).then_some(proof)
    }

    /// Leaves it beside the manifest.
    ///
    /// # Errors
    /// When the folder can't be written.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let path = folder.join(FILE);
        let writing = || format!("write the proof {}", path.display());
        let partial = folder.join(format!("{FILE}.partial"));
        let mut text = serde_json::to_vec_pretty(self).attempt(writing)?;
        text.push(b'\n');
        let mut options = fs::OpenOptions::new();
        options.create(true).truncate(true).write(true).mode(FILE_MODE);
        let mut file = options.open(&partial).attempt(writing)?;
        file.write_all(&text).attempt(writing)?;
        file.sync_all().attempt(writing)?;
        fs::rename(&partial, &path).attempt(writing)?;
        sync(folder).attempt(writing)
    }

    /// When the comparison ended; none when the text is no time.
    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        self.proved_at.parse().ok()
    }
}
