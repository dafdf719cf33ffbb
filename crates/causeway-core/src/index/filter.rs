//! Whether two partial filters keep the same documents, as far as the server sees it.

use bson::{RawBsonRef, RawDocument};

use super::compare::elements;
use crate::migration::same_value;

/// Whether both have the same conditions. Their order doesn't count: two indexes that differ only
/// in it are one to the server, which answers error 85 (seen on 6.0.5).
pub(super) fn same(a: &RawDocument, b: &RawDocument) -> bool {
    let conditions = |filter| elements(filter).collect::<Vec<_>>();
    same_in_any_order(&conditions(a), &conditions(b), |(path, one), (other_path, other)| {
        path == other_path && same_condition(path, *one, *other)
    })
}

fn same_condition(path: &str, a: RawBsonRef<'_>, b: RawBsonRef<'_>) -> bool {
    match (a, b) {
        (RawBsonRef::Array(a), RawBsonRef::Array(b)) if path == "$and" || path == "$or" => {
            let branches = |array: RawBsonRef<'_>| array.as_document().map(RawDocument::to_owned);
            let a: Vec<_> = a.into_iter().flatten().map(branches).collect();
            let b: Vec<_> = b.into_iter().flatten().map(branches).collect();
            same_in_any_order(&a, &b, |one, other| match (one, other) {
                (Some(one), Some(other)) => same(one, other),
                _ => false,
            })
        }
        (RawBsonRef::Document(a), RawBsonRef::Document(b)) if is_operators(a) => same(a, b),
        // Inside of a value to be equal to, the order counts.
        _ => same_value(a, b),
    }
}

fn is_operators(document: &RawDocument) -> bool {
    elements(document).next().is_some_and(|(key, _)| key.starts_with('$'))
}

fn same_in_any_order<T>(a: &[T], b: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    let mut left: Vec<&T> = b.iter().collect();
    let all_found = a.iter().all(|one| match left.iter().position(|other| same(one, other)) {
        Some(place) => {
            left.swap_remove(place);
            true
        }
        None => false,
    });
    all_found && left.is_empty()
}
