//! Writes a model the way a person might: in TOML where it can say it, else in extended JSON.

use bson::{Bson, RawBson, RawDocumentBuf};
use causeway_core::migration::{Malformed, Step};

use super::model::Model;

pub(super) fn migration(model: &Model) -> String {
    let requires: Vec<String> =
        model.requires.iter().map(|version| quoted(version.as_str())).collect();
    let mut text = format!(
        "version = {}\ntitle = {}\nrequires = [{}]\n",
        quoted(model.version.as_str()),
        quoted(&model.title),
        requires.join(", ")
    );
    for step in &model.steps {
        text.push_str("\n[[step]]\n");
        let mut entries = vec![format!("collection = {}", quoted(step.collection()))];
        entries.extend(content(step));
        text.push_str(&format!("{} = {{ {} }}\n", step.kind(), entries.join(", ")));
    }
    text
}

fn content(step: &Step) -> Vec<String> {
    match step {
        Step::AddField(step) => {
            let malformed = match step.malformed {
                Malformed::Archive => "archive",
                Malformed::Refuse => "refuse",
            };
            vec![
                format!("field = {}", quoted(&step.field)),
                value("value", &step.value),
                format!("malformed = {}", quoted(malformed)),
            ]
        }
        Step::RemoveField(step) => vec![format!("field = {}", quoted(&step.field))],
        Step::RenameField(step) => {
            vec![format!("from = {}", quoted(&step.from)), format!("to = {}", quoted(&step.to))]
        }
        Step::SetComputed(step) => {
            let fields: Vec<String> = step.fields.iter().map(|field| quoted(field)).collect();
            let stages: Vec<Bson> =
                step.pipeline.iter().map(|stage| Bson::Document(decoded(stage))).collect();
            vec![
                format!("fields = [{}]", fields.join(", ")),
                document("filter", &step.filter),
                either("pipeline", &Bson::Array(stages)),
                document("done", &step.done),
            ]
        }
        Step::CreateIndex(step) => {
            let index = &step.index;
            let keys = toml(&Bson::Document(decoded(&index.keys))).expect("numbers only");
            let mut entries =
                vec![format!("name = {}", quoted(&index.name)), format!("keys = {keys}")];
            for (key, value) in decoded(&index.options) {
                entries.push(either(option(&key), &value));
            }
            entries
        }
        Step::DropIndex(step) => vec![format!("name = {}", quoted(&step.name))],
        Step::ExtendEnum(step) => {
            let values = step.values.iter().map(decoded_value).collect();
            vec![format!("path = {}", quoted(&step.path)), either("values", &Bson::Array(values))]
        }
    }
}

/// The key in a file for an option of the server.
fn option(server_name: &str) -> &str {
    match server_name {
        "partialFilterExpression" => "partial_filter",
        "expireAfterSeconds" => "expire_after_seconds",
        same => same,
    }
}

fn value(key: &str, value: &RawBson) -> String {
    either(key, &decoded_value(value))
}

fn document(key: &str, document: &RawDocumentBuf) -> String {
    either(key, &Bson::Document(decoded(document)))
}

fn either(key: &str, value: &Bson) -> String {
    match toml(value) {
        Some(text) => format!("{key} = {text}"),
        None => format!("{key}_json = {}", quoted(&json(value))),
    }
}

fn decoded(document: &RawDocumentBuf) -> bson::Document {
    document.try_into().expect("a well-formed document")
}

fn decoded_value(value: &RawBson) -> Bson {
    value.clone().try_into().expect("a well-formed value")
}

/// In TOML, where there is a way to say it.
fn toml(value: &Bson) -> Option<String> {
    Some(match value {
        Bson::Boolean(flag) => flag.to_string(),
        Bson::Int32(number) => number.to_string(),
        Bson::Int64(number) => number.to_string(),
        Bson::Double(number) => format!("{number:?}"),
        Bson::String(text) => quoted(text),
        Bson::DateTime(moment) => moment.try_to_rfc3339_string().ok()?,
        Bson::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(toml).collect();
            format!("[{}]", items?.join(", "))
        }
        Bson::Document(document) => {
            let entries: Option<Vec<String>> = document
                .iter()
                .map(|(key, value)| Some(format!("{} = {}", quoted(key), toml(value)?)))
                .collect();
            format!("{{ {} }}", entries?.join(", "))
        }
        _ => return None,
    })
}

/// In extended JSON: canonical for some types, relaxed for others.
fn json(value: &Bson) -> String {
    match value {
        Bson::Null => "null".to_owned(),
        Bson::Boolean(flag) => flag.to_string(),
        Bson::Int32(number) => number.to_string(),
        Bson::Int64(number) => format!("{{\"$numberLong\": \"{number}\"}}"),
        Bson::Double(number) => format!("{{\"$numberDouble\": \"{number:?}\"}}"),
        Bson::String(text) => quoted(text),
        Bson::ObjectId(id) => format!("{{\"$oid\": \"{id}\"}}"),
        Bson::DateTime(moment) => {
            format!("{{\"$date\": {{\"$numberLong\": \"{}\"}}}}", moment.timestamp_millis())
        }
        Bson::Array(items) => {
            format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(", "))
        }
        Bson::Document(document) => {
            let entries: Vec<String> = document
                .iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), json(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => panic!("the model has no {other:?}"),
    }
}

/// JSON's escapes are all among TOML's; TOML also wants DEL escaped.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string").replace('\u{7f}', "\\u007f")
}
