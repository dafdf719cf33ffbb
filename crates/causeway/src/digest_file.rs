//! Digest files: the records of one pass over one collection, in buckets by the hash of `_id`.
//!
//! Records of a bucket are appended in segments as buffers fill up, so memory stays the same for
//! any collection. Comparing two files reads one bucket of each at a time. Layout: magic; segments;
//! directory of segments; offset of the directory, counts, checksum. A file without its end is no
//! digest file, and neither is one whose segment does not match its checksum.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use causeway_core::digest::{Digest, bucket_of};
use causeway_core::outcome::Outcome;
use causeway_core::record::{Record, State, read_records, write_record};
use xxhash_rust::xxh3::xxh3_64;

use crate::failure::{Attempt, Failure, Result};

const MAGIC: &[u8; 16] = b"causeway-digest1";
/// Bytes of a directory entry: bucket, length, offset, checksum.
const DIRECTORY_ENTRY: usize = 4 + 4 + 8 + 8;
/// Bytes of the end: offset of the directory, segments, documents, bits, checksum.
const END: usize = 8 + 8 + 8 + 4 + 8;
/// Memory for the buffers of one sink.
const SINK_BYTES: usize = 8 * 1024 * 1024;
/// A bucket is sorted in memory: aim at this many records in each.
const BUCKET_RECORDS: u64 = 40_000;
const FILE_MODE: u32 = 0o600;

/// Bits of the bucket number for a collection of about `documents`.
#[must_use]
pub const fn bits_for(documents: u64) -> u32 {
    let mut bits = 4;
    while bits < 12 && (BUCKET_RECORDS << bits) < documents {
        bits += 1;
    }
    bits
}

/// A digest file being written, by several sinks at once.
#[derive(Debug)]
pub struct DigestWriter {
    path: PathBuf,
    partial: PathBuf,
    bits: u32,
    state: Mutex<WriterState>,
}

#[derive(Debug)]
struct WriterState {
    file: File,
    at: u64,
    directory: Vec<Segment>,
    documents: u64,
}

#[derive(Debug, Clone, Copy)]
struct Segment {
    bucket: u32,
    len: u32,
    offset: u64,
    checksum: u64,
}

impl DigestWriter {
    /// Begins a file at `path`; it appears there when it is complete.
    ///
    /// # Errors
    /// When it can't be made.
    pub fn create(path: &Path, bits: u32) -> Result<Self> {
        let partial = path.with_extension("partial");
        let making = || format!("make the digest file {}", partial.display());
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(FILE_MODE)
            .open(&partial)
            .attempt(making)?;
        file.write_all(MAGIC).attempt(making)?;
        let state =
            WriterState { file, at: MAGIC.len() as u64, directory: Vec::new(), documents: 0 };
        Ok(Self { path: path.to_owned(), partial, bits, state: Mutex::new(state) })
    }

    /// Forgets what was written: everything is going to be read again. No sink may be left.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn begin_anew(&self) -> Result<()> {
        let mut state = self.state.lock().expect("no sink panicked while it held the lock");
        let begun = MAGIC.len() as u64;
        let emptying = || format!("empty the digest file {}", self.partial.display());
        state.file.set_len(begun).attempt(emptying)?;
        (state.at, state.documents) = (begun, 0);
        state.directory.clear();
        Ok(())
    }

    /// A sink for one task.
    #[must_use]
    pub fn sink(&self) -> Sink<'_> {
        let buckets = 1 << self.bits;
        Sink {
            writer: self,
            flush_bytes: SINK_BYTES / buckets,
            buffers: vec![Vec::new(); buckets],
            documents: 0,
        }
    }

    /// Syncs the file and gives it its name. Every sink must have been finished.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn finish(self) -> Result<()> {
        let writing = || format!("write the digest file {}", self.partial.display());
        let state = self.state.into_inner().expect("no sink panicked while it held the lock");
        let mut end = Vec::with_capacity(state.directory.len() * DIRECTORY_ENTRY + END);
        for segment in &state.directory {
            end.extend_from_slice(&segment.bucket.to_le_bytes());
            end.extend_from_slice(&segment.len.to_le_bytes());
            end.extend_from_slice(&segment.offset.to_le_bytes());
            end.extend_from_slice(&segment.checksum.to_le_bytes());
        }
        end.extend_from_slice(&state.at.to_le_bytes());
        end.extend_from_slice(&(state.directory.len() as u64).to_le_bytes());
        end.extend_from_slice(&state.documents.to_le_bytes());
        end.extend_from_slice(&self.bits.to_le_bytes());
        end.extend_from_slice(&xxh3_64(&end).to_le_bytes());
        state.file.write_all_at(&end, state.at).attempt(writing)?;
        state.file.sync_all().attempt(writing)?;
        fs::rename(&self.partial, &self.path).attempt(writing)?;
        sync_parent(&self.path).attempt(writing)
    }

    fn append(&self, bucket: usize, bytes: &[u8], documents: u64) -> io::Result<()> {
        let mut state = self.state.lock().expect("no sink panicked while it held the lock");
        state.documents += documents;
        if bytes.is_empty() {
            return Ok(());
        }
        let segment = Segment {
            bucket: u32::try_from(bucket).expect("buckets are few"),
            len: u32::try_from(bytes.len()).expect("a buffer is far below four gigabytes"),
            offset: state.at,
            checksum: xxh3_64(bytes),
        };
        state.file.write_all_at(bytes, state.at)?;
        state.at += bytes.len() as u64;
        state.directory.push(segment);
        Ok(())
    }
}

