//! Why documents would violate a validator after a step.
//!
//! Causeway writes past the validator, so a step would succeed; but then the application could no
//! longer save the documents. Better to say it before.

mod condition;
mod declaration;

use bson::{RawBson, RawBsonRef, RawDocument};

use super::mention::mentions;
use crate::migration::Step;

/// Reasons why documents would violate the validator after the step, each with its place in the
/// validator. What can't be judged (regular expressions, `$expr`) is a reason too when it speaks
/// of the field. Empty when the validator has nothing against it.
pub fn objections(validator: &RawDocument, step: &Step) -> Vec<String> {
    let changes = match step {
        Step::AddField(step) => vec![Change::gains(&step.field, Some(&step.value))],
        Step::RemoveField(step) => vec![Change::loses(&step.field)],
        Step::RenameField(step) => {
            vec![Change::loses(&step.from), Change::renamed(&step.to, &step.from)]
        }
        Step::SetComputed(step) => {
            step.fields.iter().map(|field| Change::gains(field, None)).collect()
        }
        Step::CreateIndex(_) | Step::DropIndex(_) | Step::ExtendEnum(_) => Vec::new(),
    };
    let mut objections: Vec<String> =
        changes.iter().flat_map(|change| change.against_query(validator, "")).collect();
    objections.dedup();
    objections
}

/// What becomes of one field of every document.
struct Change<'s> {
    field: &'s str,
    becomes: Becomes<'s>,
}

enum Becomes<'s> {
    Absent,
    Value(&'s RawBson),
    /// Present, with a value that differs from document to document.
    Unknown,
    /// Present, with the value that this field had.
    Of(&'s str),
}

impl<'s> Change<'s> {
    fn gains(field: &'s str, value: Option<&'s RawBson>) -> Self {
        Change { field, becomes: value.map_or(Becomes::Unknown, Becomes::Value) }
    }

    fn loses(field: &'s str) -> Self {
        Change { field, becomes: Becomes::Absent }
    }

    fn renamed(field: &'s str, from: &'s str) -> Self {
        Change { field, becomes: Becomes::Of(from) }
    }

    fn is_absent(&self) -> bool {
        matches!(self.becomes, Becomes::Absent)
    }

    fn against_query(&self, query: &RawDocument, place: &str) -> Vec<String> {
        let mut objections = Vec::new();
        for (key, operand) in query.iter().flatten() {
            let key = key.as_str();
            let place = if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
            match (key, operand) {
                ("$jsonSchema", RawBsonRef::Document(schema)) => {
                    objections.extend(self.against_schema(schema, &place));
                }
                ("$and", RawBsonRef::Array(branches)) => {
                    let branches =
                        branches.into_iter().flatten().filter_map(RawBsonRef::as_document);
                    for (number, branch) in branches.enumerate() {
                        objections.extend(self.against_query(branch, &format!("{place}.{number}")));
                    }
                }
                ("$comment", _) => {}
                _ if key.starts_with('$') => {
                    if mentions(operand, self.field) {
                        objections.push(self.unjudged(&place));
                    }
                }
                _ => objections.extend(self.against_condition(key, operand, &place)),
            }
        }
        objections
    }

    fn unjudged(&self, place: &str) -> String {
        format!("{place}: speaks of {}, and can't be judged here", self.field)
    }
}
