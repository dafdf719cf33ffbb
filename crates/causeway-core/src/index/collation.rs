//! Whether two collations are the same, although the server fills in what was left out.

use bson::{RawBson, RawDocument};

use super::compare::elements;
use crate::migration::same_value;

/// Whether both order strings alike. No collation is the same as the locale `simple`.
pub(super) fn same(one: Option<&RawDocument>, other: Option<&RawDocument>) -> bool {
    let (Some(one), Some(other)) = (one.filter(is_any), other.filter(is_any)) else {
        return one.filter(is_any).is_none() && other.filter(is_any).is_none();
    };
    let locale = one.get_str("locale").unwrap_or_default();
    elements(one).chain(elements(other)).all(|(key, _)| {
        // The version of the ICU library says nothing about what was asked for.
        key == "version"
            || match (one.get(key), other.get(key)) {
                (Ok(Some(a)), Ok(Some(b))) => same_value(a, b),
                (Ok(Some(only)), Ok(None)) | (Ok(None), Ok(Some(only))) => {
                    default_of(key, locale)
                        .is_some_and(|default| same_value(only, default.as_raw_bson_ref()))
                        || (key == "normalization" && (is_filled_in(one) || is_filled_in(other)))
                }
                _ => false,
            }
    })
}

fn is_any(collation: &&RawDocument) -> bool {
    !matches!(collation.get_str("locale"), Ok("simple"))
}

/// Only the server writes a version. It turns normalization on for a number of languages, which
/// makes no other order, so what it filled in there is not held against the other side.
fn is_filled_in(collation: &RawDocument) -> bool {
    matches!(collation.get("version"), Ok(Some(_)))
}

/// What the server takes for a key that was left out, from the table "Collation Locales and
/// Default Parameters" in its manual.
fn default_of(key: &str, locale: &str) -> Option<RawBson> {
    let language = locale.split(['_', '@']).next().unwrap_or_default();
    Some(match key {
        "strength" => RawBson::Int32(3),
        "caseLevel" | "numericOrdering" | "normalization" => RawBson::Boolean(false),
        "backwards" => RawBson::Boolean(locale.starts_with("fr_CA")),
        "caseFirst" if matches!(language, "da" | "mt") => RawBson::from("upper"),
        "caseFirst" => RawBson::from("off"),
        "alternate" if language == "th" => RawBson::from("shifted"),
        "alternate" => RawBson::from("non-ignorable"),
        "maxVariable" => RawBson::from("punct"),
        _ => return None,
    })
}
