//! One index: its name, keys and options, in one normal form.

use bson::raw::{CStr, cstr};
use bson::{RawBson, RawBsonRef, RawDocument, RawDocumentBuf};

use super::compare;

/// What of a server's answer is no option of the index, or none that makes a difference.
const NOT_OPTIONS: [&str; 5] = ["v", "ns", "name", "key", "background"];

/// The order in which options stand in [`IndexDefinition::options`]; others follow as given.
const ORDER: [&str; 14] = [
    "unique",
    "sparse",
    "partialFilterExpression",
    "expireAfterSeconds",
    "hidden",
    "collation",
    "weights",
    "default_language",
    "language_override",
    "textIndexVersion",
    "2dsphereIndexVersion",
    "bits",
    "min",
    "max",
];

/// An index as a migration wants it or as the server has it.
///
/// `keys` are as people write them: a text index has its fields with the value `"text"`, not the
/// server's `_fts` and `_ftsx`. `options` are by the server's names, in a canonical order, without
/// `v`, `ns`, `name`, `key` and `background`.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexDefinition {
    /// The index's name.
    pub name: String,
    /// Path to direction or kind; the order counts.
    pub keys: RawDocumentBuf,
    /// Everything else that makes it what it is.
    pub options: RawDocumentBuf,
}

/// A document that doesn't describe an index.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the description of an index: {reason}")]
pub struct NotAnIndex {
    reason: String,
}

impl NotAnIndex {
    fn because(reason: impl Into<String>) -> Self {
        NotAnIndex { reason: reason.into() }
    }
}

impl From<bson::error::Error> for NotAnIndex {
    fn from(error: bson::error::Error) -> Self {
        NotAnIndex::because(error.to_string())
    }
}

impl IndexDefinition {
    /// An index from its parts; the options are put into the canonical order.
    pub(crate) fn new(name: String, keys: RawDocumentBuf, options: &RawDocument) -> Self {
        IndexDefinition { name, keys, options: canonical(options) }
    }

    /// Reads an element of the reply to `listIndexes`.
    ///
    /// # Errors
    ///
    /// When name or keys are missing or of another type, or the document is malformed.
    pub fn from_server(document: &RawDocument) -> Result<Self, NotAnIndex> {
        let (mut name, mut keys, mut options) = (None, None, RawDocumentBuf::new());
        for element in document {
            let (key, value) = element?;
            match key.as_str() {
                "name" => name = value.as_str(),
                "key" => keys = value.as_document(),
                ignored if NOT_OPTIONS.contains(&ignored) => {}
                _ => options.append(key, value),
            }
        }
        let name = name.ok_or_else(|| NotAnIndex::because("it has no name"))?;
        let keys = keys.ok_or_else(|| NotAnIndex::because("it has no keys"))?;
        let keys = written_keys(keys, &options)?;
        Ok(IndexDefinition::new(name.to_owned(), keys, &options))
    }

    /// Whether both index the same paths in the same order and the same way; 1, 1.0 and a long 1
    /// are the same, and so are the fields of a text index in any order.
    pub fn same_keys(&self, other: &IndexDefinition) -> bool {
        compare::same_keys(self, other)
    }

    /// Whether both are the same index but for the name: [`differences`](super::differences) finds none.
    pub fn same_definition(&self, other: &IndexDefinition) -> bool {
        compare::differences(self, other).is_empty()
    }

    /// This index as the server makes it beside `present`, the indexes of its collection: where none
    /// is said, it gets the collation that the collection has by default, which `_id_` shows.
    #[must_use]
    pub fn beside(&self, present: &[Self]) -> Self {
        let default = present.iter().find(|index| index.name == "_id_");
        let default = default.and_then(|index| index.options.get("collation").ok().flatten());
        match default {
            Some(collation) if !self.has_collation() && self.takes_collation() => {
                self.with_collation(collation)
            }
            _ => self.clone(),
        }
    }

