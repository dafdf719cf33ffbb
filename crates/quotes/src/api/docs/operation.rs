//! One route as the reference shows it.

use serde_json::Value;

use super::{
    super::openapi::OPEN_TO,
    example::{self, Request},
    kind::Kind,
    words::{Words, paragraphs},
};

/// A route.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) summary: Words,
    pub(super) details: Vec<Words>,
    /// Who may use it.
    pub(super) open_to: Words,
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<Body>,
    pub(super) answers: Vec<AnswerKind>,
    /// A request that works.
    pub(super) example: String,
}

/// What varies in path, query or headers.
#[derive(Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) is_required: bool,
    pub(super) kind: Kind,
    pub(super) meaning: Words,
    example: Option<String>,
}

/// What is sent.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) media_type: String,
    pub(super) kind: Kind,
}

/// An answer that the route can give.
#[derive(Debug)]
pub(super) struct AnswerKind {
    pub(super) status: String,
    pub(super) meaning: Words,
    /// Of the data in the envelope.
    pub(super) kind: Kind,
}

impl Operation {
    /// Of an operation of the document.
    pub(super) fn of((path, method): (&str, &str), operation: &Value, document: &Value) -> Self {
        let schemas = &document["components"]["schemas"];
        let parameters: Vec<Parameter> =
            list(&operation["parameters"]).map(Parameter::of).collect();
        let content =
            operation["requestBody"]["content"].as_object().and_then(|it| it.iter().next());
        let is_public = operation["security"][0].as_object().is_some_and(serde_json::Map::is_empty);
        let request = Request {
            method: &method.to_uppercase(),
            path: filled(path, &parameters),
            is_public,
            body: content.map(|(_, content)| example::value(&content["schema"], schemas)),
        };
        let responses = operation["responses"].as_object().into_iter().flatten();
        Self {
            id: text(&operation["operationId"]),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: Words::of(&text(&operation["summary"])),
            details: paragraphs(&text(&operation["description"])),
            open_to: Words::of(&text(&operation[OPEN_TO])),
            example: request.command(),
            body: content.map(|(media_type, content)| Body {
                media_type: media_type.clone(),
                kind: Kind::of(&content["schema"]),
            }),
            answers: responses.map(|(status, it)| AnswerKind::of(status, it, document)).collect(),
            parameters,
        }
    }
}

impl Parameter {
    fn of(parameter: &Value) -> Self {
        let schema = &parameter["schema"];
        let examples = [&parameter["example"], &schema["example"], &schema["examples"][0]];
        let example = examples.into_iter().find(|example| !example.is_null());
        Self {
            name: text(&parameter["name"]),
            place: text(&parameter["in"]),
            is_required: parameter["required"] == true,
            kind: Kind::of(schema),
            meaning: Words::of(&text(&parameter["description"])),
            example: example.map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned)),
        }
    }
}

impl AnswerKind {
    fn of(status: &str, response: &Value, document: &Value) -> Self {
        let reference = response["$ref"].as_str().map(|to| to.trim_start_matches('#'));
        let response = reference.and_then(|to| document.pointer(to)).unwrap_or(response);
        let content = response["content"].as_object().and_then(|it| it.values().next());
        let schema = content.map_or(&Value::Null, |content| &content["schema"]);
        let data = &schema["properties"]["data"];
        Self {
            status: status.to_owned(),
            meaning: Words::of(&text(&response["description"])),
            kind: if schema.is_null() {
                Kind::default()
            } else {
                Kind::of(if data.is_null() { schema } else { data })
            },
        }
    }
}

/// The path with the examples of what varies, and what of a query must be there.
fn filled(path: &str, parameters: &[Parameter]) -> String {
    let mut filled = path.to_owned();
    for parameter in parameters.iter().filter(|parameter| parameter.place == "path") {
        let example = parameter.example.as_deref().unwrap_or("ID");
        filled = filled.replace(&format!("{{{}}}", parameter.name), example);
    }
    let queries = parameters.iter().filter(|parameter| parameter.place == "query");
    let given: Vec<String> = queries
        .filter_map(|parameter| Some(format!("{}={}", parameter.name, parameter.example.as_ref()?)))
        .collect();
    if given.is_empty() { filled } else { format!("{filled}?{}", given.join("&")) }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
