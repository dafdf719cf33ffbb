//! Reads a migration file, so that every error knows its place.
//!
//! Walked by hand instead of through serde: that keeps the order of keys, sees unknown ones at
//! every level, and can say what a wrong value should have been.

mod claims;
mod computed;
mod enumeration;
mod extended_json;
mod fields;
mod index;
mod index_options;
mod keys;
mod near;
mod pipeline;
mod query;
mod step;
mod value;

use std::ops::Range;

use sha2::{Digest, Sha256};
use toml_edit::Document;

use super::Migration;
use super::error::{Fault, MigrationFileError};
use super::step::Step;
use super::version::Version;
use keys::{Entry, Keys};

/// At most so many bytes: whoever writes more has put data into a migration.
pub const MIGRATION_FILE_BYTES_MAX: usize = 1 << 20;

/// The result of reading a part of a file.
type Read<T> = Result<T, Box<Fault>>;

pub(super) fn migration(file: &str, text: &str) -> Result<Migration, MigrationFileError> {
    let parts = parts(text).map_err(|fault| fault.in_file(file, text))?;
    Ok(Migration {
        version: parts.version,
        title: parts.title,
        requires: parts.requires,
        steps: parts.steps,
        file: file.to_owned(),
        sha256: Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}

/// Where the value of a top-level key stands in a file that was read before.
pub(super) fn span_of(text: &str, key: &str) -> Range<usize> {
    Document::parse(text)
        .ok()
        .and_then(|document| document.as_table().get(key).and_then(toml_edit::Item::span))
        .unwrap_or(0..0)
}

struct Parts {
    version: Version,
    title: String,
    requires: Vec<Version>,
    steps: Vec<Step>,
}

fn parts(text: &str) -> Read<Parts> {
    if text.len() > MIGRATION_FILE_BYTES_MAX {
        return Err(Fault::new(0..0, "", "longer than 1 MiB")
            .help("a migration says how to compute data, it doesn't carry them"));
    }
    let document = Document::parse(text).map_err(|error| syntax_fault(text, &error))?;
    let keys =
        Keys::root(document.as_table(), text).allow(&["version", "title", "requires", "step"])?;
    let version = version(&keys.required("version")?)?;
    let title = title(&keys.required("title")?)?;
    let requires = match keys.optional("requires") {
        Some(entry) => requires(&entry, &version)?,
        None => Vec::new(),
    };
    let steps = steps(&keys.required("step")?)?;
    Ok(Parts { version, title, requires, steps })
}

fn syntax_fault(text: &str, error: &toml_edit::TomlError) -> Box<Fault> {
    let span = error.span().unwrap_or(0..0);
    let message = format!("not valid TOML: {}", error.message().replace('\n', ", "));
    // TOML allows no leading zeros, and versions are full of them.
    let line_start =
        text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line = text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let is_bare_version = line.split_once('=').is_some_and(|(key, value)| {
        key.trim() == "version" && value.trim().starts_with(|c: char| c.is_ascii_digit())
    });
    let help = is_bare_version.then(|| "a version is a string: quote it, as in \"010\"".to_owned());
    Fault::new(span, "", message).maybe_help(help)
}

fn version(entry: &Entry<'_>) -> Read<Version> {
    if entry.is_number() {
        return Err(entry
            .fault(format!("must be a string, not {}", entry.type_with_article()))
            .help(format!("quote it: \"{}\"", entry.source())));
    }
    entry.parsed()
}

fn title(entry: &Entry<'_>) -> Read<String> {
    let title = entry.text()?;
    if title.trim().is_empty() {
        return Err(entry.fault("is empty").help("say in a few words what the migration is for"));
    }
    Ok(title.to_owned())
}

fn requires(entry: &Entry<'_>, own: &Version) -> Read<Vec<Version>> {
    let mut required: Vec<Version> = Vec::new();
    for item in entry.items()? {
        let required_version = version(&item)?;
        if required_version.is_same_number_as(own) {
            return Err(item.fault("the migration requires itself").help("name earlier ones only"));
        }
        if required.contains(&required_version) {
            return Err(item.fault(format!("{required_version} is named twice")));
        }
        required.push(required_version);
    }
    Ok(required)
}

fn steps(entry: &Entry<'_>) -> Read<Vec<Step>> {
    if entry.is_table() {
        return Err(entry.fault("must be a list of tables").help("write [[step]] above each step"));
    }
    let (mut steps, mut claims) = (Vec::new(), Vec::new());
    for item in entry.items()? {
        let (step, claimed) = step::step(&item)?;
        claims::merge(&mut claims, claimed)?;
        steps.push(step);
    }
    if steps.is_empty() {
        return Err(entry.fault("a migration without steps does nothing"));
    }
    Ok(steps)
}
