//! `backup verify`: reads every byte of a backup and says what is not as its manifest has it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::thread;

use bson::RawDocument;
use bson::raw::RawBsonRef;
use causeway_core::backup::Tally;
use causeway_core::backup::manifest::{self, Collection, FileFacts, Manifest, hex};
use causeway_core::event::Event;
use causeway_core::outcome::Outcome;
use sha2::{Digest as _, Sha256};

use super::documents::Documents;
use super::folder;
use crate::clock::{duration_words, now_utc, thousands};
use crate::failure::{Attempt, Failure, Result};
use crate::progress::Progress;
use crate::reporter::Reporter;
use crate::terminal::quantities::bytes_words;

/// What a verification leaves beside the manifest, for `backup list`.
pub const MARK: &str = "causeway-verified.json";
const READ_BYTES: usize = 1024 * 1024;
/// The server takes no document that is nested deeper than 180 levels; its own may be a little.
const NESTED_MAX: u32 = 250;

/// What is verified, and who is told.
#[derive(Debug, Clone, Copy)]
pub struct Verifying<'a> {
    /// The backup's folder.
    pub folder: &'a Path,
    /// Who listens.
    pub reporter: &'a Reporter,
}

/// Verifies a backup and reports.
///
/// # Errors
/// Usage when the folder is no backup; a failed verification when its manifest is damaged.
pub fn verify(verifying: Verifying<'_>) -> Result<Outcome> {
    let started = std::time::Instant::now();
    let manifest = folder::manifest(verifying.folder)?;
    // Another look's mark says nothing any more, whatever becomes of this one.
    let mark = verifying.folder.join(MARK);
    let _ = fs::remove_file(&mark);
    let problems = verifying.problems(&manifest)?;
    for problem in &problems {
        verifying.reporter.warning(problem.clone());
    }
    if !problems.is_empty() {
        let many = problems.len();
        return Err(Failure::unexpected(format!(
            "{} is damaged: {many} {}",
            verifying.folder.display(),
            if many == 1 {
                "thing is not as the manifest has it"
            } else {
                "things are not as the manifest has them"
            }
        ))
        .ending(Outcome::VerificationFailed)
        .hint("do not rely on this backup; make another: causeway backup create"));
    }
    let total = manifest.total();
    let seal = serde_json::json!({ "verified_at": now_utc(), "manifest": manifest.checksum });
    // Where the folder may not be written, the list does not know of this; that is all.
    if fs::write(&mark, format!("{seal}\n")).is_err() {
        verifying.reporter.warning(format!("{} can't be written", mark.display()));
    }
    verifying.reporter.fact(
        "verified",
        format!(
            "every byte of {} files: {} documents, {}, in {}",
            manifest.files.len(),
            thousands(total.documents),
            bytes_words(total.bytes),
            duration_words(started.elapsed().as_secs_f64())
        ),
    );
    verifying.reporter.emit(Event::Next { commands: vec![manifest.restore] });
    Ok(Outcome::Done)
}

