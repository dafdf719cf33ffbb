//! Which update pipelines can be undone exactly and repeated safely.

use bson::{RawBsonRef, RawDocument, RawDocumentBuf};

use crate::migration::name::FieldName;

/// What a document in a migration file may not say.
pub(super) struct Objection {
    /// From the document on, beginning with a dot: `.$set.total`.
    pub(super) path: String,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// Operators that give another answer each time they are asked, or run code nobody can judge.
const UNSTEADY_OPERATORS: [&str; 5] =
    ["$rand", "$sampleRate", "$function", "$accumulator", "$createUUID"];

/// Variables that give another answer to another question, or to the same one later.
const UNSTEADY_VARIABLES: [&str; 3] = ["NOW", "CLUSTER_TIME", "USER_ROLES"];

/// Refuses a stage that sets anything but the fields listed, or sets them to what can't be
/// repeated.
pub(super) fn check_stage(stage: &RawDocument, fields: &[FieldName]) -> Result<(), Objection> {
    let mut elements = stage.iter().flatten();
    let (Some((operator, specification)), None) = (elements.next(), elements.next()) else {
        return Err(Objection {
            path: String::new(),
            message: "a stage has exactly one operator".to_owned(),
            help: "write { \"$set\" = { … } }",
        });
    };
    let path = format!(".{operator}");
    if !matches!(operator.as_str(), "$set" | "$addFields") {
        return Err(Objection {
            path,
            message: "only $set and $addFields stages can be undone exactly".to_owned(),
            help: "a stage that removes or replaces fields loses what undo would need; use \
                   remove_field or rename_field in a step of its own",
        });
    }
    let RawBsonRef::Document(specification) = specification else {
        return Err(no_fields(path));
    };
    if specification.is_empty() {
        return Err(no_fields(path));
    }
    for (field, value) in specification.iter().flatten() {
        let path = format!("{path}.{field}");
        if !fields.iter().any(|listed| listed.as_str() == field.as_str()) {
            return Err(not_listed(path, field.as_str()));
        }
        expression(value, &path)?;
    }
    Ok(())
}

/// Whether one of the stages sets the field.
pub(super) fn sets(stages: &[RawDocumentBuf], field: &FieldName) -> bool {
    stages.iter().flat_map(|stage| stage.iter().flatten()).any(|(_, specification)| {
        specification
            .as_document()
            .is_some_and(|fields| matches!(fields.get(field.as_str()), Ok(Some(_))))
    })
}

fn no_fields(path: String) -> Objection {
    Objection {
        path,
        message: "must be a document with at least one field".to_owned(),
        help: "write { \"$set\" = { total = … } }",
    }
}

fn not_listed(path: String, field: &str) -> Objection {
    if field.contains('.') {
        return Objection {
            path,
            message: format!("{field} is a dotted path"),
            help: "set the whole top-level field, for example with $mergeObjects: on a dotted path \
                   the server makes missing parents, which undo could not tell from those that \
                   were there",
        };
    }
    Objection {
        path,
        message: format!("sets {field}, which `fields` doesn't list"),
        help: "list every field that the pipeline sets: only these are archived and undone",
    }
}

/// Refuses what an expression can't say, wherever in it.
pub(super) fn expression(value: RawBsonRef<'_>, path: &str) -> Result<(), Objection> {
    match value {
        RawBsonRef::String(text) => variable(text, path),
        RawBsonRef::Array(items) => {
            for (place, item) in items.into_iter().flatten().enumerate() {
                expression(item, &format!("{path}[{place}]"))?;
            }
            Ok(())
        }
        RawBsonRef::Document(document) => {
            for (key, value) in document.iter().flatten() {
                // What stands in $literal is no expression.
                if key.as_str() == "$literal" {
                    continue;
                }
                let path = format!("{path}.{key}");
                if UNSTEADY_OPERATORS.contains(&key.as_str()) {
                    return Err(unsteady(path, key.as_str()));
                }
                expression(value, &path)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn variable(text: &str, path: &str) -> Result<(), Objection> {
    let Some(name) = text.strip_prefix("$$").and_then(|rest| rest.split('.').next()) else {
        return Ok(());
    };
    if name == "REMOVE" {
        return Err(Objection {
            path: path.to_owned(),
            message: "$$REMOVE leaves some documents without the field".to_owned(),
            help: "verification asks for the field in every document: use null, or leave these \
                   documents out by `filter`",
        });
    }
    if UNSTEADY_VARIABLES.contains(&name) {
        return Err(unsteady(path.to_owned(), &format!("$${name}")));
    }
    Ok(())
}

pub(super) fn unsteady(path: String, what: &str) -> Objection {
    Objection {
        path,
        message: format!("{what} gives another answer each time"),
        help: "a batch that is repeated after an interruption must come out the same; write the \
               value into the file",
    }
}
