//! A table of a migration file and its entries, each with its path and its place in the text.

use std::ops::Range;
use std::str::FromStr;

use toml_edit::{ArrayOfTables, Item, Table, TableLike, Value};

use super::{Read, near};
use crate::migration::error::Fault;
use crate::migration::name::InvalidName;

/// A table whose keys are all known.
pub(super) struct Keys<'t> {
    table: &'t dyn TableLike,
    path: String,
    span: Range<usize>,
    text: &'t str,
}

/// A value in a table or a list.
pub(super) struct Entry<'t> {
    node: Node<'t>,
    /// As it stands in its table; empty for an element of a list.
    pub(super) key: &'t str,
    /// `step[0].add_field.value`
    pub(super) path: String,
    /// Of the value; of its key when the value has no place of its own.
    pub(super) span: Range<usize>,
    /// Of the key; of the value for an element of a list.
    pub(super) key_span: Range<usize>,
    text: &'t str,
}

/// TOML has two kinds of tables and two kinds of lists.
#[derive(Clone, Copy)]
pub(super) enum Node<'t> {
    Value(&'t Value),
    Table(&'t Table),
    Tables(&'t ArrayOfTables),
}

impl<'t> Keys<'t> {
    /// The file itself.
    pub(super) fn root(table: &'t Table, text: &'t str) -> Self {
        Keys { table, path: String::new(), span: 0..0, text }
    }

    /// Refuses every other key.
    pub(super) fn allow(self, allowed: &[&'static str]) -> Read<Self> {
        for entry in self.entries() {
            let key = entry.key;
            if allowed.contains(&key) {
                continue;
            }
            let known = format!("known here: {}", allowed.join(", "));
            let help = match near::nearest(key, allowed.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`? {known}"),
                None => known,
            };
            return Err(Fault::new(entry.key_span, entry.path, "unknown key").help(help));
        }
        Ok(self)
    }

    /// In the order of the file.
    pub(super) fn entries(&self) -> impl Iterator<Item = Entry<'t>> {
        self.table.iter().filter_map(|(key, _)| self.optional(key))
    }

    pub(super) fn optional(&self, key: &str) -> Option<Entry<'t>> {
        let (found, item) = self.table.get_key_value(key)?;
        let key = found.get();
        let node = Node::of(item)?;
        let key_span = found.span().unwrap_or_else(|| self.span.clone());
        let span = item.span().unwrap_or_else(|| key_span.clone());
        let path =
            if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Some(Entry { node, key, path, span, key_span, text: self.text })
    }

    pub(super) fn required(&self, key: &str) -> Read<Entry<'t>> {
        self.optional(key).ok_or_else(|| self.missing(key))
    }

    pub(super) fn missing(&self, key: &str) -> Box<Fault> {
        let path =
            if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Fault::new(self.span.clone(), path, "required, but missing")
    }
}

impl<'t> Node<'t> {
    pub(super) fn of(item: &'t Item) -> Option<Node<'t>> {
        match item {
            Item::None => None,
            Item::Value(value) => Some(Node::Value(value)),
            Item::Table(table) => Some(Node::Table(table)),
            Item::ArrayOfTables(tables) => Some(Node::Tables(tables)),
        }
    }
}

impl<'t> Entry<'t> {
    pub(super) fn node(&self) -> Node<'t> {
        self.node
    }

    /// What is wrong with the value.
    pub(super) fn fault(&self, message: impl Into<String>) -> Box<Fault> {
        Fault::new(self.span.clone(), self.path.clone(), message)
    }

    /// How the value is written in the file.
    pub(super) fn source(&self) -> &'t str {
        self.text.get(self.span.clone()).unwrap_or_default()
    }

    pub(super) fn text(&self) -> Read<&'t str> {
        match self.node {
            Node::Value(Value::String(text)) => Ok(text.value()),
            _ => Err(self.wrong_type("a string")),
        }
    }

    pub(super) fn flag(&self) -> Read<bool> {
        match self.node {
            Node::Value(Value::Boolean(flag)) => Ok(*flag.value()),
            _ => Err(self.wrong_type("true or false")),
        }
    }

    /// A string that is a name, a version or a type.
    pub(super) fn parsed<T: FromStr<Err = InvalidName>>(&self) -> Read<T> {
        self.text()?.parse().map_err(|error: InvalidName| self.fault(error.to_string()))
    }

    /// A table with these keys and no others.
    pub(super) fn keys(&self, allowed: &[&'static str]) -> Read<Keys<'t>> {
        self.table()?.allow(allowed)
    }

    pub(super) fn table(&self) -> Read<Keys<'t>> {
        let table: &dyn TableLike = match self.node {
            Node::Value(Value::InlineTable(table)) => table,
            Node::Table(table) => table,
            _ => return Err(self.wrong_type("a table")),
        };
        Ok(Keys { table, path: self.path.clone(), span: self.span.clone(), text: self.text })
    }

    /// The elements of a list.
    pub(super) fn items(&self) -> Read<Vec<Entry<'t>>> {
        let nodes: Vec<(Node<'t>, Option<Range<usize>>)> = match self.node {
            Node::Value(Value::Array(array)) => {
                array.iter().map(|value| (Node::Value(value), value.span())).collect()
            }
            Node::Tables(tables) => {
                tables.iter().map(|table| (Node::Table(table), table.span())).collect()
            }
            _ => return Err(self.wrong_type("a list")),
        };
        let items = nodes.into_iter().enumerate().map(|(place, (node, span))| {
            let span = span.unwrap_or_else(|| self.span.clone());
            let path = format!("{}[{place}]", self.path);
            Entry { node, key: "", path, key_span: span.clone(), span, text: self.text }
        });
        Ok(items.collect())
    }

    pub(super) fn is_table(&self) -> bool {
        matches!(self.node, Node::Table(_) | Node::Value(Value::InlineTable(_)))
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self.node, Node::Value(Value::Integer(_) | Value::Float(_)))
    }

    pub(super) fn wrong_type(&self, wanted: &str) -> Box<Fault> {
        self.fault(format!("must be {wanted}, not {}", self.type_with_article()))
    }

    pub(super) fn type_with_article(&self) -> &'static str {
        match self.node {
            Node::Value(Value::String(_)) => "a string",
            Node::Value(Value::Integer(_)) => "an integer",
            Node::Value(Value::Float(_)) => "a float",
            Node::Value(Value::Boolean(_)) => "a boolean",
            Node::Value(Value::Datetime(_)) => "a date or time",
            Node::Value(Value::Array(_)) => "a list",
            Node::Value(Value::InlineTable(_)) | Node::Table(_) => "a table",
            Node::Tables(_) => "a list of tables",
        }
    }
}
