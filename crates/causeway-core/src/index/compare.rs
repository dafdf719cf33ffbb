//! Whether two definitions make the same index, and if not, why.

use bson::{RawBsonRef, RawDocument};

use super::definition::{IndexDefinition, shown};
use super::options;
use crate::migration::same_value;

/// Everything in which the two differ but the name, in words, `a` first; empty when they are the
/// same index.
pub fn differences(a: &IndexDefinition, b: &IndexDefinition) -> Vec<String> {
    let mut found = Vec::new();
    if !same_keys(a, b) {
        found.push(format!(
            "keys {} against {}",
            shown(RawBsonRef::Document(&a.keys)),
            shown(RawBsonRef::Document(&b.keys))
        ));
    }
    for name in options::names(a, b) {
        if !options::same(&name, a, b) {
            found.push(format!("{name} {} against {}", side(&name, a), side(&name, b)));
        }
    }
    found
}

pub(super) fn same_keys(a: &IndexDefinition, b: &IndexDefinition) -> bool {
    let (a, b) = (normal_keys(a), normal_keys(b));
    a.len() == b.len()
        && a.iter().zip(&b).all(|(one, other)| one.0 == other.0 && same_value(one.1, other.1))
}

/// Path and kind, in order; the fields of a text index stand where the first of them was and in
/// the order of the alphabet, for that is all the server keeps of their order.
fn normal_keys(index: &IndexDefinition) -> Vec<(&str, RawBsonRef<'_>)> {
    let mut keys: Vec<(&str, RawBsonRef<'_>)> = Vec::new();
    let mut text: Option<usize> = None;
    for (path, kind) in elements(&index.keys) {
        if kind.as_str() != Some("text") {
            keys.push((path, kind));
        } else if text.is_none() {
            text = Some(keys.len());
        }
    }
    if let Some(place) = text {
        let fields = text_fields(index).into_iter().map(|path| (path, RawBsonRef::String("text")));
        keys.splice(place..place, fields);
    }
    keys
}

/// The fields of a text index: those among the keys, and those that only have a weight.
pub(super) fn text_fields(index: &IndexDefinition) -> Vec<&str> {
    let weights = index.options.get_document("weights").ok();
    let mut fields: Vec<&str> = elements(&index.keys)
        .filter(|(_, kind)| kind.as_str() == Some("text"))
        .chain(weights.into_iter().flat_map(elements))
        .map(|(path, _)| path)
        .collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}

pub(super) fn elements(document: &RawDocument) -> impl Iterator<Item = (&str, RawBsonRef<'_>)> {
    document.iter().flatten().map(|(key, value)| (key.as_str(), value))
}

fn side(name: &str, index: &IndexDefinition) -> String {
    match index.options.get(name) {
        Ok(Some(value)) => shown(value),
        _ => "not given".to_owned(),
    }
}
