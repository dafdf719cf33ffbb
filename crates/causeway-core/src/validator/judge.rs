//! Whether a JSON schema accepts a value: the draft-4 keywords that the server knows.
//!
//! Regular expressions are the server's own, so `pattern` is not judged but reported.

use bson::{RawArray, RawBsonRef, RawDocument};

use super::sites::type_name;
use crate::migration::{BsonType, same_value};

/// Why the schema refuses the value, with the place of each reason; empty when it accepts.
pub(super) fn refusals(schema: &RawDocument, value: RawBsonRef<'_>, place: &str) -> Vec<String> {
    judged(schema, value, place, &[])
}

/// [`refusals`], passing over the list of allowed values.
pub(super) fn besides_enum(
    schema: &RawDocument,
    value: RawBsonRef<'_>,
    place: &str,
) -> Vec<String> {
    judged(schema, value, place, &["enum"])
}

/// Whether `properties` names the field, or `patternProperties` might.
pub(super) fn names_property(schema: &RawDocument, field: &str) -> bool {
    let named =
        schema.get_document("properties").is_ok_and(|all| matches!(all.get(field), Ok(Some(_))));
    named || schema.get_document("patternProperties").is_ok_and(|patterns| !patterns.is_empty())
}

/// Whether the value is of one of the types, given as `$type` and `bsonType` take them: a name or
/// a number, or a list of these.
pub(super) fn is_of_types(value: RawBsonRef<'_>, types: RawBsonRef<'_>) -> bool {
    let element_type = value.element_type() as u8;
    match types {
        RawBsonRef::Array(types) => {
            types.into_iter().flatten().any(|single| is_of_types(value, single))
        }
        RawBsonRef::String(name) => name
            .parse::<BsonType>()
            .is_ok_and(|bson_type| bson_type.matches_element_type(element_type)),
        // minKey is −1 here, 0xff in BSON.
        number => [i32::from(element_type), i32::from(element_type.cast_signed())]
            .into_iter()
            .any(|code| same_value(number, RawBsonRef::Int32(code))),
    }
}

/// JSON's own type names, in `type`; `boolean` is the only one that BSON calls otherwise.
fn is_of_json_types(value: RawBsonRef<'_>, types: RawBsonRef<'_>) -> bool {
    match types {
        RawBsonRef::Array(types) => {
            types.into_iter().flatten().any(|single| is_of_json_types(value, single))
        }
        RawBsonRef::String("boolean") => is_of_types(value, RawBsonRef::String("bool")),
        other => is_of_types(value, other),
    }
}

fn judged(
    schema: &RawDocument,
    value: RawBsonRef<'_>,
    place: &str,
    skipped: &[&str],
) -> Vec<String> {
    let mut objections = Vec::new();
    for (keyword, operand) in schema.iter().flatten() {
        let keyword = keyword.as_str();
        if skipped.contains(&keyword) {
            continue;
        }
        let place = format!("{place}.{keyword}");
        if let Some(objection) = plain(schema, keyword, operand, value) {
            objections.push(format!("{place}: {objection}"));
        }
        objections.extend(combined(keyword, operand, value, &place));
        match value {
            RawBsonRef::Array(array) => {
                objections.extend(in_array(schema, keyword, array, &place));
            }
            RawBsonRef::Document(document) => {
                objections.extend(in_document(schema, keyword, document, &place));
            }
            _ => {}
        }
    }
    objections
}

/// Keywords that look at the value as a whole.
fn plain(
    schema: &RawDocument,
    keyword: &str,
    operand: RawBsonRef<'_>,
    value: RawBsonRef<'_>,
) -> Option<String> {
    let found = type_name(value);
    match keyword {
        "bsonType" if !is_of_types(value, operand) => {
            Some(format!("the value is {found}, which is not allowed"))
        }
        "type" if !is_of_json_types(value, operand) => {
            Some(format!("the value is {found}, which is not allowed"))
        }
        "enum" => {
            let listed = operand
                .as_array()
                .is_some_and(|list| list.into_iter().flatten().any(|item| same_value(item, value)));
            (!listed).then(|| "the value is not in the list".to_owned())
        }
        "pattern" if value.as_str().is_some() => {
            Some("whether the value matches can't be told here".to_owned())
        }
        "minLength" | "maxLength" => {
            let length = value.as_str()?.chars().count();
            bound(keyword, operand, length, "characters")
        }
        "minItems" | "maxItems" => {
            bound(keyword, operand, value.as_array()?.into_iter().count(), "elements")
        }
        "minProperties" | "maxProperties" => {
            bound(keyword, operand, value.as_document()?.iter().count(), "fields")
        }
        "minimum" | "maximum" => {
            let (number, limit) = (as_f64(value)?, as_f64(operand)?);
            // Draft 4: whether the limit itself is allowed is said by a flag beside it.
            let exclusive = |flag| matches!(schema.get_bool(flag), Ok(true)) && number == limit;
            let kept = if keyword == "minimum" {
                number >= limit && !exclusive("exclusiveMinimum")
            } else {
                number <= limit && !exclusive("exclusiveMaximum")
            };
            (!kept).then(|| format!("{number} is beyond the limit {limit}"))
        }
        "multipleOf" => {
            let (number, step) = (as_f64(value)?, as_f64(operand)?);
            (step != 0.0 && number % step != 0.0)
                .then(|| format!("{number} is no multiple of {step}"))
        }
        _ => None,
    }
}

