//! How many documents a step finds in which state: one row per BSON type of the field.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::migration::BsonType;

/// The name under which documents without the field are counted, as the server's `$type` says it.
const MISSING: &str = "missing";

/// What one step finds in a collection's documents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Census {
    /// Documents by the type of the step's field (`from` for a rename): an alias of the server, or
    /// `missing`. Empty for `set_computed`, which looks at more than a type.
    pub by_type: BTreeMap<String, TypeCount>,
    /// Documents that the step would change.
    pub to_change: u64,
    /// Documents that are as the step wants them.
    pub done: u64,
    /// Documents that the step can not decide about: both names of a rename are there.
    pub conflicts: u64,
    /// Up to five of these, `_id` as relaxed extended JSON.
    pub conflict_samples: Vec<String>,
}

/// Documents of which the field has one type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TypeCount {
    /// How many.
    pub documents: u64,
    /// Bytes of these documents.
    pub bytes: u64,
    /// Bytes of the field's values, each with a few bytes of framing; zero when missing.
    pub value_bytes: u64,
    /// Up to five of them, `_id` as relaxed extended JSON; only for types that are not wanted.
    pub samples: Vec<String>,
}

impl Census {
    /// Documents without the field.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.by_type.get(MISSING).map_or(0, |count| count.documents)
    }

    /// The types that the field really has, without `missing`.
    pub fn present(&self) -> impl Iterator<Item = (&str, &TypeCount)> {
        self.by_type
            .iter()
            .filter(|(name, _)| *name != MISSING)
            .map(|(name, count)| (name.as_str(), count))
    }

    /// All documents counted.
    #[must_use]
    pub fn documents(&self) -> u64 {
        self.by_type.values().map(|count| count.documents).sum()
    }
}

impl BsonType {
    /// Whether a type that the server named is this one, or one of those that `number` stands for.
    #[must_use]
    pub fn matches_name(self, found: &str) -> bool {
        found
            .parse::<BsonType>()
            .is_ok_and(|found| found == self || (self == Self::Number && found.is_numeric()))
    }
}
