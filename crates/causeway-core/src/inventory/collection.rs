//! One collection that a migration names.

use std::collections::BTreeMap;

use bson::RawDocumentBuf;
use serde::{Serialize, Serializer};

use super::census::Census;
use super::known::Known;
use crate::index::IndexDefinition;

/// What kind of thing a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CollectionKind {
    /// A collection of documents.
    Collection,
    /// A view: it has no documents of its own.
    View,
    /// A time-series collection: its documents can not be updated one by one.
    TimeSeries,
    /// A collection that is its own index on `_id`: the server takes no hint for it.
    Clustered,
    /// Nothing of this name is there.
    Missing,
}

/// What was found of one collection.
#[derive(Debug, Clone, Serialize)]
pub struct CollectionFacts {
    /// What it is.
    pub kind: CollectionKind,
    /// Whether it is of a fixed size, and forgets its oldest documents.
    pub capped: bool,
    /// Its UUID: another one under the same name is another collection.
    pub uuid: Option<String>,
    /// Documents: counted in a full inventory, else the server's estimate.
    pub documents: u64,
    /// Bytes of its documents, uncompressed.
    pub bytes: u64,
    /// Bytes of the largest document.
    pub largest_document: Known<u64>,
    /// Its indexes.
    #[serde(serialize_with = "described")]
    pub indexes: Vec<IndexDefinition>,
    /// Its validator, when it has one that is not empty.
    pub validator: Option<RawDocumentBuf>,
    /// `strict`, `moderate` or `off`.
    pub validation_level: Option<String>,
    /// `error` or `warn`.
    pub validation_action: Option<String>,
    /// What each data step finds, by its position in the file; empty in a quick inventory.
    pub census: BTreeMap<usize, Census>,
}

impl CollectionFacts {
    /// A name that stands for nothing.
    #[must_use]
    pub fn missing() -> Self {
        Self {
            kind: CollectionKind::Missing,
            capped: false,
            uuid: None,
            documents: 0,
            bytes: 0,
            largest_document: Known::Known(0),
            indexes: Vec::new(),
            validator: None,
            validation_level: None,
            validation_action: None,
            census: BTreeMap::new(),
        }
    }

    /// Bytes of a document of average size.
    #[must_use]
    pub fn average_bytes(&self) -> u64 {
        self.bytes.checked_div(self.documents).unwrap_or(0)
    }

    /// Whether the server refuses documents that violate the validator.
    #[must_use]
    pub fn validator_enforced(&self) -> bool {
        self.validator.is_some()
            && self.validation_level.as_deref() != Some("off")
            && self.validation_action.as_deref() != Some("warn")
    }
}

/// An index as people read it: its name and its definition in one line.
fn described<S: Serializer>(indexes: &[IndexDefinition], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(indexes.iter().map(|index| (&index.name, index.describe())))
}