fn bound(keyword: &str, limit: RawBsonRef<'_>, found: usize, what: &str) -> Option<String> {
    let limit = as_f64(limit)?;
    let found = u32::try_from(found).map_or(f64::INFINITY, f64::from);
    let kept = if keyword.starts_with("min") { found >= limit } else { found <= limit };
    (!kept).then(|| format!("the value has {found} {what}, the limit is {limit}"))
}

/// Keywords that hold other schemas for the same value.
fn combined(
    keyword: &str,
    operand: RawBsonRef<'_>,
    value: RawBsonRef<'_>,
    place: &str,
) -> Vec<String> {
    let alternatives = || -> Vec<Vec<String>> {
        let branches = operand.as_array().into_iter().flat_map(|items| items.into_iter().flatten());
        branches
            .filter_map(RawBsonRef::as_document)
            .enumerate()
            .map(|(number, schema)| refusals(schema, value, &format!("{place}.{number}")))
            .collect()
    };
    let accepted = || alternatives().iter().filter(|objections| objections.is_empty()).count();
    match keyword {
        "allOf" => alternatives().into_iter().flatten().collect(),
        "anyOf" if accepted() == 0 => {
            vec![format!("{place}: no alternative accepts the value")]
        }
        "oneOf" if accepted() != 1 => {
            vec![format!("{place}: not exactly one alternative accepts the value")]
        }
        "not" => match operand.as_document() {
            Some(schema) if refusals(schema, value, place).is_empty() => {
                vec![format!("{place}: the value is excluded")]
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn in_array(schema: &RawDocument, keyword: &str, array: &RawArray, place: &str) -> Vec<String> {
    let items: Vec<RawBsonRef<'_>> = array.into_iter().flatten().collect();
    let tuple = schema.get_array("items").map_or(0, |tuple| tuple.into_iter().count());
    match keyword {
        "items" => match schema.get("items") {
            Ok(Some(RawBsonRef::Document(schema))) => {
                items.iter().flat_map(|item| refusals(schema, *item, place)).collect()
            }
            Ok(Some(RawBsonRef::Array(tuple))) => items
                .iter()
                .zip(tuple.into_iter().flatten().filter_map(RawBsonRef::as_document))
                .flat_map(|(item, schema)| refusals(schema, *item, place))
                .collect(),
            _ => Vec::new(),
        },
        "additionalItems" if tuple > 0 && items.len() > tuple => {
            match schema.get("additionalItems") {
                Ok(Some(RawBsonRef::Boolean(false))) => {
                    vec![format!("{place}: the value has more than {tuple} elements")]
                }
                Ok(Some(RawBsonRef::Document(schema))) => {
                    items[tuple..].iter().flat_map(|item| refusals(schema, *item, place)).collect()
                }
                _ => Vec::new(),
            }
        }
        "uniqueItems"
            if matches!(schema.get("uniqueItems"), Ok(Some(RawBsonRef::Boolean(true)))) =>
        {
            let twice = items
                .iter()
                .enumerate()
                .any(|(at, item)| items[..at].iter().any(|other| same_value(*other, *item)));
            if twice { vec![format!("{place}: an element stands twice")] } else { Vec::new() }
        }
        _ => Vec::new(),
    }
}

fn in_document(
    schema: &RawDocument,
    keyword: &str,
    document: &RawDocument,
    place: &str,
) -> Vec<String> {
    let fields = || document.iter().flatten().map(|(name, value)| (name.as_str(), value));
    let has = |name: &str| matches!(document.get(name), Ok(Some(_)));
    match keyword {
        "required" => strings(schema.get_array("required").ok())
            .filter(|name| !has(name))
            .map(|name| format!("{place}: the value has no {name}"))
            .collect(),
        "properties" => {
            let Ok(properties) = schema.get_document("properties") else { return Vec::new() };
            fields()
                .filter_map(|(name, value)| {
                    Some((name, value, properties.get_document(name).ok()?))
                })
                .flat_map(|(name, value, schema)| {
                    refusals(schema, value, &format!("{place}.{name}"))
                })
                .collect()
        }
        "additionalProperties" => {
            let unnamed = fields().filter(|(name, _)| !names_property(schema, name));
            match schema.get("additionalProperties") {
                Ok(Some(RawBsonRef::Boolean(false))) => unnamed
                    .map(|(name, _)| format!("{place}: the value has {name}, which is not allowed"))
                    .collect(),
                Ok(Some(RawBsonRef::Document(schema))) => {
                    unnamed.flat_map(|(_, value)| refusals(schema, value, place)).collect()
                }
                _ => Vec::new(),
            }
        }
        "patternProperties" if !document.is_empty() => {
            vec![format!("{place}: whether a field of the value matches can't be told here")]
        }
        _ => Vec::new(),
    }
}

/// The strings in an array.
pub(super) fn strings(array: Option<&RawArray>) -> impl Iterator<Item = &str> {
    array.into_iter().flat_map(|items| items.into_iter().flatten()).filter_map(RawBsonRef::as_str)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "limits in schemas are small; a reason, not a proof"
)]
fn as_f64(value: RawBsonRef<'_>) -> Option<f64> {
    match value {
        RawBsonRef::Int32(number) => Some(number.into()),
        RawBsonRef::Int64(number) => Some(number as f64),
        RawBsonRef::Double(number) => Some(number),
        RawBsonRef::Decimal128(number) => number.to_string().parse().ok(),
        _ => None,
    }
}
