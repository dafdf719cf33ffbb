//! What is wrong with a migration file, and where.

use std::fmt;
use std::ops::Range;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

/// A migration file that can't be used: points at file, line, column and key.
///
/// `Display` is the message with its key; [`MigrationFileError::one_line`] adds the position for
/// output that shows no source, and `miette` draws the source around it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", self.message_with_key())]
pub struct MigrationFileError(Box<Content>);

#[derive(Debug, Clone)]
struct Content {
    source: NamedSource<String>,
    file: String,
    line: usize,
    column: usize,
    fault: Fault,
}

/// Something wrong in a text that is not yet bound to a file.
#[derive(Debug, Clone)]
pub(super) struct Fault {
    /// Where, in bytes.
    pub(super) span: Range<usize>,
    /// Dotted path of the key, e.g. `step[0].add_field.value`; empty for the file as a whole.
    pub(super) key: String,
    /// A lower-case fragment.
    pub(super) message: String,
    /// What to do about it.
    pub(super) help: Option<String>,
    /// Another place that has to do with it, and what it is.
    pub(super) related: Option<(Range<usize>, String)>,
}

impl Fault {
    pub(super) fn new(
        span: Range<usize>,
        key: impl Into<String>,
        message: impl Into<String>,
    ) -> Box<Self> {
        // Keys are quoted from the file: a control character in one must not reach a terminal.
        let key = key.into().chars().map(shown).collect();
        let message = message.into().chars().map(shown).collect();
        Box::new(Fault { span, key, message, help: None, related: None })
    }

    pub(super) fn help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.help = Some(help.into());
        self
    }

    pub(super) fn maybe_help(mut self: Box<Self>, help: Option<String>) -> Box<Self> {
        self.help = help;
        self
    }

    pub(super) fn related(
        mut self: Box<Self>,
        span: Range<usize>,
        what: impl Into<String>,
    ) -> Box<Self> {
        self.related = Some((span, what.into()));
        self
    }

    pub(super) fn in_file(mut self, file: &str, text: &str) -> MigrationFileError {
        // A span past the end, or inside a character, would make the renderer fail: an error
        // report must never be the thing that breaks.
        self.span = within(text, &self.span);
        if let Some((span, _)) = &mut self.related {
            *span = within(text, span);
        }
        let (line, column) = position(text, self.span.start);
        MigrationFileError(Box::new(Content {
            source: NamedSource::new(file, text.to_owned()).with_language("TOML"),
            file: file.to_owned(),
            line,
            column,
            fault: self,
        }))
    }
}

impl MigrationFileError {
    /// The file's name as it was given.
    pub fn file(&self) -> &str {
        &self.0.file
    }

    /// The line, counted from 1.
    pub fn line(&self) -> usize {
        self.0.line
    }

    /// The column in characters, counted from 1.
    pub fn column(&self) -> usize {
        self.0.column
    }

    /// The path of the key, e.g. `step[0].add_field.value`; empty when the file as a whole is meant.
    pub fn key(&self) -> &str {
        &self.0.fault.key
    }

    /// What is wrong, as a lower-case fragment without file and key.
    pub fn message(&self) -> &str {
        &self.0.fault.message
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&str> {
        self.0.fault.help.as_deref()
    }

    /// `migrations/010.toml:7:15: step[0].add_field.feild: unknown key`, for output without colours
    /// and for editors that jump to the place.
    pub fn one_line(&self) -> String {
        format!("{}:{}:{}: {self}", self.file(), self.line(), self.column())
    }

    fn message_with_key(&self) -> String {
        match self.key() {
            "" => self.message().to_owned(),
            key => format!("{key}: {}", self.message()),
        }
    }
}

impl Diagnostic for MigrationFileError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.fault.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.0.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let fault = &self.0.fault;
        let here = LabeledSpan::new_primary_with_span(Some("here".to_owned()), fault.span.clone());
        let related = fault
            .related
            .iter()
            .map(|(span, what)| LabeledSpan::new_with_span(Some(what.clone()), span.clone()));
        Some(Box::new(std::iter::once(here).chain(related)))
    }
}

fn shown(c: char) -> String {
    if c.is_control() { c.escape_unicode().to_string() } else { c.to_string() }
}

/// The part of a span that lies in the text, at boundaries of characters.
fn within(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = floor(text, span.start);
    start..floor(text, span.end).max(start)
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Line and column, both from 1, of a byte offset at a boundary of characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, before[line_start..].chars().count() + 1)
}
