//! `extend_enum`.

use bson::RawBson;

use super::Read;
use super::claims::{Claim, Claimed};
use super::keys::Entry;
use super::value::{self, Element};
use crate::migration::equality::same_value;
use crate::migration::error::Fault;
use crate::migration::name::CollectionName;
use crate::migration::step::{ExtendEnum, Step};

pub(super) fn extend(entry: &Entry<'_>) -> Read<(Step, Vec<Claim>)> {
    let keys = entry.keys(&["collection", "path", "values", "values_json"])?;
    let collection: CollectionName = keys.required("collection")?.parsed()?;
    let path_entry = keys.required("path")?;
    let path = path(&path_entry)?.to_owned();
    let given = value::required(&keys, "values")?;
    let empty = given.fault("no values to add");
    let mut values: Vec<RawBson> = Vec::new();
    for Element { path, span, value } in given.into_list()? {
        if values.iter().any(|other| same_value(other.as_raw_bson_ref(), value.as_raw_bson_ref())) {
            return Err(Fault::new(span, path, "the value is given twice"));
        }
        values.push(value);
    }
    if values.is_empty() {
        return Err(empty);
    }
    let claim = Claim::new(Claimed::Enum, &collection, &path, &path_entry);
    Ok((Step::ExtendEnum(ExtendEnum { collection, path, values }), vec![claim]))
}

fn path<'t>(entry: &Entry<'t>) -> Read<&'t str> {
    let path = entry.text()?;
    if path.split('.').any(str::is_empty) {
        return Err(entry.fault("a path has a name before and after each dot"));
    }
    if path.split('.').any(|part| part.starts_with('$')) || path.contains('\0') {
        return Err(entry
            .fault("`$` at the beginning of a name and the NUL character are not allowed")
            .help("arrays on the way are passed through by themselves: priceHistory.reason"));
    }
    if path.split('.').any(|part| part.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(entry
            .fault("a place in an array can't be named")
            .help("arrays on the way are passed through by themselves: priceHistory.reason"));
    }
    Ok(path)
}
