//! What many routes take and what looks the same everywhere: ids in paths, two headers.

use utoipa::openapi::{
    OpenApi as Document, RefOr,
    path::{Parameter, ParameterIn},
    schema::{Object, ObjectBuilder, Type},
};

use super::operations;

/// An id that documents have in examples.
const ID: &str = "65a1f0c2e4b0a1b2c3d4e5f6";

/// Says what they look like.
pub(super) fn describe(document: &mut Document) {
    for path in document.paths.paths.values_mut() {
        for operation in operations(path) {
            for parameter in operation.parameters.iter_mut().flatten() {
                let RefOr::T(parameter) = parameter else { continue };
                if parameter.parameter_in == ParameterIn::Path {
                    exemplify(parameter);
                } else if parameter.parameter_in == ParameterIn::Header {
                    describe_header(parameter);
                }
            }
        }
    }
}

fn exemplify(parameter: &mut Parameter) {
    if matches!(parameter.name.as_str(), "id" | "event") {
        let text = ObjectBuilder::new().schema_type(Type::String);
        parameter.schema = Some(text.examples([ID]).build().into());
    }
}

fn describe_header(parameter: &mut Parameter) {
    let (schema, words) = match parameter.name.as_str() {
        "If-Match" => (revision(), "The revision that was seen, in quotation marks"),
        "Idempotency-Key" => {
            (key(), "Chosen by the client, for this request and its repetitions within a day")
        }
        _ => return,
    };
    parameter.schema = Some(schema.into());
    parameter.description.get_or_insert_with(|| words.to_owned());
}

/// One in quotation marks, or any.
fn revision() -> Object {
    let text = ObjectBuilder::new().schema_type(Type::String);
    text.pattern(Some(r#"^("[0-9a-f]{32}"|\*)$"#)).build()
}

fn key() -> Object {
    let text = ObjectBuilder::new().schema_type(Type::String);
    text.pattern(Some(r"^[!-~]([ -~]{0,253}[!-~])?$")).build()
}
