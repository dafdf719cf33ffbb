//! Collection validators: changing an enum in them, and what they would object to.
//!
//! A validator is somebody else's document. It is only changed where it is understood for certain,
//! and every byte outside of the changed list stays.

mod edit;
mod judge;
mod mention;
mod objections;
mod schema;
mod sites;

use bson::{RawBson, RawDocument, RawDocumentBuf};

pub use objections::objections;

use crate::migration::same_value;
use sites::Site;

/// What becomes of a validator when an enum in it is extended or retracted.
#[derive(Debug, Clone, PartialEq)]
pub enum EnumChange {
    /// The validator doesn't restrict this path to a list: nothing to do.
    NoEnum,
    /// Every value is there already (or, when retracting, none is there any more).
    AlreadyThere,
    /// The validator has to be replaced.
    Extended {
        /// The new one; all but the list is byte for byte as before.
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

/// Adds values to the list that restricts a path, at its end.
///
/// The path leads through `properties` and, where there are arrays, through `items` of a
/// `$jsonSchema`, through `allOf`, or it is a key with `$in`; all of that also inside of `$and`.
/// A path that is restricted in several places with different lists is not understood: undo could
/// not tell which place had which value before.
pub fn extend_enum(validator: &RawDocument, path: &str, values: &[RawBson]) -> EnumChange {
    change(validator, path, values, Direction::Extend)
}

/// The inverse of [`extend_enum`]: removes these values, the last of equal ones first.
///
/// Given [`EnumChange::Extended`]'s `added`, it gives back the former bytes, when nothing else was
/// changed since. It never leaves the list of a schema empty, because the server
/// refuses that.
pub fn retract_enum(validator: &RawDocument, path: &str, values: &[RawBson]) -> EnumChange {
    change(validator, path, values, Direction::Retract)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Extend,
    Retract,
}

fn change(
    validator: &RawDocument,
    path: &str,
    values: &[RawBson],
    direction: Direction,
) -> EnumChange {
    match try_change(validator, path, values, direction) {
        Ok(change) => change,
        Err(reason) => EnumChange::NotUnderstood { reason },
    }
}

fn try_change(
    validator: &RawDocument,
    path: &str,
    values: &[RawBson],
    direction: Direction,
) -> Result<EnumChange, String> {
    let sites = sites::find(validator, path, values)?;
    let Some(first) = sites.first() else { return Ok(EnumChange::NoEnum) };
    let affected = affected(first, values, direction);
    let alike = |other: &Site<'_>| {
        let found = self::affected(other, values, direction);
        found.len() == affected.len() && found.iter().zip(&affected).all(|(a, b)| a == b)
    };
    if let Some(other) = sites.iter().find(|other| !alike(other)) {
        return Err(format!(
            "{} and {} restrict the path to different lists",
            first.place, other.place
        ));
    }
    if affected.is_empty() {
        return Ok(EnumChange::AlreadyThere);
    }
    let mut lists = Vec::new();
    for site in &sites {
        let list = match direction {
            Direction::Extend => edit::with(site.list, &affected),
            Direction::Retract => edit::without(site.list, &affected),
        };
        let list = list.map_err(|error| error.to_string())?;
        // A query may have an empty list, a schema may not.
        if list.is_empty() && !site.place.ends_with(".$in") {
            return Err(format!("{} would be left without a value", site.place));
        }
        lists.push((site.route.as_slice(), list));
    }
    let validator = edit::replace(validator, &lists).map_err(|error| error.to_string())?;
    let added = affected.into_iter().cloned().collect();
    Ok(EnumChange::Extended { validator, added })
}

/// The values that a list lacks, or has and is to lose.
fn affected<'v>(site: &Site<'_>, values: &'v [RawBson], direction: Direction) -> Vec<&'v RawBson> {
    let wanted = direction == Direction::Retract;
    values.iter().filter(|value| has(site, value) == wanted).collect()
}

fn has(site: &Site<'_>, value: &RawBson) -> bool {
    site.list.into_iter().flatten().any(|item| same_value(item, value.as_raw_bson_ref()))
}
