//! The whole reference.

use askama::Template;
use serde_json::Value;

use super::{
    kind::NamedKind,
    operation::Operation,
    words::{Words, paragraphs},
};

/// The reference.
#[derive(Debug, Template)]
#[template(path = "docs/reference.html")]
pub(super) struct Page {
    title: String,
    version: String,
    introduction: Vec<Words>,
    groups: Vec<Group>,
    kinds: Vec<NamedKind>,
}

/// The routes of one thing.
#[derive(Debug)]
struct Group {
    name: String,
    description: String,
    operations: Vec<Operation>,
}

impl Page {
    /// Of an OpenAPI document.
    pub(super) fn of(document: &Value) -> Self {
        let info = &document["info"];
        let schemas = &document["components"]["schemas"];
        let named = schemas.as_object().into_iter().flatten();
        let tags = document["tags"].as_array().into_iter().flatten();
        let groups = tags.map(|tag| Group::of(tag, document));
        Self {
            title: text(&info["title"]),
            version: text(&info["version"]),
            introduction: paragraphs(&text(&info["description"])),
            groups: groups.filter(|group| !group.operations.is_empty()).collect(),
            kinds: named.map(|(name, schema)| NamedKind::of(name, schema, schemas)).collect(),
        }
    }
}

impl Group {
    fn of(tag: &Value, document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flatten();
        let operations = paths.flat_map(|(path, item)| {
            let operations = item.as_object().into_iter().flatten();
            operations.map(move |(method, operation)| (path, method, operation))
        });
        let operations = operations
            .filter(|(_, _, operation)| operation["tags"][0] == tag["name"])
            .map(|(path, method, operation)| Operation::of((path, method), operation, document));
        Self {
            name: text(&tag["name"]),
            description: text(&tag["description"]),
            operations: operations.collect(),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