impl Verifying<'_> {
    fn problems(&self, manifest: &Manifest) -> Result<Vec<String>> {
        let mut problems = self.strangers(manifest)?;
        let total = manifest.files.values().map(|file| file.bytes).sum();
        let progress = Progress::start(self.reporter, "reading every byte", Some(total), "bytes");
        for (path, facts) in &manifest.files {
            let data = manifest.collections.values().find(|it| it.data.as_ref() == Some(path));
            let compression = manifest.compression;
            let whole = self.folder.join(path);
            // The digest of the bytes and the documents in them: work for two threads.
            let (hashed, parsed) = thread::scope(|scope| {
                let hashing = scope.spawn(|| self.hash(&whole, facts, &progress));
                let parsed =
                    data.map(|data| self.parse(Documents::open(&whole, compression), data));
                (hashing.join(), parsed)
            });
            let hashed = hashed.map_err(|_| Failure::unexpected("a thread panicked"))?;
            let found = hashed?.or(parsed.transpose()?.flatten());
            problems.extend(found.map(|what| format!("{path}: {what}")));
        }
        progress.finish(format!("{} files", manifest.files.len()));
        Ok(problems)
    }

    /// Files that the manifest does not know: `mongorestore` would restore them.
    fn strangers(&self, manifest: &Manifest) -> Result<Vec<String>> {
        let mut found = BTreeSet::new();
        let reading = || format!("read the folder {}", self.folder.display());
        list(self.folder, Path::new(""), &mut found).attempt(reading)?;
        let ours = [manifest::FILE, MARK, super::proof::FILE];
        Ok(found
            .into_iter()
            .filter(|path| !manifest.files.contains_key(path) && !ours.contains(&path.as_str()))
            .map(|path| format!("{path}: is not in the manifest"))
            .collect())
    }

    fn hash(&self, path: &Path, facts: &FileFacts, progress: &Progress) -> Result<Option<String>> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Some("is missing".to_owned()));
            }
            Err(error) => return Ok(Some(format!("can't be opened: {error}"))),
        };
        let (mut sha256, mut bytes) = (Sha256::new(), 0);
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let read = match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) => return Ok(Some(format!("can't be read at byte {bytes}: {error}"))),
            };
            sha256.update(&buffer[..read]);
            bytes += read as u64;
            progress.advance(read as u64);
        }
        if bytes != facts.bytes {
            return Ok(Some(format!(
                "has {} bytes instead of {}",
                thousands(bytes),
                thousands(facts.bytes)
            )));
        }
        let same = hex(&sha256.finalize()) == facts.sha256;
        Ok((!same).then(|| "its bytes were changed: another SHA-256".to_owned()))
    }

    /// Whether the file holds the documents that it should, each of them well-formed.
    fn parse(&self, documents: Result<Documents>, data: &Collection) -> Result<Option<String>> {
        // What can't be opened is told by the other thread.
        let Ok(mut documents) = documents else { return Ok(None) };
        let mut tally = Tally::default();
        loop {
            let document = match documents.next() {
                Ok(None) => break,
                Ok(Some(document)) => document,
                Err(failure) => return Ok(Some(failure.message)),
            };
            tally.add(document);
            if !is_well_formed(document) {
                let nth = thousands(tally.documents);
                return Ok(Some(format!("document {nth} is not well-formed BSON")));
            }
        }
        Ok((tally != data.tally).then(|| {
            format!(
                "holds {} documents, digest {:032x}, instead of {}, digest {:032x}",
                thousands(tally.documents),
                tally.digest,
                thousands(data.tally.documents),
                data.tally.digest
            )
        }))
    }
}

/// Whether every element down to the last can be read.
pub(super) fn is_well_formed(document: &[u8]) -> bool {
    RawDocument::from_bytes(document).is_ok_and(|it| has_whole_elements(it, 0))
}

fn has_whole_elements(document: &RawDocument, depth: u32) -> bool {
    document.iter().all(|element| element.is_ok_and(|(_, value)| is_whole(value, depth + 1)))
}

fn is_whole(value: RawBsonRef<'_>, depth: u32) -> bool {
    if depth > NESTED_MAX {
        return false;
    }
    match value {
        RawBsonRef::Document(inner) => has_whole_elements(inner, depth),
        RawBsonRef::Array(items) => {
            items.into_iter().all(|item| item.is_ok_and(|item| is_whole(item, depth + 1)))
        }
        RawBsonRef::JavaScriptCodeWithScope(code) => has_whole_elements(code.scope, depth),
        _ => true,
    }
}

/// Paths of all files below `root`, with slashes.
fn list(root: &Path, below: &Path, found: &mut BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let path: PathBuf = below.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            list(root, &path, found)?;
        } else {
            found.insert(path.to_string_lossy().into_owned());
        }
    }
    Ok(())
}
