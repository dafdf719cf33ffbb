//! A request that works, as one types it.

use serde_json::{Map, Value};

/// Deeper, an example explains nothing.
const DEPTH_MAX: usize = 6;

/// A value that a schema allows.
pub(super) fn value(schema: &Value, schemas: &Value) -> Value {
    within(schema, schemas, 0)
}

fn within(schema: &Value, schemas: &Value, depth: usize) -> Value {
    if depth > DEPTH_MAX {
        return Value::Null;
    }
    let given =
        [&schema["example"], &schema["examples"][0], &schema["default"], &schema["enum"][0]];
    if let Some(given) = given.into_iter().find(|given| !given.is_null()) {
        return given.clone();
    }
    if let Some(to) = schema["$ref"].as_str() {
        let name = to.rsplit('/').next().unwrap_or_default();
        return within(&schemas[name], schemas, depth + 1);
    }
    for word in ["oneOf", "anyOf"] {
        let choices = schema[word].as_array().into_iter().flatten();
        if let Some(choice) = choices.into_iter().find(|choice| choice["type"] != "null") {
            return within(choice, schemas, depth + 1);
        }
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    match kind {
        Some("array") => Value::Array(vec![within(&schema["items"], schemas, depth + 1)]),
        Some("boolean") => true.into(),
        Some("integer" | "number") if schema["minimum"].is_null() => 1.into(),
        Some("integer" | "number") => schema["minimum"].clone(),
        Some("string") => "text".into(),
        _ => object(schema, schemas, depth),
    }
}

/// What must be sent, and what has an example.
fn object(schema: &Value, schemas: &Value, depth: usize) -> Value {
    let mut fields = Map::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        if let Value::Object(part) = within(part, schemas, depth + 1) {
            fields.extend(part);
        }
    }
    let required = schema["required"].as_array();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let is_required = required.is_some_and(|names| names.iter().any(|it| it == name));
        if is_required || !field["example"].is_null() || !field["examples"].is_null() {
            fields.insert(name.clone(), within(field, schemas, depth + 1));
        }
    }
    Value::Object(fields)
}

/// The request in a shell.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    /// With examples instead of what varies.
    pub(super) path: String,
    pub(super) is_public: bool,
    pub(super) body: Option<Value>,
}

impl Request<'_> {
    /// The command.
    pub(super) fn command(&self) -> String {
        let mut lines = Vec::new();
        let method =
            if self.method == "GET" { String::new() } else { format!("-X {} ", self.method) };
        lines.push(format!("curl {method}\"$QUOTES{}\"", self.path));
        if !self.is_public {
            lines.push("-H \"Authorization: Bearer $TOKEN\"".to_owned());
        }
        if let Some(body) = &self.body {
            lines.push("-H \"Content-Type: application/json\"".to_owned());
            let body = serde_json::to_string_pretty(body).unwrap_or_default();
            lines.push(format!("-d '{}'", body.replace('\'', "'\\''")));
        }
        lines.join(" \\\n  ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_example_has_what_must_be_sent_and_what_has_an_example() {
        let schemas = json!({ "Price": {
            "type": "object", "required": ["cost"],
            "properties": { "cost": { "type": "number", "example": 49.5 }, "note": { "type": "string" } },
        } });
        let schema = json!({
            "type": "object", "required": ["name"],
            "properties": {
                "name": { "type": "string" },
                "price": { "$ref": "#/components/schemas/Price", "example": null },
                "people": { "type": "integer", "example": 10 },
                "other": { "type": "string" },
            },
        });
        assert_eq!(value(&schema, &schemas), json!({ "name": "text", "people": 10 }));
        let reference = json!({ "$ref": "#/components/schemas/Price" });
        assert_eq!(value(&reference, &schemas), json!({ "cost": 49.5 }));
    }

    #[test]
    fn quotation_marks_survive_a_shell() {
        let body = Some(json!({ "name": "O'Neill" }));
        let path = "/api/x".to_owned();
        let request = Request { method: "POST", path, is_public: false, body };
        assert!(request.command().contains(r"O'\''Neill"), "{}", request.command());
    }
}
