//! Which differences in options make another index, and which are only the server's way of
//! writing down what was left out.

use bson::{RawBson, RawBsonRef, RawDocument};

use super::compare::{elements, text_fields};
use super::definition::IndexDefinition;
use super::{collation, filter};
use crate::migration::same_value;

/// The names of all options of the two, each once.
pub(super) fn names(a: &IndexDefinition, b: &IndexDefinition) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in elements(&a.options).chain(elements(&b.options)) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Whether an option means the same in both, given or not.
pub(super) fn same(name: &str, a: &IndexDefinition, b: &IndexDefinition) -> bool {
    let one = a.options.get(name).ok().flatten();
    let other = b.options.get(name).ok().flatten();
    match name {
        "unique" | "sparse" | "hidden" | "prepareUnique" => is_true(one) == is_true(other),
        // The server chooses the newest it has, and writes it down.
        "textIndexVersion" | "2dsphereIndexVersion" => match (one, other) {
            (Some(one), Some(other)) => same_value(one, other),
            _ => true,
        },
        "collation" => collation::same(as_document(one), as_document(other)),
        "weights" => text_fields(a) == text_fields(b) && weights(a, b),
        "partialFilterExpression" => match (as_document(one), as_document(other)) {
            (Some(one), Some(other)) => filter::same(one, other),
            (one, other) => one.is_none() && other.is_none(),
        },
        "wildcardProjection" => projection(as_document(one), as_document(other)),
        "default_language" => or(one, &"english".into(), other),
        "language_override" => or(one, &"language".into(), other),
        "bits" => or(one, &RawBson::Int32(26), other),
        "min" => or(one, &RawBson::Int32(-180), other),
        "max" => or(one, &RawBson::Int32(180), other),
        "storageEngine" => match (as_document(one), as_document(other)) {
            (None, None) => true,
            (Some(only), None) | (None, Some(only)) => only.is_empty(),
            (Some(one), Some(other)) => one.as_bytes() == other.as_bytes(),
        },
        _ => match (one, other) {
            (None, None) => true,
            (Some(one), Some(other)) => same_value(one, other),
            _ => false,
        },
    }
}

/// The server takes any number other than 0 for true.
fn is_true(value: Option<RawBsonRef<'_>>) -> bool {
    match value {
        Some(RawBsonRef::Boolean(flag)) => flag,
        Some(number @ (RawBsonRef::Int32(_) | RawBsonRef::Int64(_) | RawBsonRef::Double(_))) => {
            !same_value(number, RawBsonRef::Int32(0))
        }
        _ => false,
    }
}

fn as_document(value: Option<RawBsonRef<'_>>) -> Option<&RawDocument> {
    value.and_then(RawBsonRef::as_document)
}

fn or(one: Option<RawBsonRef<'_>>, default: &RawBson, other: Option<RawBsonRef<'_>>) -> bool {
    let default = default.as_raw_bson_ref();
    same_value(one.unwrap_or(default), other.unwrap_or(default))
}

/// A field without a weight has 1; the server writes all of them down.
fn weights(a: &IndexDefinition, b: &IndexDefinition) -> bool {
    let (one, other) = (a.options.get_document("weights"), b.options.get_document("weights"));
    let weight = |document: &Result<&RawDocument, _>, field: &str| {
        let given = document.as_ref().ok().and_then(|weights| weights.get(field).ok().flatten());
        given.map_or(RawBson::Int32(1), RawBson::from)
    };
    text_fields(a).iter().all(|field| {
        let (one, other) = (weight(&one, field), weight(&other, field));
        same_value(one.as_raw_bson_ref(), other.as_raw_bson_ref())
    })
}

/// In a projection 1 and true are the same.
fn projection(one: Option<&RawDocument>, other: Option<&RawDocument>) -> bool {
    let (Some(one), Some(other)) = (one, other) else {
        return one.is_none() && other.is_none();
    };
    one.iter().count() == other.iter().count()
        && elements(one).zip(elements(other)).all(|((path, value), (other_path, other_value))| {
            path == other_path
                && match (as_document(Some(value)), as_document(Some(other_value))) {
                    (Some(inner), Some(other_inner)) => projection(Some(inner), Some(other_inner)),
                    (None, None) => is_true(Some(value)) == is_true(Some(other_value)),
                    _ => false,
                }
        })
}
