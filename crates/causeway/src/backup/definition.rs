//! What a collection is: its kind, its options, its indexes.

use std::collections::BTreeMap;

use bson::{Bson, Document, RawDocument, RawDocumentBuf, doc};
use causeway_core::backup::manifest::Kind;
use serde_json::Value;

use crate::failure::{Attempt, Failure, Result};

/// Where options and indexes say when documents are to be deleted.
const EXPIRES: &str = "expireAfterSeconds";

/// A collection or view, as the server or the metadata of a dump tells.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Definition {
    pub(super) kind: Kind,
    pub(super) uuid: Option<String>,
    pub(super) options: RawDocumentBuf,
    pub(super) indexes: Vec<RawDocumentBuf>,
}

impl Definition {
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
        let plain = |raw: &RawDocument| -> Result<Value> {
            let document = Document::try_from(raw).attempt(reading)?;
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

    /// Reads `.metadata.json`, ours or that of MongoDB's tools; the name is in it, unless an old tool
    /// wrote it.
    pub(super) fn from_metadata(bytes: &[u8]) -> Result<(Option<String>, Self)> {
        let reading = || "read it".to_owned();
        let metadata: Value = serde_json::from_slice(bytes).attempt(reading)?;
        let document = |value: &Value| -> Result<RawDocumentBuf> {
            match Bson::try_from(value.clone()).attempt(reading)? {
                Bson::Document(document) => RawDocumentBuf::try_from(&document).attempt(reading),
                _ => Err(Failure::unexpected("failed to read it: no document where one belongs")),
            }
        };
        let options = match metadata.get("options") {
            Some(options) if !options.is_null() => document(options)?,
            Some(_) | None => RawDocumentBuf::default(),
        };
        let listed = metadata.get("indexes").and_then(Value::as_array);
        let indexes = listed.into_iter().flatten().map(document).collect::<Result<Vec<_>>>()?;
        let has = |option: &str| matches!(options.get(option), Ok(Some(_)));
        let kind = if has("viewOn") {
            Kind::View
        } else if has("timeseries") {
            Kind::Timeseries
        } else if options.get_bool("capped").unwrap_or(false) {
            Kind::Capped
        } else {
            Kind::Collection
        };
        let text = |key: &str| metadata.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok((text("collectionName"), Self { kind, uuid: text("uuid"), options, indexes }))
    }

    /// The command that makes it under a name, but for what would delete documents before they were
    /// compared.
    pub(super) fn create_command(&self, name: &str) -> Result<Document> {
        let mut command = doc! { "create": name };
        for (key, value) in plain(&self.options)? {
            if key != EXPIRES && key != "autoIndexId" {
                command.insert(key, without_version(value));
            }
        }
        Ok(command)
    }

    /// Definitions of its indexes for `createIndexes`: those to be made before the documents are
    /// compared, or those after it, which delete documents.
    pub(super) fn index_definitions(&self, which: Which) -> Result<Vec<Document>> {
        let has_collation = matches!(self.options.get("collation"), Ok(Some(_)));
        let mut definitions = Vec::new();
        for index in &self.indexes {
            let mut index = normal(plain(index)?);
            let expires = index.contains_key(EXPIRES);
            if is_made_by_server(&index) || expires != (which == Which::Expiring) {
                continue;
            }
            // Without a collation of its own it would get that of its collection.
            if has_collation && !index.contains_key("collation") {
                index.insert("collation", doc! { "locale": "simple" });
            }
            definitions.push(index);
        }
        Ok(definitions)
    }

    /// The command that has the server delete documents again when their time has come; none where
    /// it is not to.
    pub(super) fn expiry_command(&self, name: &str) -> Option<Document> {
        let seconds = self.options.get(EXPIRES).ok().flatten()?;
        let seconds = Bson::try_from(bson::RawBson::from(seconds)).ok()?;
        Some(doc! { "collMod": name, EXPIRES: seconds })
    }

    /// The command that makes a view of that name what it was; none where that can't be changed.
    pub(super) fn change_view_command(&self, name: &str) -> Result<Option<Document>> {
        let options = plain(&self.options)?;
        let (Some(on), Some(pipeline)) = (options.get("viewOn"), options.get("pipeline")) else {
            return Ok(None);
        };
        Ok(Some(doc! { "collMod": name, "viewOn": on.clone(), "pipeline": pipeline.clone() }))
    }

    /// What of another definition is not as in this one, in words.
    pub(super) fn differences(&self, other: &Self) -> Result<Vec<String>> {
        let mut differences = Vec::new();
        let kind = |it: &Self| format!("{:?}", it.kind).to_lowercase();
        if self.kind != other.kind {
            differences.push(format!("is a {} instead of a {}", kind(other), kind(self)));
        }
        let (mine, theirs) = (options(self)?, options(other)?);
        for key in mine.keys().chain(theirs.keys().filter(|key| !mine.contains_key(*key))) {
            if !same(mine.get(key), theirs.get(key)) {
                differences.push(format!("its option {key} is another"));
            }
        }
        let (mine, theirs) = (by_name(self)?, by_name(other)?);
        for (name, index) in &mine {
            match theirs.get(name) {
                None => differences.push(format!("its index {name} is missing")),
                Some(it) if !same(Some(index), Some(it)) => {
                    differences.push(format!("its index {name} is another"));
                }
                Some(_) => {}
            }
        }
        for name in theirs.keys().filter(|name| !mine.contains_key(*name)) {
            differences.push(format!("has an index {name} that does not belong"));
        }
        Ok(differences)
    }
}

/// Which indexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// That only help to find documents.
    Lasting,
    /// That delete documents when their time has come.
    Expiring,
}

