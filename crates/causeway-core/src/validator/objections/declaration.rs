//! What a JSON schema has against a change.

use bson::{RawBsonRef, RawDocument};

use super::{Becomes, Change};
use crate::validator::judge;

impl Change<'_> {
    /// The schema of whole documents, or one in its `allOf`.
    pub(super) fn against_schema(&self, schema: &RawDocument, place: &str) -> Vec<String> {
        let field = self.field;
        let mut objections = Vec::new();
        for (keyword, operand) in schema.iter().flatten() {
            let keyword = keyword.as_str();
            let place = format!("{place}.{keyword}");
            match (keyword, operand) {
                ("required", RawBsonRef::Array(required))
                    if self.is_absent()
                        && judge::strings(Some(required)).any(|name| name == field) =>
                {
                    objections.push(format!("{place}: {field} is required"));
                }
                ("properties", RawBsonRef::Document(properties)) => {
                    objections.extend(self.against_property(properties, &place));
                }
                ("additionalProperties", _) if !self.is_absent() => {
                    objections.extend(self.against_additional(schema, operand, &place));
                }
                ("patternProperties", RawBsonRef::Document(patterns))
                    if !self.is_absent() && !patterns.is_empty() =>
                {
                    objections.push(format!("{place}: whether {field} matches can't be told here"));
                }
                ("maxProperties", _) if !self.is_absent() => {
                    objections.push(format!(
                        "{place}: documents get one field more, which may be one too many"
                    ));
                }
                ("minProperties", _) if self.is_absent() => {
                    objections.push(format!(
                        "{place}: documents get one field less, which may be one too few"
                    ));
                }
                ("allOf", RawBsonRef::Array(branches)) => {
                    let branches =
                        branches.into_iter().flatten().filter_map(RawBsonRef::as_document);
                    for (number, branch) in branches.enumerate() {
                        objections
                            .extend(self.against_schema(branch, &format!("{place}.{number}")));
                    }
                }
                ("anyOf" | "oneOf" | "not" | "dependencies", _) if names(operand, field) => {
                    objections.push(self.unjudged(&place));
                }
                _ => {}
            }
        }
        objections
    }

    fn against_property(&self, properties: &RawDocument, place: &str) -> Vec<String> {
        let Ok(schema) = properties.get_document(self.field) else { return Vec::new() };
        let place = format!("{place}.{}", self.field);
        match &self.becomes {
            Becomes::Absent | Becomes::Unknown => Vec::new(),
            Becomes::Value(value) => judge::refusals(schema, value.as_raw_bson_ref(), &place),
            Becomes::Of(former) => match properties.get_document(*former) {
                Ok(of_former) if of_former.as_bytes() == schema.as_bytes() => Vec::new(),
                _ => vec![format!("{place}: is declared otherwise than {former}")],
            },
        }
    }

    fn against_additional(
        &self,
        schema: &RawDocument,
        operand: RawBsonRef<'_>,
        place: &str,
    ) -> Vec<String> {
        if judge::names_property(schema, self.field) {
            return Vec::new();
        }
        match (operand, &self.becomes) {
            (RawBsonRef::Boolean(false), _) => {
                vec![format!("{place}: {} is not among the properties", self.field)]
            }
            (RawBsonRef::Document(schema), Becomes::Value(value)) => {
                judge::refusals(schema, value.as_raw_bson_ref(), place)
            }
            (RawBsonRef::Document(_), _) => vec![self.unjudged(place)],
            _ => Vec::new(),
        }
    }
}

/// Whether a field is named anywhere inside of a schema, as a key or among those required.
fn names(value: RawBsonRef<'_>, field: &str) -> bool {
    match value {
        RawBsonRef::Document(document) => document
            .iter()
            .flatten()
            .any(|(key, value)| key.as_str() == field || names(value, field)),
        RawBsonRef::Array(items) => items.into_iter().flatten().any(|item| names(item, field)),
        RawBsonRef::String(text) => text == field,
        _ => false,
    }
}
