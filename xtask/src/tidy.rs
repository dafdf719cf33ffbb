//! `cargo xtask tidy`: checks that read files only. What a reviewer said twice is a check here.

mod decisions;
mod exit_codes;
mod files;
mod licences;
mod links;
mod sources;

use std::fmt;

use anyhow::{Result, bail};

use crate::{say, workspace};
use files::TextFile;

/// Something that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    /// From 1; none when it is about the file as a whole.
    line: Option<usize>,
    text: String,
}

impl Finding {
    fn at(file: &TextFile, line: usize, text: impl Into<String>) -> Self {
        Self { path: file.path.clone(), line: Some(line), text: text.into() }
    }

    fn of(path: &str, text: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line: None, text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, text } = self;
        match line {
            Some(line) => write!(f, "{path}:{line}: {text}"),
            None => write!(f, "{path}: {text}"),
        }
    }
}

/// Reads all files and says what is wrong with them.
pub(crate) fn run() -> Result<()> {
    let files = files::read(&workspace::root())?;
    let mut findings = Vec::new();
    for file in &files {
        findings.extend(sources::check(file));
    }
    findings.extend(links::check(&files));
    findings.extend(exit_codes::check(&files));
    findings.extend(decisions::check(&files));
    for finding in &findings {
        say::talk(&finding.to_string());
    }
    say::talk(&format!("{} files read, {} findings", files.len(), findings.len()));
    licences::check()?;
    if !findings.is_empty() {
        bail!("{} things are not tidy", findings.len());
    }
    Ok(())
}
