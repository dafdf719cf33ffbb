//! Finds the lists that restrict a path.

use bson::{RawArray, RawBson, RawBsonRef, RawDocument};

use super::mention::{Relation, mentions, relation};
use super::{judge, schema};
use crate::migration::{BsonType, same_value};

/// A list that restricts a path.
#[derive(Debug)]
pub(super) struct Site<'v> {
    /// The number of the element at each level.
    pub(super) route: Vec<usize>,
    /// For people: `$jsonSchema.properties.status.enum`.
    pub(super) place: String,
    pub(super) list: &'v RawArray,
}

/// What is looked for, and what was found.
pub(super) struct Search<'v, 's> {
    pub(super) path: &'s str,
    pub(super) values: &'s [RawBson],
    pub(super) sites: Vec<Site<'v>>,
}

/// A place in the validator, on the way down.
#[derive(Debug, Clone, Default)]
pub(super) struct Here {
    route: Vec<usize>,
    pub(super) place: String,
}

impl Here {
    pub(super) fn down(&self, number: usize, key: &str) -> Here {
        let mut route = self.route.clone();
        route.push(number);
        let dot = if self.place.is_empty() { "" } else { "." };
        Here { route, place: format!("{}{dot}{key}", self.place) }
    }
}

/// All lists that restrict the path, or why that can't be told.
pub(super) fn find<'v>(
    validator: &'v RawDocument,
    path: &str,
    values: &[RawBson],
) -> Result<Vec<Site<'v>>, String> {
    let mut search = Search { path, values, sites: Vec::new() };
    search.query(validator, &Here::default())?;
    Ok(search.sites)
}

/// The elements of a document with their numbers.
pub(super) fn numbered(
    document: &RawDocument,
) -> impl Iterator<Item = Result<(usize, &str, RawBsonRef<'_>), String>> {
    document.iter().enumerate().map(|(number, element)| match element {
        Ok((key, value)) => Ok((number, key.as_str(), value)),
        Err(error) => Err(format!("the validator is damaged: {error}")),
    })
}

/// The documents in an array, with their numbers.
pub(super) fn branches<'v>(
    value: RawBsonRef<'v>,
    here: &Here,
) -> Result<Vec<(usize, &'v RawDocument)>, String> {
    let not_documents = || format!("{} is no list of documents", here.place);
    let items = value.as_array().ok_or_else(not_documents)?;
    let documents = items.into_iter().enumerate().map(|(number, item)| {
        let document = item.ok().and_then(RawBsonRef::as_document);
        document.map(|document| (number, document)).ok_or_else(not_documents)
    });
    documents.collect()
}

impl<'v> Search<'v, '_> {
    pub(super) fn found(&mut self, list: RawBsonRef<'v>, here: Here) -> Result<(), String> {
        let Here { route, place } = here;
        match list.as_array() {
            Some(list) => {
                self.sites.push(Site { route, place, list });
                Ok(())
            }
            None => Err(format!("{place} is no list")),
        }
    }

    fn query(&mut self, query: &'v RawDocument, here: &Here) -> Result<(), String> {
        for element in numbered(query) {
            let (number, key, value) = element?;
            let here = here.down(number, key);
            match key {
                "$jsonSchema" => {
                    let schema = value
                        .as_document()
                        .ok_or_else(|| format!("{} is no document", here.place))?;
                    let path: Vec<&str> = self.path.split('.').collect();
                    schema::search(self, schema, &path, &here)?;
                }
                "$and" => {
                    for (number, branch) in branches(value, &here)? {
                        self.query(branch, &here.down(number, &number.to_string()))?;
                    }
                }
                "$comment" => {}
                _ if key.starts_with('$') => {
                    if mentions(value, self.path) {
                        return Err(format!("{} speaks of the path", here.place));
                    }
                }
                _ => self.condition(key, value, &here)?,
            }
        }
        Ok(())
    }

    /// A condition on one field.
    fn condition(&mut self, key: &str, value: RawBsonRef<'v>, here: &Here) -> Result<(), String> {
        let relation = relation(key, self.path);
        if relation == Relation::Unrelated {
            return Ok(());
        }
        let Some(operators) = value.as_document().filter(|document| is_operators(document)) else {
            return Err(format!("{} allows one value only, without a list", here.place));
        };
        for element in numbered(operators) {
            let (number, operator, operand) = element?;
            let here = here.down(number, operator);
            match (relation, operator) {
                (Relation::Same, "$in") => self.found(operand, here)?,
                (Relation::Same, "$type") if self.all_of_type(operand) => {}
                (Relation::Same, "$ne" | "$nin") if !self.one_of(operand) => {}
                (Relation::Above, "$type" | "$size") | (_, "$exists") => {}
                _ => return Err(format!("{} restricts the path without a list", here.place)),
            }
        }
        Ok(())
    }

    fn all_of_type(&self, types: RawBsonRef<'_>) -> bool {
        self.values.iter().all(|value| judge::is_of_types(value.as_raw_bson_ref(), types))
    }

    fn one_of(&self, operand: RawBsonRef<'_>) -> bool {
        let same = |item| self.values.iter().any(|value| same_value(value.as_raw_bson_ref(), item));
        same(operand)
            || operand.as_array().is_some_and(|items| items.into_iter().flatten().any(same))
    }
}

/// Whether a document in a query holds operators, and not a value to be equal to.
pub(super) fn is_operators(document: &RawDocument) -> bool {
    document.iter().flatten().next().is_some_and(|(key, _)| key.as_str().starts_with('$'))
}

/// The server's name of a value's type, for sentences.
pub(super) fn type_name(value: RawBsonRef<'_>) -> &'static str {
    BsonType::name_of(value.element_type() as u8)
}
