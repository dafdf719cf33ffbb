//! What kind of data a schema describes, in a few words and with a link.

use serde_json::Value;

use super::words::{Words, paragraphs};

const SCHEMAS: &str = "#/components/schemas/";

/// `list of ` `Event` ` or null`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) before: String,
    pub(super) link: Option<String>,
    pub(super) after: String,
}

/// One named kind of data.
#[derive(Debug)]
pub(super) struct NamedKind {
    pub(super) name: String,
    pub(super) details: Vec<Words>,
    pub(super) kind: Kind,
    pub(super) fields: Vec<Field>,
}

/// A field of an object.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) is_required: bool,
    pub(super) kind: Kind,
    pub(super) meaning: Words,
}

impl Kind {
    /// Of a schema.
    pub(super) fn of(schema: &Value) -> Self {
        if let Some(name) = schema["$ref"].as_str().and_then(|to| to.strip_prefix(SCHEMAS)) {
            return Self { link: Some(name.to_owned()), ..Self::default() };
        }
        if let Some(choices) = choices(schema) {
            let or_null = choices.iter().any(|choice| choice["type"] == "null");
            let mut kind = Self::first(&choices);
            if or_null {
                kind.after.push_str(" or null");
            }
            return kind;
        }
        let types = types(schema);
        let or_null = if types.contains(&"null") { " or null" } else { "" };
        match types.iter().find(|it| **it != "null") {
            Some(&"array") => {
                let items = Self::of(&schema["items"]);
                let most = schema["maxItems"].as_u64().map(|most| format!(", at most {most}"));
                let after = format!("{}{}{or_null}", items.after, most.unwrap_or_default());
                Self { before: format!("list of {}", items.before), link: items.link, after }
            }
            Some(simple) => Self::plain(format!("{}{or_null}", simple_words(simple, schema))),
            None => Self::plain(values(schema).unwrap_or_else(|| "anything".to_owned())),
        }
    }

    fn plain(before: String) -> Self {
        Self { before, ..Self::default() }
    }

    /// The first that is not null, and how many others.
    fn first(choices: &[&Value]) -> Self {
        let kinds: Vec<Self> =
            choices.iter().filter(|it| it["type"] != "null").map(|it| Self::of(it)).collect();
        match kinds.as_slice() {
            [only] => only.clone(),
            several => {
                let words = several.iter().map(Self::words).collect::<Vec<_>>().join(" or ");
                Self::plain(words)
            }
        }
    }

    fn words(&self) -> String {
        format!("{}{}{}", self.before, self.link.as_deref().unwrap_or_default(), self.after)
    }
}

impl NamedKind {
    pub(super) fn of(name: &str, schema: &Value, schemas: &Value) -> Self {
        let mut fields = Vec::new();
        add_fields(schema, schemas, &mut fields);
        let details = paragraphs(schema["description"].as_str().unwrap_or_default());
        Self { name: name.to_owned(), details, kind: Kind::of(schema), fields }
    }
}

/// Of an object, and of those that it is put together from.
fn add_fields(schema: &Value, schemas: &Value, fields: &mut Vec<Field>) {
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let name = part["$ref"].as_str().and_then(|to| to.strip_prefix(SCHEMAS));
        add_fields(name.map_or(part, |name| &schemas[name]), schemas, fields);
    }
    let required = schema["required"].as_array();
    let is_required = |name: &str| required.is_some_and(|names| names.iter().any(|it| it == name));
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        fields.push(Field {
            name: name.clone(),
            is_required: is_required(name),
            kind: Kind::of(field),
            meaning: Words::of(field["description"].as_str().unwrap_or_default()),
        });
    }
}

fn choices(schema: &Value) -> Option<Vec<&Value>> {
    let list = ["oneOf", "anyOf"].into_iter().find_map(|word| schema[word].as_array());
    list.map(|list| list.iter().collect())
}

fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn simple_words(kind: &str, schema: &Value) -> String {
    let limits = match kind {
        "string" => range(&schema["minLength"], &schema["maxLength"], " characters"),
        _ => range(&schema["minimum"], &schema["maximum"], ""),
    };
    let word = match kind {
        "string" if schema["format"] == "date-time" => "moment",
        "string" if schema["format"] == "date" => "date",
        "string" => "text",
        "integer" => "whole number",
        "boolean" => "true or false",
        other => other,
    };
    let word = values(schema).unwrap_or_else(|| word.to_owned());
    let otherwise = match &schema["default"] {
        Value::Null => String::new(),
        value => format!("; {value} when left out"),
    };
    format!("{word}{limits}{otherwise}")
}

fn values(schema: &Value) -> Option<String> {
    let values = schema["enum"].as_array()?;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Some(values.iter().map(text).collect::<Vec<_>>().join(", "))
}

fn range(least: &Value, most: &Value, unit: &str) -> String {
    match (least, most) {
        (Value::Null, Value::Null) => String::new(),
        (least, Value::Null) => format!(", at least {least}{unit}"),
        (Value::Null, most) => format!(", at most {most}{unit}"),
        (least, most) => format!(", {least} to {most}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kinds_are_said_in_words() {
        for (schema, words) in [
            (json!({ "$ref": "#/components/schemas/Event" }), "Event"),
            (
                json!({ "type": "array", "items": { "$ref": "#/components/schemas/Event" } }),
                "list of Event",
            ),
            (
                json!({ "type": ["string", "null"], "maxLength": 5 }),
                "text, at most 5 characters or null",
            ),
            (
                json!({ "type": "integer", "minimum": 1, "maximum": 9, "default": 3 }),
                "whole number, 1 to 9; 3 when left out",
            ),
            (
                json!({ "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Price" }] }),
                "Price or null",
            ),
            (json!({ "type": "string", "enum": ["a", "b"] }), "a, b"),
            (json!({}), "anything"),
        ] {
            assert_eq!(Kind::of(&schema).words(), words);
        }
    }
}
