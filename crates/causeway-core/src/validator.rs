//! Collection validators: changing an enum in them, and what they would object to.

use bson::{RawBson, RawDocument, RawDocumentBuf};

use crate::migration::Step;

/// What becomes of a validator when an enum in it is extended or retracted.
#[derive(Debug, Clone, PartialEq)]
pub enum EnumChange {
    /// The validator doesn't restrict this path to a list: nothing to do.
    NoEnum,
    /// Every value is there already (or, when retracting, none is there any more).
    AlreadyThere,
    /// The validator has to be replaced.
    Extended {
        /// The new one; all but the enum is byte for byte as before.
        validator: RawDocumentBuf,
        /// What was added (or, when retracting, removed).
        added: Vec<RawBson>,
    },
    /// The path is restricted in a place that can't be changed with certainty.
    NotUnderstood {
        /// Which place, and why.
        reason: String,
    },
}

/// Adds values to the enum that restricts a path.
pub fn extend_enum(_validator: &RawDocument, _path: &str, _values: &[RawBson]) -> EnumChange {
    EnumChange::NoEnum
}

/// The inverse of [`extend_enum`].
pub fn retract_enum(_validator: &RawDocument, _path: &str, _values: &[RawBson]) -> EnumChange {
    EnumChange::NoEnum
}

/// Why documents would violate the validator after a step.
pub fn objections(_validator: &RawDocument, _step: &Step) -> Vec<String> {
    Vec::new()
}