fn plain(raw: &RawDocument) -> Result<Document> {
    Document::try_from(raw).attempt(|| "read what a collection is".to_owned())
}

/// Comes with its collection.
fn is_made_by_server(index: &Document) -> bool {
    let by_id =
        index.get_document("key").is_ok_and(|key| key.len() == 1 && key.contains_key("_id"));
    by_id || index.get_bool("clustered").unwrap_or(false)
}

/// Without what servers of other versions write differently.
fn normal(mut index: Document) -> Document {
    for past in ["ns", "background", "dropDups", "safe"] {
        index.remove(past);
    }
    index.into_iter().map(|(key, value)| (key, without_version(value))).collect()
}

/// A collation names the version of the library that sorts; each server has its own.
fn without_version(value: Bson) -> Bson {
    match value {
        Bson::Document(mut collation) if collation.contains_key("locale") => {
            collation.remove("version");
            Bson::Document(collation)
        }
        other => other,
    }
}

fn options(definition: &Definition) -> Result<BTreeMap<String, Bson>> {
    let options = plain(&definition.options)?.into_iter();
    Ok(options
        .filter(|(key, _)| key != "autoIndexId")
        .map(|(key, value)| (key, without_version(value)))
        .collect())
}

fn by_name(definition: &Definition) -> Result<BTreeMap<String, Bson>> {
    let mut indexes = BTreeMap::new();
    for index in &definition.indexes {
        let index = normal(plain(index)?);
        let name = index.get_str("name").unwrap_or_default().to_owned();
        // Options of an index have no order; what its key and filters say has.
        let sorted: BTreeMap<String, Bson> = index.into_iter().collect();
        indexes.insert(name, Bson::Document(sorted.into_iter().collect()));
    }
    Ok(indexes)
}

/// Whether two values say the same: numbers count by their value, for a server writes down an
/// option in a type of its own.
fn same(one: Option<&Bson>, other: Option<&Bson>) -> bool {
    match (one, other) {
        (Some(Bson::Document(one)), Some(Bson::Document(other))) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|((key, one), (name, other))| key == name && same(Some(one), Some(other)))
        }
        (Some(Bson::Array(one)), Some(Bson::Array(other))) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| same(Some(one), Some(other)))
        }
        (Some(one), Some(other)) => match (number(one), number(other)) {
            (Some(one), Some(other)) => one.total_cmp(&other).is_eq(),
            _ => one == other,
        },
        (None, None) => true,
        _ => false,
    }
}

fn number(value: &Bson) -> Option<f64> {
    match value {
        Bson::Int32(value) => Some(f64::from(*value)),
        #[expect(clippy::cast_precision_loss, reason = "sizes and seconds are far below 2^53")]
        Bson::Int64(value) => Some(*value as f64),
        Bson::Double(value) => Some(*value),
        _ => None,
    }
}
