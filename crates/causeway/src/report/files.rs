//! The files of a report, each whole at any moment.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{Report, markdown, page};
use crate::failure::{Attempt, Result};

/// It names people and documents: its owner hands it on, nobody else.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// Where a report is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The run that it is about: of the whole plan, where that began the one that was asked for.
    pub run: String,
    /// The page.
    pub html: PathBuf,
    /// The same as Markdown.
    pub markdown: PathBuf,
    /// The same as data.
    pub json: PathBuf,
    /// What happened, and whether anything was lost, in two sentences.
    pub headline: String,
    /// Things that a person has to do.
    pub open_items: usize,
    /// What was looked for and not found.
    pub missing: Vec<String>,
}

/// Writes all three.
pub(super) fn write(folder: &Path, report: &Report) -> Result<Written> {
    let written = Written {
        run: report.about.run.clone(),
        html: folder.join("report.html"),
        markdown: folder.join("report.md"),
        json: folder.join("report.json"),
        headline: format!("{} {}", report.verdict.sentence, report.verdict.loss),
        open_items: report.review.items.len(),
        missing: report.missing.clone(),
    };
    let json =
        serde_json::to_string_pretty(report).attempt(|| "write the report as JSON".to_owned())?;
    let texts = [
        (&written.json, format!("{json}\n")),
        (&written.markdown, markdown::markdown(report)?),
        (&written.html, page::html(report)?),
    ];
    fs::DirBuilder::new()
        .recursive(true)
        .mode(FOLDER_MODE)
        .create(folder)
        .attempt(|| format!("make the folder {}", folder.display()))?;
    for (path, text) in texts {
        put(path, &text).attempt(|| format!("write {}", path.display()))?;
    }
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .attempt(|| format!("write the folder {}", folder.display()))?;
    Ok(written)
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    // Two processes that write at once must not share a file beside.
    let beside = path.with_extension(format!("{}.partial", std::process::id()));
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(FILE_MODE);
    let written = options.open(&beside).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let put = written.and_then(|()| fs::rename(&beside, path));
    if put.is_err() {
        let _ = fs::remove_file(&beside);
    }
    put
}
