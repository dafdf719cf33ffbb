//! The journal of a run on disk, line by line. A damaged line is shown as such, and the rest too.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use causeway_core::journal::{Entry, Said};
use serde_json::json;

use super::words;
use crate::failure::{Attempt, Result};
use crate::journal;
use crate::terminal::rows::Row;

/// An open journal.
pub(super) struct Disk {
    reader: BufReader<File>,
    path: String,
    /// A line that was not complete when it was read.
    cut: Vec<u8>,
    /// Bytes of the lines read.
    read_bytes: u64,
    line: u64,
    last_at: String,
    ended: bool,
}

/// A line to be shown.
pub(super) struct Shown {
    /// When, RFC 3339; sorts as text when all lines were written in one zone.
    pub(super) at: jiff::Timestamp,
    row: Row,
}

impl Shown {
    /// A line of `source` with what it says.
    pub(super) fn new(source: &'static str, at: &str, seq: Option<u64>, text: &str) -> Self {
        let row = Row::from([
            ("row", json!("entry")),
            ("source", json!(source)),
            ("at", json!(at)),
            ("seq", json!(seq)),
            ("text", json!(text)),
        ]);
        Self { at: at.parse().unwrap_or_default(), row }
    }

    /// The same with something a script wants to know.
    pub(super) fn with(mut self, key: &'static str, value: serde_json::Value) -> Self {
        self.row.insert(key, value);
        self
    }

    /// As a row of a listing.
    pub(super) fn into_row(self) -> Row {
        self.row
    }
}

impl Disk {
    /// Opens the journal in `folder`; none when there is none.
    ///
    /// # Errors
    /// When it is there and can't be read.
    pub(super) fn open(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(journal::FILE);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).attempt(|| format!("read {}", path.display())),
        };
        Ok(Some(Self {
            reader: BufReader::new(file),
            path: path.display().to_string(),
            cut: Vec::new(),
            read_bytes: 0,
            line: 0,
            last_at: String::new(),
            ended: false,
        }))
    }

    /// Whether the run's process ended in an orderly way, as far as was read.
    pub(super) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// Lines that were added since.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(super) fn read(&mut self) -> Result<Vec<Shown>> {
        self.follow_taking_over().attempt(|| format!("read {}", self.path))?;
        let mut shown = Vec::new();
        loop {
            let read = self
                .reader
                .read_until(b'\n', &mut self.cut)
                .attempt(|| format!("read {}", self.path))?;
            if read == 0 || self.cut.last() != Some(&b'\n') {
                return Ok(shown);
            }
            let line = std::mem::take(&mut self.cut);
            self.line += 1;
            self.read_bytes += line.len() as u64;
            shown.push(self.shown(&line));
        }
    }

    /// Who goes on with a run does so in a file of its own, which begins with the same lines.
    fn follow_taking_over(&mut self) -> io::Result<()> {
        let Ok(present) = File::open(&self.path) else { return Ok(()) };
        if present.metadata()?.ino() == self.reader.get_ref().metadata()?.ino() {
            return Ok(());
        }
        self.reader = BufReader::new(present);
        self.cut.clear();
        self.reader.seek(SeekFrom::Start(self.read_bytes))?;
        Ok(())
    }

    fn shown(&mut self, line: &[u8]) -> Shown {
        match serde_json::from_slice::<Entry>(line) {
            Ok(entry) => {
                self.last_at.clone_from(&entry.at);
                self.ended = matches!(entry.said, Said::Ended { .. });
                let said = json!(entry.said);
                Shown::new("disk", &entry.at, Some(entry.seq), &words::said(&entry.said))
                    .with("said", said)
            }
            // It stands where it stands in the file: after the line before it.
            Err(error) => {
                let text = format!("line {} of {} is damaged: {error}", self.line, self.path);
                Shown::new("disk", &self.last_at, None, &text).with("damaged", json!(true))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write;

    use super::Disk;

    #[test]
    fn a_damaged_line_hides_no_other_and_a_cut_one_waits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.jsonl");
        let at = "2026-11-22T02:13:07.000+00:00";
        let entry = |seq: u64, text: &str| {
            format!("{{\"seq\":{seq},\"at\":\"{at}\",\"entry\":\"note\",\"text\":\"{text}\"}}")
        };
        let (first, third) = (entry(0, "first"), entry(2, "third"));
        let (begin, rest) = third.split_at(20);
        std::fs::write(&path, format!("{first}\n{{\"seq\":1, dam\n{begin}")).unwrap();
        let mut disk = Disk::open(folder.path()).unwrap().unwrap();
        let read = disk.read().unwrap();
        assert_eq!(read.len(), 2);
        assert!(read[1].row.contains_key("damaged"));
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        writeln!(file, "{rest}").unwrap();
        let read = disk.read().unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].row["text"], "note     third");
        assert!(!disk.has_ended());
    }
}
