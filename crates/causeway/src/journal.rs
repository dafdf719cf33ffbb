//! The journal of a run on disk: every deed before it is done and after.
//!
//! Intents are on disk before the deed; when that fails the run stops. A thread of its own writes,
//! so that a slow disk never holds up the tasks that talk to the server.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use causeway_core::journal::{Deed, Entry, Journal as State, Said};
use causeway_core::outcome::Outcome;
use tokio::sync::oneshot;

use crate::failure::{Failure, Result};

/// File name inside the run's folder.
pub const FILE: &str = "journal.jsonl";
/// The journal tells what happened to a database: its owner reads it, nobody else.
const FILE_MODE: u32 = 0o600;

/// An open journal. Clones write to the same file.
#[derive(Debug, Clone)]
pub struct Journal {
    lines: mpsc::Sender<Line>,
}

struct Line {
    said: Said,
    written: oneshot::Sender<Result<(), String>>,
}

/// What the journal of an earlier process says of the run.
#[derive(Debug, Clone)]
pub struct Past {
    /// Its state after the last entry.
    pub state: State,
    /// Deeds whose result it does not know.
    pub open: Vec<Deed>,
}

impl Journal {
    /// Opens the journal in `folder`, reading what it says so far. Needs the lease.
    ///
    /// What it says is taken over into a file of its own: a runner that lost the lease and does not
    /// know it yet goes on writing to the former one, which nobody reads any more.
    ///
    /// # Errors
    /// When it can't be read or written, or a line in its middle is damaged.
    pub fn open(folder: &Path) -> Result<(Self, Option<Past>)> {
        let path = folder.join(FILE);
        let cannot = |error: io::Error| {
            Failure::refused(format!("failed to open the journal {}", path.display()))
                .because(error)
                .hint("nothing is done without a journal: make the folder writable, or name another with --state-dir")
        };
        let (state, intact_bytes) = replay(&path)?;
        let file = take_over(&path, intact_bytes).map_err(cannot)?;
        let past = (state.next_seq() > 0)
            .then(|| Past { open: state.open().cloned().collect(), state: state.clone() });
        let (lines, inbox) = mpsc::channel();
        let mut writer = Writer { path: path.clone(), file, at: intact_bytes, state };
        thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.serve(&inbox))
            .map_err(cannot)?;
        Ok((Self { lines }, past))
    }

    /// Writes an entry and waits until it is on disk.
    ///
    /// # Errors
    /// [`Outcome::Stopped`] when it can't be written.
    pub async fn write(&self, said: Said) -> Result<()> {
        let (written, answer) = oneshot::channel();
        let gone = || "the journal's writer has ended".to_owned();
        let sent = self.lines.send(Line { said, written }).map_err(|_| gone());
        let result = match sent {
            Ok(()) => answer.await.unwrap_or_else(|_| Err(gone())),
            Err(reason) => Err(reason),
        };
        result.map_err(|reason| {
            Failure::new(Outcome::Stopped, "failed to write the journal; the run stops here")
                .because(reason)
                .hint("make room or mend the folder, then give the same command again")
        })
    }

    /// Writes the intent of a deed.
    ///
    /// # Errors
    /// When it can't be written; then the deed must not be begun.
    pub async fn intend(&self, deed: &Deed) -> Result<()> {
        self.write(Said::Intent(deed.clone())).await
    }

    /// Writes that a deed is done.
    ///
    /// # Errors
    /// When it can't be written.
    pub async fn done(&self, deed: &Deed, result: impl Into<String>) -> Result<()> {
        self.write(Said::Done { deed: deed.clone(), result: result.into() }).await
    }

    /// Writes that a deed was tried and is not done.
    ///
    /// # Errors
    /// When it can't be written.
    pub async fn not_done(&self, deed: &Deed, reason: impl Into<String>) -> Result<()> {
        self.write(Said::NotDone { deed: deed.clone(), reason: reason.into() }).await
    }

    /// Writes something worth knowing that is no deed.
    ///
    /// # Errors
    /// When it can't be written.
    pub async fn note(&self, text: impl Into<String>) -> Result<()> {
        self.write(Said::Note { text: text.into() }).await
    }
}

struct Writer {
    path: PathBuf,
    file: File,
    at: u64,
    state: State,
}

