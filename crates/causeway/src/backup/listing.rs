//! What there is to back up: collections and views with options and indexes, as the server tells.

use std::collections::BTreeMap;

use bson::{RawDocument, doc};
use causeway_core::backup::manifest::{Kind, hex};

use super::definition::Definition;
use crate::failure::{Attempt, Result};
use crate::inventory::collections::raw_cursor;
use crate::maintenance::fence;
use crate::target::Target;

/// Everything in the database but what the server makes by itself.
///
/// # Errors
/// When the server can't be asked.
pub(super) async fn read(target: &Target) -> Result<BTreeMap<String, Definition>> {
    let command = doc! { "listCollections": 1, "cursor": {} };
    let mut listed = BTreeMap::new();
    for found in fence::listed(target, command).await? {
        let name = found.get_str("name").attempt(|| "read a name of a collection".to_owned())?;
        // Buckets come with their time-series collection, views from their definitions.
        if name.starts_with("system.") && name != "system.js" {
            continue;
        }
        listed.insert(name.to_owned(), describe(target, name, &found).await?);
    }
    Ok(listed)
}

/// One collection or view; none where there is none of that name.
///
/// # Errors
/// When the server can't be asked.
pub(super) async fn one(target: &Target, name: &str) -> Result<Option<Definition>> {
    let command = doc! { "listCollections": 1, "filter": { "name": name }, "cursor": {} };
    let found = fence::listed(target, command).await?;
    match found.first() {
        Some(found) => describe(target, name, found).await.map(Some),
        None => Ok(None),
    }
}

async fn describe(target: &Target, name: &str, found: &RawDocument) -> Result<Definition> {
    let options = found.get_document("options").ok();
    let kind = match found.get_str("type") {
        Ok("view") => Kind::View,
        Ok("timeseries") => Kind::Timeseries,
        _ if options.is_some_and(|options| options.get_bool("capped").unwrap_or(false)) => {
            Kind::Capped
        }
        _ => Kind::Collection,
    };
    let indexes = if kind == Kind::View {
        Vec::new()
    } else {
        raw_cursor(target, doc! { "listIndexes": name, "cursor": {} }, "listIndexes").await?
    };
    let uuid = found.get_document("info").ok().and_then(|info| info.get_binary("uuid").ok());
    Ok(Definition {
        kind,
        uuid: uuid.map(|uuid| hex(uuid.bytes)),
        options: options.map(RawDocument::to_owned).unwrap_or_default(),
        indexes,
    })
}

/// What of the database is not as it was; none when nothing is.
pub(super) fn difference(
    before: &BTreeMap<String, Definition>,
    after: &BTreeMap<String, Definition>,
) -> Option<String> {
    for (name, it) in before {
        match after.get(name) {
            None => return Some(format!("{name} was dropped or renamed")),
            Some(now) if now.uuid != it.uuid => return Some(format!("{name} was made anew")),
            Some(now) if now != it => return Some(format!("options or indexes of {name} changed")),
            Some(_) => {}
        }
    }
    let new = after.keys().find(|name| !before.contains_key(*name))?;
    Some(format!("{new} was created"))
}
