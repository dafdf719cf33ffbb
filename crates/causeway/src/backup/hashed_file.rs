//! A file that is hashed while it is written, past the system's cache where the disk allows it: what
//! is read from a database is larger than the cache is good for, and copying it there costs more than
//! writing it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use causeway_core::backup::manifest::{FileFacts, hex};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use sha2::{Digest as _, Sha256};

use super::folder::FILE_MODE;
use crate::failure::{Attempt, Result};

/// Bytes are handed to the disk in blocks of this size.
const BLOCK_BYTES: usize = 4 * 1024 * 1024;
/// What disks ask of blocks that are not copied: place in memory and in the file.
const ALIGNMENT: usize = 4096;
/// Blocks: one is being filled while others are hashed and written.
const BLOCKS: usize = 5;

/// Size and hash of a file that is there.
pub(super) fn facts_of(path: &Path) -> io::Result<FileFacts> {
    let (mut sha256, mut bytes) = (Sha256::new(), 0);
    let mut file = File::open(path)?;
    let mut buffer = vec![0; BLOCK_BYTES];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(FileFacts { bytes, sha256: hex(&sha256.finalize()) }),
            read => {
                sha256.update(&buffer[..read]);
                bytes += read as u64;
            }
        }
    }
}

/// A file being written.
#[derive(Debug)]
pub(super) struct HashedFile {
    path: PathBuf,
    block: Block,
    full: SyncSender<Block>,
    empty: Receiver<Block>,
    hashing: JoinHandle<FileFacts>,
    writing: JoinHandle<io::Result<()>>,
    is_empty: bool,
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
        let (full, to_hash) = sync_channel(BLOCKS);
        let (written, empty) = sync_channel(BLOCKS);
        for _ in 1..BLOCKS {
            let _ = written.send(Block::new());
        }
        let (hashed, to_disk) = sync_channel(BLOCKS);
        let hashing = thread::spawn(move || hash_all(&to_hash, &hashed));
        let writing = thread::spawn(move || Disk { file }.take_all(&to_disk, &written));
        Ok(Self {
            path: path.to_owned(),
            block: Block::new(),
            full,
            empty,
            hashing,
            writing,
            is_empty: true,
        })
    }

    /// Begins another file in the place of this one.
    pub(super) fn begin_anew(&mut self) -> Result<()> {
        let path = self.path.clone();
        // The thread of this one may still be writing: to a file without a name then.
        fs::remove_file(&path).attempt(|| format!("remove {}", path.display()))?;
        *self = Self::create(&path)?;
        Ok(())
    }

    /// Whether nothing was appended yet.
    pub(super) const fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Appends.
    pub(super) fn append(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.is_empty &= bytes.is_empty();
        while !bytes.is_empty() {
            bytes = self.block.fill(bytes);
            if self.block.is_full() {
                // When nobody writes any more, `finish` tells why.
                let next = self.empty.recv().unwrap_or_else(|_| Block::new());
                let full = std::mem::replace(&mut self.block, next);
                if self.full.send(full).is_err() {
                    return self.failed();
                }
            }
        }
        Ok(())
    }

    /// What the writing thread ended with, while it should have gone on.
    fn failed(&mut self) -> Result<()> {
        let nobody = thread::spawn(|| Err(io::Error::other("writing has ended already")));
        let result = join(std::mem::replace(&mut self.writing, nobody)).and_then(|written| written);
        result.attempt(|| format!("write {}", self.path.display()))
    }

    /// Has the disk keep it.
    pub(super) fn finish(self) -> Result<FileFacts> {
        let Self { path, block, full, hashing, writing, .. } = self;
        let _ = full.send(block);
        drop(full);
        let writing = join(writing).and_then(|written| written);
        let facts = join(hashing).and_then(|facts| writing.map(|()| facts));
        facts.attempt(|| format!("write {}", path.display()))
    }
}

fn join<T>(thread: JoinHandle<T>) -> io::Result<T> {
    thread.join().map_err(|_| io::Error::other("a thread panicked"))
}

/// Bytes that lie in memory as the disk wants them.
#[derive(Debug)]
struct Block {
    memory: Vec<u8>,
    start: usize,
    len: usize,
}

impl Block {
    fn new() -> Self {
        let memory = vec![0; BLOCK_BYTES + ALIGNMENT];
        let start = memory.as_ptr().align_offset(ALIGNMENT);
        Self { memory, start, len: 0 }
    }

    /// Takes what there is room for; returns the rest.
    fn fill<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (now, later) = bytes.split_at(bytes.len().min(BLOCK_BYTES - self.len));
        let at = self.start + self.len;
        self.memory[at..at + now.len()].copy_from_slice(now);
        self.len += now.len();
        later
    }

    const fn is_full(&self) -> bool {
        self.len == BLOCK_BYTES
    }

    fn bytes(&self) -> &[u8] {
        &self.memory[self.start..self.start + self.len]
    }
}

/// The hashing thread's part. What it hashed is written by another: both take their time.
fn hash_all(full: &Receiver<Block>, hashed: &SyncSender<Block>) -> FileFacts {
    let (mut sha256, mut bytes) = (Sha256::new(), 0);
    while let Ok(block) = full.recv() {
        sha256.update(block.bytes());
        bytes += block.len as u64;
        // Where nothing is written any more, the writing thread has the reason.
        if hashed.send(block).is_err() {
            break;
        }
    }
    FileFacts { bytes, sha256: hex(&sha256.finalize()) }
}

/// The writing thread's part.
struct Disk {
    file: File,
}

impl Disk {
    fn take_all(self, hashed: &Receiver<Block>, empty: &SyncSender<Block>) -> io::Result<()> {
        while let Ok(mut block) = hashed.recv() {
            // Not every file system can do without its cache.
            let past_cache = block.is_full() && self.past_cache(true).is_ok();
            let mut written = (&self.file).write_all(block.bytes());
            if past_cache {
                self.past_cache(false)?;
                if written.as_ref().is_err_and(|error| error.kind() == ErrorKind::InvalidInput) {
                    written = (&self.file).write_all(block.bytes());
                }
            }
            written?;
            block.len = 0;
            let _ = empty.send(block);
        }
        self.file.sync_all()
    }

    fn past_cache(&self, past: bool) -> io::Result<()> {
        let mut flags = fcntl_getfl(&self.file)?;
        flags.set(OFlags::DIRECT, past);
        Ok(fcntl_setfl(&self.file, flags)?)
    }
}
