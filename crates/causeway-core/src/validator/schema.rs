//! Follows a path through a JSON schema to the lists that restrict it.

use bson::{RawBsonRef, RawDocument};

use super::judge;
use super::mention::has_key;
use super::sites::{Here, Search, branches, numbered};

/// Keywords that restrict a value by more than its type.
const RESTRICTING: [&str; 3] = ["enum", "not", "pattern"];

/// Looks for lists that restrict what the path leads to; an empty path is the value itself.
pub(super) fn search<'v>(
    search: &mut Search<'v, '_>,
    schema: &'v RawDocument,
    path: &[&str],
    here: &Here,
) -> Result<(), String> {
    for element in numbered(schema) {
        let (number, keyword, value) = element?;
        let here = here.down(number, keyword);
        match (keyword, path.split_first()) {
            ("enum", None) => {
                fits_beside(search, schema, &here)?;
                search.found(value, here)?;
            }
            ("enum", Some(_)) => {
                return Err(format!("{} lists whole values that contain the path", here.place));
            }
            ("properties", Some((head, rest))) => {
                properties(search, value, (head, rest), &here)?;
            }
            ("items", _) => items(search, value, path, &here)?,
            ("allOf", _) => {
                for (number, branch) in branches(value, &here)? {
                    self::search(search, branch, path, &here.down(number, &number.to_string()))?;
                }
            }
            ("additionalItems", _) => {
                if let Some(schema) = value.as_document() {
                    self::search(search, schema, path, &here)?;
                }
            }
            ("additionalProperties", Some((head, _))) => {
                additional(schema, value, head, &here)?;
            }
            ("patternProperties", Some(_)) if has_key(value, &RESTRICTING) => {
                return Err(format!("{} may restrict the path by a pattern", here.place));
            }
            ("anyOf" | "oneOf" | "not" | "dependencies", _) if restricts(value, path) => {
                return Err(format!("{} restricts the path among alternatives", here.place));
            }
            _ => {}
        }
    }
    Ok(())
}

fn properties<'v>(
    search: &mut Search<'v, '_>,
    properties: RawBsonRef<'v>,
    (head, rest): (&str, &[&str]),
    here: &Here,
) -> Result<(), String> {
    let Some(properties) = properties.as_document() else {
        return Err(format!("{} is no document", here.place));
    };
    for element in numbered(properties) {
        let (number, name, value) = element?;
        if name == head {
            let here = here.down(number, name);
            let Some(schema) = value.as_document() else {
                return Err(format!("{} is no document", here.place));
            };
            self::search(search, schema, rest, &here)?;
        }
    }
    Ok(())
}

/// One schema for all elements of an array, or one for each of the first.
fn items<'v>(
    search: &mut Search<'v, '_>,
    value: RawBsonRef<'v>,
    path: &[&str],
    here: &Here,
) -> Result<(), String> {
    if let Some(schema) = value.as_document() {
        return self::search(search, schema, path, here);
    }
    for (number, schema) in branches(value, here)? {
        self::search(search, schema, path, &here.down(number, &number.to_string()))?;
    }
    Ok(())
}

/// What holds for properties that `properties` doesn't name.
fn additional(
    schema: &RawDocument,
    value: RawBsonRef<'_>,
    head: &str,
    here: &Here,
) -> Result<(), String> {
    if judge::names_property(schema, head) {
        return Ok(());
    }
    match value {
        RawBsonRef::Boolean(false) => {
            Err(format!("{} is false, so {head} is not allowed at all", here.place))
        }
        _ if has_key(value, &RESTRICTING) => {
            Err(format!("{} restricts {head} without naming it", here.place))
        }
        _ => Ok(()),
    }
}

/// Whether alternatives may restrict the path by more than its type.
fn restricts(value: RawBsonRef<'_>, path: &[&str]) -> bool {
    let speaks_of_it = path
        .first()
        .is_none_or(|head| has_key(value, &[head, "patternProperties", "additionalProperties"]));
    speaks_of_it && has_key(value, &RESTRICTING)
}

/// The other keywords beside the list must allow the values too, or adding them is in vain.
fn fits_beside(search: &Search<'_, '_>, schema: &RawDocument, here: &Here) -> Result<(), String> {
    for value in search.values {
        let place = here.place.trim_end_matches(".enum");
        let objections = judge::besides_enum(schema, value.as_raw_bson_ref(), place);
        if let Some(objection) = objections.into_iter().next() {
            return Err(format!("a value of the list would be refused beside it: {objection}"));
        }
    }
    Ok(())
}
