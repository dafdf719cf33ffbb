//! Samples on disk: one JSON document a line, appended.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use causeway_core::sample::Sample;
use rustix::fs::{FlockOperation, flock};

use crate::failure::{Attempt, Failure, Result};

/// Names of a company's machines and figures of its business: the owner's alone.
const FILE_MODE: u32 = 0o600;
/// No sample is as long; whoever writes longer lines has put something else there.
const LINE_BYTES_MAX: u64 = 1_000_000;

/// Reads all samples. A line that a killed process left half written is passed over; a file that
/// is not there holds none.
///
/// # Errors
/// When the file is there and can't be read.
pub fn read(path: &Path) -> Result<Vec<Sample>> {
    let reading = || format!("read {}", path.display());
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).attempt(reading),
    };
    let mut reader = BufReader::new(file);
    let mut samples = Vec::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line);
        if length.attempt(reading)? == 0 {
            return Ok(samples);
        }
        samples.extend(serde_json::from_slice::<Sample>(&line));
    }
}

/// A file that samples are appended to, by one process at a time.
#[derive(Debug)]
pub(crate) struct Samples {
    file: File,
}

impl Samples {
    /// Opens or makes the file, and keeps others from writing into it.
    ///
    /// # Errors
    /// Refused when another process writes into it; when it can't be written.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let opening = || format!("open {}", path.display());
        let file =
            OpenOptions::new().create(true).read(true).append(true).mode(FILE_MODE).open(path);
        let mut file = file.attempt(opening)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|error| {
            Failure::refused(format!("another process writes into {}", path.display()))
                .because(io::Error::from(error))
                .hint("one of them is enough: nothing is gained by two")
        })?;
        if is_torn(&mut file).attempt(opening)? {
            file.write_all(b"\n").attempt(opening)?;
        }
        Ok(Self { file })
    }

    /// Appends a sample by a single write.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn append(&mut self, sample: &Sample) -> io::Result<()> {
        let mut line = serde_json::to_vec(sample)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

/// Whether the last line has no end: the process that wrote it was killed.
fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::Write;
    use std::os::unix::fs::PermissionsExt;

    use causeway_core::outcome::Outcome;
    use causeway_core::sample::{ApplicationSample, Sample};

    use super::{Samples, read};
    use crate::monitor::latency::NO_BOUND;

    fn sample(step: &str) -> Sample {
        Sample {
            at: "2026-11-26T02:00:00.000+00:00".to_owned(),
            step: step.to_owned(),
            seconds: 1.0,
            server: None,
            application: Some(ApplicationSample {
                latency: vec![(0.1, 3.0), (NO_BOUND, 4.0)],
                ..ApplicationSample::default()
            }),
            progress: None,
            trouble: vec!["server: no answer within 2 s".to_owned()],
        }
    }

    #[test]
    fn a_torn_line_is_passed_over_and_what_comes_after_it_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.jsonl");
        assert_eq!(read(&path).unwrap(), []);
        let mut samples = Samples::open(&path).unwrap();
        samples.append(&sample("up")).unwrap();
        drop(samples);
        let mut torn = OpenOptions::new().append(true).open(&path).unwrap();
        torn.write_all(b"{\"at\":\"2026-1").unwrap();
        assert_eq!(read(&path).unwrap(), [sample("up")]);
        Samples::open(&path).unwrap().append(&sample("verify")).unwrap();
        assert_eq!(read(&path).unwrap(), [sample("up"), sample("verify")]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn one_process_writes_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("watch.jsonl");
        let held = Samples::open(&path).unwrap();
        assert_eq!(Samples::open(&path).unwrap_err().outcome, Outcome::Refused);
        drop(held);
        assert!(Samples::open(&path).is_ok());
    }
}
