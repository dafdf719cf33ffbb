//! What there is to back up: collections and views with options and indexes, as the server tells.

use std::collections::BTreeMap;

use bson::{Bson, RawDocument, RawDocumentBuf, doc};
use causeway_core::backup::manifest::{Kind, hex};

use crate::failure::{Attempt, Result};
use crate::inventory::collections::raw_cursor;
use crate::target::Target;

/// One thing that has a name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Listed {
    pub(super) kind: Kind,
    pub(super) uuid: Option<String>,
    options: RawDocumentBuf,
    indexes: Vec<RawDocumentBuf>,
}

/// Everything in the database but what the server makes by itself.
///
/// # Errors
/// When the server can't be asked.
pub(super) async fn read(target: &Target) -> Result<BTreeMap<String, Listed>> {
    let command = doc! { "listCollections": 1, "cursor": {} };
    let mut listed = BTreeMap::new();
    for found in raw_cursor(target, command, "listCollections").await? {
        let name = found.get_str("name").attempt(|| "read a name of a collection".to_owned())?;
        // Buckets come with their time-series collection, views from their definitions.
        if name.starts_with("system.") && name != "system.js" {
            continue;
        }
        listed.insert(name.to_owned(), describe(target, name, &found).await?);
    }
    Ok(listed)
}

async fn describe(target: &Target, name: &str, found: &RawDocument) -> Result<Listed> {
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
    Ok(Listed {
        kind,
        uuid: uuid.map(|uuid| hex(uuid.bytes)),
        options: options.map(RawDocument::to_owned).unwrap_or_default(),
        indexes,
    })
}

impl Listed {
    /// The collection that holds the documents; a view has none.
    pub(super) fn source(&self, name: &str) -> Option<String> {
        match self.kind {
            Kind::View => None,
            Kind::Timeseries => Some(format!("system.buckets.{name}")),
            Kind::Collection | Kind::Capped => Some(name.to_owned()),
        }
    }

    /// Whether it has an index on `_id` by which it can be read in ranges.
    pub(super) fn has_id_index(&self) -> bool {
        self.kind == Kind::Collection && !matches!(self.options.get("clusteredIndex"), Ok(Some(_)))
    }

    /// `.metadata.json`, as MongoDB's tools write it: canonical extended JSON, so that a number
    /// keeps its type.
    pub(super) fn metadata(&self, name: &str) -> Result<Vec<u8>> {
        let reading = || format!("write down what {name} is");
        let plain = |raw: &RawDocument| -> Result<serde_json::Value> {
            let document = bson::Document::try_from(raw).attempt(reading)?;
            Ok(Bson::Document(document).into_canonical_extjson())
        };
        let mut metadata = serde_json::Map::new();
        if !self.options.is_empty() {
            metadata.insert("options".to_owned(), plain(&self.options)?);
        }
        let mut indexes = Vec::new();
        for index in &self.indexes {
            indexes.push(plain(index)?);
        }
        metadata.insert("indexes".to_owned(), indexes.into());
        if let Some(uuid) = &self.uuid {
            metadata.insert("uuid".to_owned(), uuid.as_str().into());
        }
        metadata.insert("collectionName".to_owned(), name.into());
        let kind = match self.kind {
            Kind::View => "view",
            Kind::Timeseries => "timeseries",
            Kind::Collection | Kind::Capped => "collection",
        };
        metadata.insert("type".to_owned(), kind.into());
        serde_json::to_vec(&metadata).attempt(reading)
    }
}

/// What of the database is not as it was; none when nothing is.
pub(super) fn difference(
    before: &BTreeMap<String, Listed>,
    after: &BTreeMap<String, Listed>,
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
