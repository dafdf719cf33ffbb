//! A file with the documents of a collection, one after the other, being written by several
//! readers.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::{self, JoinHandle};

use bson::RawDocument;
use causeway_core::backup::Tally;
use causeway_core::backup::manifest::{Compression, FileFacts, hex};
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

use super::folder::FILE_MODE;
use crate::failure::{Attempt, Result};
use crate::scan::Visitor;

/// Documents are handed over in pieces of about this size.
const PIECE_BYTES: usize = 1024 * 1024;

/// So many bytes are handed to the disk at a time while more are being written: it would otherwise
/// begin when the last byte is there.
const AHEAD_BYTES: u64 = 32 * 1024 * 1024;

/// A file that is hashed while it is written.
#[derive(Debug)]
pub(super) struct HashedFile {
    file: File,
    path: PathBuf,
    sha256: Sha256,
    bytes: u64,
    handed_over: u64,
    handing_over: Option<JoinHandle<io::Result<()>>>,
}

impl HashedFile {
    /// Makes the file, or makes it anew.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(FILE_MODE)
            .open(path)
            .attempt(|| format!("make {}", path.display()))?;
        Ok(Self {
            file,
            path: path.to_owned(),
            sha256: Sha256::new(),
            bytes: 0,
            handed_over: 0,
            handing_over: None,
        })
    }

    /// Appends.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).attempt(|| format!("write {}", self.path.display()))?;
        self.sha256.update(bytes);
        self.bytes += bytes.len() as u64;
        self.hand_over().attempt(|| format!("write {}", self.path.display()))
    }

    /// Has the disk begin.
    fn hand_over(&mut self) -> io::Result<()> {
        let busy = self.handing_over.as_ref().is_some_and(|it| !it.is_finished());
        if busy || self.bytes - self.handed_over < AHEAD_BYTES {
            return Ok(());
        }
        self.handed_over_well()?;
        self.handed_over = self.bytes;
        let file = self.file.try_clone()?;
        self.handing_over = Some(thread::spawn(move || file.sync_data()));
        Ok(())
    }

    /// The system tells an error of the disk once: here, and not at the end again.
    fn handed_over_well(&mut self) -> io::Result<()> {
        let Some(handing_over) = self.handing_over.take() else { return Ok(()) };
        handing_over.join().map_err(|_| io::Error::other("a thread panicked"))?
    }

    /// Has the disk keep it.
    pub(super) fn finish(mut self) -> Result<FileFacts> {
        let handed_over = self.handed_over_well();
        let writing = || format!("write {}", self.path.display());
        handed_over.attempt(writing)?;
        self.file.sync_all().attempt(writing)?;
        Ok(FileFacts { bytes: self.bytes, sha256: hex(&self.sha256.finalize()) })
    }
}

/// Writes a file in one go.
pub(super) fn write_whole(
    path: &Path,
    bytes: &[u8],
    compression: Compression,
) -> Result<FileFacts> {
    let mut file = HashedFile::create(path)?;
    file.append(&packed(bytes, compression).attempt(|| format!("compress {}", path.display()))?)?;
    file.finish()
}

/// A piece as it stands in the file: compressed, it is a gzip file of its own, and several of them
/// one after the other are one as well.
fn packed(bytes: &[u8], compression: Compression) -> io::Result<std::borrow::Cow<'_, [u8]>> {
    match compression {
        Compression::None => Ok(bytes.into()),
        Compression::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::new(4));
            encoder.write_all(bytes)?;
            Ok(encoder.finish()?.into())
        }
    }
}

/// A file of documents.
#[derive(Debug)]
pub(super) struct DataFile {
    file: Mutex<HashedFile>,
    compression: Compression,
}

impl DataFile {
    pub(super) fn create(path: &Path, compression: Compression) -> Result<Self> {
        Ok(Self { file: Mutex::new(HashedFile::create(path)?), compression })
    }

    /// One reader's way into the file.
    pub(super) fn pen(&self) -> Pen<'_> {
        Pen { file: self, waiting: Vec::new(), tally: Tally::default() }
    }

    /// Has the disk keep it. Every pen must have been finished.
    pub(super) fn finish(self) -> Result<FileFacts> {
        let mut file = self.file.into_inner().expect("no pen panicked while it wrote");
        // Nothing compressed is a file, too; without it `mongorestore --gzip` stumbles.
        if file.bytes == 0 && self.compression == Compression::Gzip {
            file.append(&packed(&[], self.compression).attempt(|| "compress nothing".to_owned())?)?;
        }
        file.finish()
    }

    fn append(&self, bytes: &[u8]) -> Result<()> {
        // Compressed outside the lock: several readers do it at the same time.
        let bytes = packed(bytes, self.compression).attempt(|| "compress documents".to_owned())?;
        self.file.lock().expect("no pen panicked while it wrote").append(&bytes)
    }
}

/// Writes documents; counts them.
#[derive(Debug)]
pub(super) struct Pen<'a> {
    file: &'a DataFile,
    waiting: Vec<u8>,
    tally: Tally,
}

impl Pen<'_> {
    pub(super) fn put(&mut self, document: &[u8]) {
        self.tally.add(document);
        self.waiting.extend_from_slice(document);
    }

    pub(super) fn flush_when_full(&mut self) -> Result<()> {
        if self.waiting.len() >= PIECE_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        if !self.waiting.is_empty() {
            self.file.append(&self.waiting)?;
            self.waiting.clear();
        }
        Ok(())
    }

    pub(super) fn close(mut self) -> Result<Tally> {
        self.flush()?;
        Ok(self.tally)
    }
}

impl Visitor for Pen<'_> {
    type Seen = Tally;

    async fn take(&mut self, _id: &[u8], document: &RawDocument) -> Result<()> {
        self.put(document.as_bytes());
        Ok(())
    }

    fn end_of_reply(&mut self) -> Result<()> {
        self.flush_when_full()
    }

    async fn finish(self) -> Result<Tally> {
        self.close()
    }
}
