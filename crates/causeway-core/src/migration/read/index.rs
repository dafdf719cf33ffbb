//! `create_index` and `drop_index`.

use bson::raw::CString;
use bson::{RawBson, RawDocumentBuf};
use toml_edit::Value;

use super::claims::{Claim, Claimed};
use super::keys::{Entry, Node};
use super::{Read, index_options};
use crate::index::IndexDefinition;
use crate::migration::error::Fault;
use crate::migration::name::CollectionName;
use crate::migration::step::{CreateIndex, DropIndex, Step};

/// Kinds of keys other than ascending and descending.
const KINDS: [&str; 4] = ["text", "hashed", "2d", "2dsphere"];

pub(super) fn create(entry: &Entry<'_>) -> Read<(Step, Vec<Claim>)> {
    let allowed: Vec<&'static str> =
        ["collection", "name", "keys"].into_iter().chain(index_options::names()).collect();
    let table = entry.keys(&allowed)?;
    let collection: CollectionName = table.required("collection")?.parsed()?;
    let keys_entry = table.required("keys")?;
    let keys = keys(&keys_entry)?;
    let options = index_options::read(&table, &keys, &keys_entry)?;
    let (name, named_by) = match table.optional("name") {
        Some(entry) => (name(&entry)?.to_owned(), entry),
        None => (IndexDefinition::default_name(&keys), keys_entry),
    };
    let claim = Claim::new(Claimed::Index, &collection, &name, &named_by);
    let index = IndexDefinition::new(name, keys, &options);
    Ok((Step::CreateIndex(CreateIndex { collection, index }), vec![claim]))
}

pub(super) fn drop(entry: &Entry<'_>) -> Read<(Step, Vec<Claim>)> {
    let table = entry.keys(&["collection", "name"])?;
    let collection: CollectionName = table.required("collection")?.parsed()?;
    let name_entry = table.required("name")?;
    let name = name(&name_entry)?.to_owned();
    let claim = Claim::new(Claimed::Index, &collection, &name, &name_entry);
    Ok((Step::DropIndex(DropIndex { collection, name }), vec![claim]))
}

fn name<'t>(entry: &Entry<'t>) -> Read<&'t str> {
    let name = entry.text()?;
    match name {
        "" => Err(entry.fault("is empty")),
        "_id_" => Err(entry.fault("the index on _id is the server's, it always exists")),
        "*" => Err(entry.fault("`*` means all indexes to the server")),
        _ if name.starts_with('$') || name.contains('\0') => {
            Err(entry.fault("a leading `$` and the NUL character are not allowed"))
        }
        _ => Ok(name),
    }
}

fn keys(entry: &Entry<'_>) -> Read<RawDocumentBuf> {
    let mut keys = RawDocumentBuf::new();
    for key in entry.table()?.entries() {
        let path = path(&key)?;
        keys.append(path, kind(&key)?);
    }
    if keys.is_empty() {
        return Err(entry.fault("an index needs at least one key"));
    }
    let mut names = keys.iter().flatten();
    if let (Some((only, value)), None) = (names.next(), names.next())
        && only.as_str() == "_id"
        && value.as_str().is_none()
    {
        return Err(entry.fault("the index on _id is the server's, it always exists"));
    }
    Ok(keys)
}

fn path(key: &Entry<'_>) -> Read<CString> {
    let fault =
        |message: &str| Fault::new(key.key_span.clone(), key.path.clone(), message.to_owned());
    if key.key.split('.').any(str::is_empty) {
        return Err(fault("a path has a name before and after each dot"));
    }
    let bad_dollar = key.key.split('.').any(|part| part.starts_with('$') && part != "$**");
    if bad_dollar {
        return Err(fault("a name can't begin with `$`, except in a wildcard: \"$**\""));
    }
    CString::try_from(key.key).map_err(|_| fault("a path can't contain the NUL character"))
}

fn kind(key: &Entry<'_>) -> Read<RawBson> {
    match key.node() {
        Node::Value(Value::Integer(number)) if matches!(number.value(), 1 | -1) => {
            Ok(RawBson::Int32(if *number.value() == 1 { 1 } else { -1 }))
        }
        Node::Value(Value::String(kind)) if KINDS.contains(&kind.value().as_str()) => {
            Ok(RawBson::String(kind.value().clone()))
        }
        node => {
            let dotted = matches!(node, Node::Value(Value::InlineTable(_)) | Node::Table(_));
            let help = if dotted {
                "quote a dotted path: without quotes \"a.b\" = 1 is a table in a table".to_owned()
            } else {
                "1 is ascending, -1 is descending".to_owned()
            };
            Err(key
                .fault(format!("a key of an index is 1, -1 or one of {}", quoted(&KINDS)))
                .help(help))
        }
    }
}

fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    words.join(", ")
}