impl Writer {
    /// Writes lines as they come; lines that wait together are synced together.
    fn serve(&mut self, inbox: &mpsc::Receiver<Line>) {
        while let Ok(first) = inbox.recv() {
            let mut lines = vec![first];
            lines.extend(inbox.try_iter());
            self.write(lines);
        }
    }

    fn write(&mut self, lines: Vec<Line>) {
        let mut text = Vec::new();
        let mut answers = Vec::new();
        let mut state = self.state.clone();
        let mut kill_here = false;
        for line in lines {
            let seq = state.next_seq();
            if fault::is_due(fault::BEFORE, seq) {
                kill_here = true;
                break;
            }
            let entry = Entry { seq, at: crate::clock::now_text(), said: line.said };
            let admitted = state.admit(&entry).map_err(|error| error.to_string());
            if admitted.is_ok() {
                serde_json::to_writer(&mut text, &entry).expect("an entry is plain data");
                text.push(b'\n');
            }
            answers.push((line.written, admitted));
            if fault::is_due(fault::AFTER, seq) {
                kill_here = true;
                break;
            }
        }
        let stored =
            self.append(&text).map_err(|error| format!("{}: {error}", self.path.display()));
        if stored.is_ok() {
            self.state = state;
        }
        if kill_here {
            fault::kill();
        }
        for (answer, admitted) in answers {
            // Nobody waits any more when the run is being dropped.
            let _ = answer.send(admitted.and(stored.clone()));
        }
    }

    fn append(&mut self, text: &[u8]) -> io::Result<()> {
        use std::os::unix::fs::FileExt;
        self.file.write_all_at(text, self.at)?;
        self.file.flush()?;
        self.file.sync_data()?;
        self.at += text.len() as u64;
        Ok(())
    }
}

/// Puts a file with the first `intact_bytes` of the journal in its place. A line cut by a kill was
/// never acknowledged: its deed was not begun.
fn take_over(path: &Path, intact_bytes: u64) -> io::Result<File> {
    let next = path.with_extension("next");
    let mut file =
        OpenOptions::new().create(true).truncate(true).write(true).mode(FILE_MODE).open(&next)?;
    if intact_bytes > 0 {
        io::copy(&mut File::open(path)?.take(intact_bytes), &mut file)?;
    }
    file.sync_all()?;
    std::fs::rename(&next, path)?;
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()?;
    Ok(file)
}

/// Reads a journal: its state, and how many of its bytes are whole lines.
fn replay(path: &Path) -> Result<(State, u64)> {
    let mut state = State::default();
    let mut intact = 0;
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((state, 0)),
        Err(error) => {
            return Err(Failure::refused(format!("failed to read the journal {}", path.display()))
                .because(error));
        }
    };
    let damaged = |line: u64, reason: String| {
        Failure::refused(format!("line {line} of the journal {} is damaged", path.display()))
            .because(reason)
            .hint("restore the file from a copy, or move the run's folder away: the database knows what was changed")
    };
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = reader
            .read_until(b'\n', &mut line)
            .map_err(|error| damaged(number, error.to_string()))?;
        if read == 0 || line.last() != Some(&b'\n') {
            break;
        }
        let entry: Entry =
            serde_json::from_slice(&line).map_err(|error| damaged(number, error.to_string()))?;
        state.admit(&entry).map_err(|error| damaged(number, error.to_string()))?;
        intact += read as u64;
    }
    Ok((state, intact))
}

/// Dies at a chosen journal entry, so that tests can try every one of them.
#[cfg(feature = "fault-points")]
mod fault {
    /// Names the entry that is the last one on disk.
    pub(super) const AFTER: &str = "CAUSEWAY_DIE_AFTER_ENTRY";
    /// Names the entry that does not get on disk any more: what it tells of has happened.
    pub(super) const BEFORE: &str = "CAUSEWAY_DIE_BEFORE_ENTRY";

    /// Whether the program is to die at entry `seq`.
    pub(super) fn is_due(when: &str, seq: u64) -> bool {
        std::env::var(when).is_ok_and(|wanted| wanted == seq.to_string())
    }

    /// Dies as by SIGKILL: nothing is cleaned up, nothing is said.
    pub(super) fn kill() {
        let _ =
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
}

#[cfg(not(feature = "fault-points"))]
mod fault {
    pub(super) const AFTER: &str = "";
    pub(super) const BEFORE: &str = "";

    pub(super) const fn is_due(_when: &str, _seq: u64) -> bool {
        false
    }

    pub(super) const fn kill() {}
}
