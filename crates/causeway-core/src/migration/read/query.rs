//! Which conditions can be asked batch by batch and give the same answer each time.

use bson::{RawBsonRef, RawDocument};

use super::pipeline::{Objection, expression, unsteady};

/// The first thing in a condition that a migration can't ask.
pub(super) fn objection(condition: &RawDocument) -> Option<Objection> {
    in_document(condition, "").err()
}

fn in_document(document: &RawDocument, path: &str) -> Result<(), Objection> {
    for (key, value) in document.iter().flatten() {
        let path = format!("{path}.{key}");
        match key.as_str() {
            "$expr" => expression(value, &path)?,
            "$where" | "$sampleRate" => return Err(unsteady(path, key.as_str())),
            "$text" | "$near" | "$nearSphere" => {
                return Err(Objection {
                    path,
                    message: format!("{key} can't be combined with the ids of a batch"),
                    help: "use another condition",
                });
            }
            // Names in a schema are names of fields, whatever they look like.
            "$jsonSchema" => {}
            _ => in_value(value, &path)?,
        }
    }
    Ok(())
}

fn in_value(value: RawBsonRef<'_>, path: &str) -> Result<(), Objection> {
    match value {
        RawBsonRef::Document(document) => in_document(document, path),
        RawBsonRef::Array(items) => {
            for (place, item) in items.into_iter().flatten().enumerate() {
                in_value(item, &format!("{path}[{place}]"))?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}