    /// This index, with `simple` said where it has no collation: without, the server would give it
    /// the one that the collection has by default.
    #[must_use]
    pub fn with_collation_said(&self) -> Self {
        if self.has_collation() {
            return self.clone();
        }
        let simple = bson::rawdoc! { "locale": "simple" };
        self.with_collation(RawBsonRef::Document(&simple))
    }

    /// Whether it can have another collation than `simple`.
    #[must_use]
    pub fn takes_collation(&self) -> bool {
        let simple_only = |kind: RawBsonRef<'_>| matches!(kind.as_str(), Some("text" | "2d"));
        !self.keys.iter().flatten().any(|(_, kind)| simple_only(kind))
    }

    fn has_collation(&self) -> bool {
        matches!(self.options.get("collation"), Ok(Some(_)))
    }

    fn with_collation(&self, collation: RawBsonRef<'_>) -> Self {
        let mut options = self.options.clone();
        options.append(cstr!("collation"), collation);
        Self::new(self.name.clone(), self.keys.clone(), &options)
    }

    /// An element of `indexes` in the command `createIndexes`.
    pub fn to_create_command_entry(&self) -> RawDocumentBuf {
        let mut entry = RawDocumentBuf::new();
        entry.append(cstr!("key"), self.keys.clone());
        entry.append(cstr!("name"), self.name.as_str());
        for (key, value) in self.options.iter().flatten() {
            entry.append(key, value);
        }
        entry
    }

    /// A short text for people: `{ "selectedEvents.eventId": 1 } sparse`.
    pub fn describe(&self) -> String {
        let mut text = shown_document(&self.keys);
        for (key, value) in self.options.iter().flatten() {
            match value {
                RawBsonRef::Boolean(false) => {}
                RawBsonRef::Boolean(true) => text.push_str(&format!(" {key}")),
                _ => text.push_str(&format!(" {key}: {}", shown(value))),
            }
        }
        text
    }

    /// The name that the server gives an index without one: `a_1_b_-1`.
    pub fn default_name(keys: &RawDocument) -> String {
        let parts: Vec<String> = keys
            .iter()
            .flatten()
            .map(|(key, value)| match value {
                RawBsonRef::String(kind) => format!("{key}_{kind}"),
                other => format!("{key}_{}", shown(other)),
            })
            .collect();
        parts.join("_")
    }
}

/// The server keeps a text index as `{_fts: "text", _ftsx: 1}` and its fields in `weights`; people
/// write the fields where `_fts` stands.
fn written_keys(keys: &RawDocument, options: &RawDocument) -> Result<RawDocumentBuf, NotAnIndex> {
    let mut written = RawDocumentBuf::new();
    for element in keys {
        let (key, value) = element?;
        match key.as_str() {
            "_fts" => {
                for weight in options.get_document("weights").map_err(|error| {
                    NotAnIndex::because(format!("a text index without weights: {error}"))
                })? {
                    written.append(weight?.0, "text");
                }
            }
            "_ftsx" => {}
            _ => written.append(key, value),
        }
    }
    Ok(written)
}

fn canonical(options: &RawDocument) -> RawDocumentBuf {
    let mut elements: Vec<(&CStr, RawBsonRef<'_>)> = options.iter().flatten().collect();
    elements.sort_by_key(|(key, _)| {
        ORDER.iter().position(|known| *known == key.as_str()).unwrap_or(ORDER.len())
    });
    elements.into_iter().collect()
}

/// A value the way people write it: relaxed extended JSON.
pub(super) fn shown(value: RawBsonRef<'_>) -> String {
    match value {
        RawBsonRef::Document(document) => shown_document(document),
        RawBsonRef::Double(double) if double.fract() == 0.0 => format!("{double:.0}"),
        RawBsonRef::Int64(long) => long.to_string(),
        other => match bson::Bson::try_from(RawBson::from(other)) {
            Ok(value) => value.to_string(),
            Err(error) => format!("<{error}>"),
        },
    }
}

fn shown_document(document: &RawDocument) -> String {
    let parts: Vec<String> = document
        .iter()
        .flatten()
        .map(|(key, value)| format!("\"{key}\": {}", shown(value)))
        .collect();
    if parts.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", parts.join(", ")) }
}
