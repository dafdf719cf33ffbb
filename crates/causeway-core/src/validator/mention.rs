//! Whether a part of a validator speaks of a path at all.

use bson::RawBsonRef;

/// How a dotted key of a query relates to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// It is the path.
    Same,
    /// It leads to the path: `a` for `a.b`.
    Above,
    /// It begins with the path: `a.b.c` for `a.b`.
    Below,
    Unrelated,
}

/// Relates two dotted paths; numbers are places in arrays, which a path leaves out.
pub(super) fn relation(key: &str, path: &str) -> Relation {
    let mut key = key.split('.').filter(|part| !is_place(part));
    let mut path = path.split('.').filter(|part| !is_place(part));
    loop {
        match (key.next(), path.next()) {
            (None, None) => return Relation::Same,
            (None, Some(_)) => return Relation::Above,
            (Some(_), None) => return Relation::Below,
            (Some(a), Some(b)) if a == b => {}
            _ => return Relation::Unrelated,
        }
    }
}

fn is_place(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether anything inside of a query or an expression may speak of the path: a related key, the
/// name of a property in a schema, or a field path like `$a.b`. Rather yes than no.
pub(super) fn mentions(value: RawBsonRef<'_>, path: &str) -> bool {
    match value {
        RawBsonRef::Document(document) => document.iter().flatten().any(|(key, value)| {
            relation(key.as_str(), path) != Relation::Unrelated || mentions(value, path)
        }),
        RawBsonRef::Array(items) => items.into_iter().flatten().any(|item| mentions(item, path)),
        RawBsonRef::String(text) => match text.strip_prefix("$$") {
            Some(variable) => {
                let (name, rest) = variable.split_once('.').unwrap_or((variable, ""));
                matches!(name, "ROOT" | "CURRENT")
                    && (rest.is_empty() || relation(rest, path) != Relation::Unrelated)
            }
            None => text
                .strip_prefix('$')
                .is_some_and(|field| relation(field, path) != Relation::Unrelated),
        },
        _ => false,
    }
}

/// Whether one of these keys stands anywhere inside.
pub(super) fn has_key(value: RawBsonRef<'_>, wanted: &[&str]) -> bool {
    match value {
        RawBsonRef::Document(document) => document
            .iter()
            .flatten()
            .any(|(key, value)| wanted.contains(&key.as_str()) || has_key(value, wanted)),
        RawBsonRef::Array(items) => items.into_iter().flatten().any(|item| has_key(item, wanted)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Relation, relation};

    #[test]
    fn places_in_arrays_are_passed_over() {
        assert_eq!(relation("a.0.b", "a.b"), Relation::Same);
        assert_eq!(relation("a", "a.b"), Relation::Above);
        assert_eq!(relation("a.b.c", "a.b"), Relation::Below);
        assert_eq!(relation("ab", "a.b"), Relation::Unrelated);
        assert_eq!(relation("", "a"), Relation::Unrelated);
    }
}
