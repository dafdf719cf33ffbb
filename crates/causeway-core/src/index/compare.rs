//! Whether two definitions make the same index, and if not, why.

use super::definition::IndexDefinition;
use crate::migration::same_document;

pub(super) fn same_keys(a: &IndexDefinition, b: &IndexDefinition) -> bool {
    same_document(&a.keys, &b.keys)
}

/// Everything in which the two differ but the name, in words, `a` first; empty when they are the
/// same index.
pub fn differences(a: &IndexDefinition, b: &IndexDefinition) -> Vec<String> {
    let mut found = Vec::new();
    if !same_keys(a, b) {
        found.push("keys".to_owned());
    }
    found
}
