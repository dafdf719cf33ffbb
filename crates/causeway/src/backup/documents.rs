//! Reads a file of documents, one after the other.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use causeway_core::backup::manifest::Compression;
use causeway_core::outcome::Outcome;
use flate2::read::MultiGzDecoder;

use crate::failure::{Attempt, Failure, Result};

/// No document of MongoDB is larger, the few bytes that the server itself adds included.
const DOCUMENT_BYTES_MAX: usize = 16 * 1024 * 1024 + 16 * 1024;
const BUFFER_BYTES: usize = 256 * 1024;

/// The documents of a file, one after the other.
pub(super) struct Documents {
    reader: Box<dyn Read + Send>,
    path: String,
    at: u64,
    document: Vec<u8>,
}

impl Documents {
    pub(super) fn open(path: &Path, compression: Compression) -> Result<Self> {
        let file = File::open(path).attempt(|| format!("open {}", path.display()))?;
        let buffered = BufReader::with_capacity(BUFFER_BYTES, file);
        let reader: Box<dyn Read + Send> = match compression {
            Compression::None => Box::new(buffered),
            Compression::Gzip => {
                Box::new(BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(buffered)))
            }
        };
        Ok(Self { reader, path: path.display().to_string(), at: 0, document: Vec::new() })
    }

    /// The next one; none at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>> {
        let mut len = [0; 4];
        if !self.fill_or_end(&mut len)? {
            return Ok(None);
        }
        let size = usize::try_from(i32::from_le_bytes(len)).unwrap_or(0);
        if !(5..=DOCUMENT_BYTES_MAX).contains(&size) {
            return Err(self.damaged("no document begins"));
        }
        self.document.resize(size, 0);
        self.document[..4].copy_from_slice(&len);
        let read = self.reader.read_exact(&mut self.document[4..]);
        read.map_err(|error| self.damaged("a document breaks off").because(error))?;
        self.at += size as u64;
        Ok(Some(&self.document))
    }

    /// Whether there was anything to read.
    fn fill_or_end(&mut self, buffer: &mut [u8]) -> Result<bool> {
        let mut filled = 0;
        while filled < buffer.len() {
            let more = self.reader.read(&mut buffer[filled..]);
            match more.map_err(|error| self.damaged("it can't be read").because(error))? {
                0 if filled == 0 => return Ok(false),
                0 => return Err(self.damaged("a document breaks off")),
                more => filled += more,
            }
        }
        Ok(true)
    }

    /// A failure that names file and place; the place is that of the uncompressed documents.
    fn damaged(&self, what: &str) -> Failure {
        Failure::unexpected(format!("{} is damaged: {what} at byte {}", self.path, self.at))
            .ending(Outcome::VerificationFailed)
    }
}
