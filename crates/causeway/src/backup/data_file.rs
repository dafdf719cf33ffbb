//! A file with the documents of a collection, one after the other, being written by several
//! readers.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Mutex;

use bson::RawDocument;
use causeway_core::backup::Tally;
use causeway_core::backup::manifest::{Compression, FileFacts};
use flate2::write::GzEncoder;

use super::hashed_file::HashedFile;
use crate::failure::{Attempt, Result};
use crate::scan::Visitor;

/// Documents are handed over in pieces of about this size.
const PIECE_BYTES: usize = 1024 * 1024;

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

    /// Makes the file anew: everything is going to be read again. No pen may be left.
    pub(super) fn begin_anew(&self) -> Result<()> {
        self.file.lock().expect("no pen panicked while it wrote").begin_anew()
    }

    /// One reader's way into the file.
    pub(super) fn pen(&self) -> Pen<'_> {
        Pen { file: self, waiting: Vec::new(), tally: Tally::default() }
    }

    /// Has the disk keep it. Every pen must have been finished.
    pub(super) fn finish(self) -> Result<FileFacts> {
        let mut file = self.file.into_inner().expect("no pen panicked while it wrote");
        // Nothing compressed is a file, too; without it `mongorestore --gzip` stumbles.
        if file.is_empty() && self.compression == Compression::Gzip {
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