/// Copies a complete file, every part of which must match its checksum, and has the disk keep it.
///
/// # Errors
/// When the file is none or damaged, or the disk does not take it.
pub fn copy(from: &Path, to: &Path) -> Result<DigestFile> {
    let copying = || format!("copy {} to {}", from.display(), to.display());
    let whole = DigestFile::open(from)?.ok_or_else(|| damaged(from, "its beginning"))?;
    for bucket in 0..whole.buckets() {
        whole.bucket(bucket)?;
    }
    let partial = to.with_extension("partial");
    fs::copy(from, &partial).attempt(copying)?;
    File::open(&partial).and_then(|copy| copy.sync_all()).attempt(copying)?;
    fs::rename(&partial, to).attempt(copying)?;
    sync_parent(to).attempt(copying)?;
    Ok(whole)
}

/// A new name is durable only when its folder is synced.
fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(parent.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

/// Buffers of one task that writes records.
#[derive(Debug)]
pub struct Sink<'a> {
    writer: &'a DigestWriter,
    buffers: Vec<Vec<u8>>,
    flush_bytes: usize,
    documents: u64,
}

impl Sink<'_> {
    /// Takes one document's record.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn put(&mut self, id: &[u8], digest: Digest, state: State) -> Result<()> {
        let bucket = bucket_of(id, self.writer.bits);
        let buffer = &mut self.buffers[bucket];
        write_record(buffer, id, digest, state);
        self.documents += 1;
        if buffer.len() >= self.flush_bytes {
            self.writer
                .append(bucket, buffer, 0)
                .attempt(|| format!("write digests to {}", self.writer.partial.display()))?;
            buffer.clear();
        }
        Ok(())
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn finish(mut self) -> Result<()> {
        let mut documents = std::mem::take(&mut self.documents);
        for (bucket, buffer) in self.buffers.iter().enumerate() {
            self.writer
                .append(bucket, buffer, std::mem::take(&mut documents))
                .attempt(|| format!("write digests to {}", self.writer.partial.display()))?;
        }
        Ok(())
    }
}

/// A complete digest file.
#[derive(Debug)]
pub struct DigestFile {
    path: PathBuf,
    file: File,
    directory: Vec<Segment>,
    /// Documents in it.
    pub documents: u64,
    /// Bits of the bucket number.
    pub bits: u32,
}

impl DigestFile {
    /// Opens a file; none when there is none at `path`.
    ///
    /// # Errors
    /// When it is incomplete or damaged.
    pub fn open(path: &Path) -> Result<Option<Self>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).attempt(|| format!("open the digest file {}", path.display()));
            }
        };
        Self::read_directory(path, file).map(Some)
    }

    fn read_directory(path: &Path, file: File) -> Result<Self> {
        let damaged = || damaged(path, "its end");
        let size = file.metadata().attempt(|| format!("read {}", path.display()))?.len();
        let end_at = size.checked_sub(END as u64).ok_or_else(damaged)?;
        let mut end = [0; END];
        file.read_exact_at(&mut end, end_at).map_err(|_| damaged())?;
        let word = |at: usize| u64::from_le_bytes(end[at..at + 8].try_into().expect("eight bytes"));
        let (directory_at, segments, documents) = (word(0), word(8), word(16));
        let bits = u32::from_le_bytes(end[24..28].try_into().expect("four bytes"));
        let len = end_at.checked_sub(directory_at).ok_or_else(damaged)?;
        let plausible = segments.checked_mul(DIRECTORY_ENTRY as u64) == Some(len);
        if !plausible || !(1..=16).contains(&bits) {
            return Err(damaged());
        }
        let mut bytes = vec![0; usize::try_from(len).map_err(|_| damaged())?];
        file.read_exact_at(&mut bytes, directory_at).map_err(|_| damaged())?;
        let mut directory: Vec<Segment> = bytes
            .chunks_exact(DIRECTORY_ENTRY)
            .map(|entry| {
                let four = |at: usize| {
                    u32::from_le_bytes(entry[at..at + 4].try_into().expect("four bytes"))
                };
                let eight = |at: usize| {
                    u64::from_le_bytes(entry[at..at + 8].try_into().expect("eight bytes"))
                };
                Segment { bucket: four(0), len: four(4), offset: eight(8), checksum: eight(16) }
            })
            .collect();
        // Segments lie in the order in which buffers filled up; a bucket's are wanted together.
        directory.sort_by_key(|segment| segment.bucket);
        bytes.extend_from_slice(&end[..END - 8]);
        if xxh3_64(&bytes) != word(END - 8) {
            return Err(damaged());
        }
        Ok(Self { path: path.to_owned(), file, directory, documents, bits })
    }

    /// Reads all records of a bucket.
    ///
    /// # Errors
    /// When a segment does not match its checksum.
    pub fn bucket(&self, bucket: usize) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        let first = self.directory.partition_point(|it| (it.bucket as usize) < bucket);
        let segments = self.directory[first..].iter();
        for segment in segments.take_while(|it| it.bucket as usize == bucket) {
            let mut bytes = vec![0; segment.len as usize];
            let reading = || format!("read the digest file {}", self.path.display());
            self.file.read_exact_at(&mut bytes, segment.offset).attempt(reading)?;
            if xxh3_64(&bytes) != segment.checksum {
                return Err(damaged(&self.path, &format!("byte {}", segment.offset)));
            }
            records.append(&mut read_records(&bytes).attempt(reading)?);
        }
        Ok(records)
    }

    /// Number of buckets.
    #[must_use]
    pub const fn buckets(&self) -> usize {
        1 << self.bits
    }
}

/// Nothing is proved then, so it counts as a verification that failed, not as a surprise.
fn damaged(path: &Path, place: &str) -> Failure {
    Failure::unexpected(format!("the digest file {} is damaged at {place}", path.display()))
        .ending(Outcome::VerificationFailed)
        .hint("restore it from a copy; to go on without a proof, move it away and give --without-digests")
}
