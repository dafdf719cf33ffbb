//! What a condition of a query-operator validator has against a change.

use bson::RawBsonRef;

use super::{Becomes, Change};
use crate::migration::same_value;
use crate::validator::judge;
use crate::validator::mention::{Relation, relation};
use crate::validator::sites::is_operators;

impl Change<'_> {
    /// A condition on one field, `key`.
    pub(super) fn against_condition(
        &self,
        key: &str,
        operand: RawBsonRef<'_>,
        place: &str,
    ) -> Vec<String> {
        match relation(key, self.field) {
            Relation::Unrelated => return Vec::new(),
            Relation::Same => {}
            // A condition on something inside of the field.
            Relation::Above | Relation::Below => return vec![self.unjudged(place)],
        }
        let Some(operators) = operand.as_document().filter(|document| is_operators(document))
        else {
            return self.against_operator("$eq", operand, place).into_iter().collect();
        };
        operators
            .iter()
            .flatten()
            .filter_map(|(operator, operand)| {
                self.against_operator(operator.as_str(), operand, &format!("{place}.{operator}"))
            })
            .collect()
    }

    fn against_operator(
        &self,
        operator: &str,
        operand: RawBsonRef<'_>,
        place: &str,
    ) -> Option<String> {
        let among = |value: RawBsonRef<'_>| {
            same_value(operand, value)
                || operand.as_array().is_some_and(|list| {
                    list.into_iter().flatten().any(|item| same_value(item, value))
                })
        };
        let field = self.field;
        if operator == "$exists" {
            let must_exist = !matches!(
                operand,
                RawBsonRef::Boolean(false) | RawBsonRef::Int32(0) | RawBsonRef::Int64(0)
            );
            return match (must_exist, self.is_absent()) {
                (true, true) => Some(format!("{place}: {field} must be there")),
                (false, false) => Some(format!("{place}: {field} must not be there")),
                _ => None,
            };
        }
        match &self.becomes {
            Becomes::Absent => match operator {
                "$ne" | "$nin" if !among(RawBsonRef::Null) => None,
                "$eq" | "$in" if among(RawBsonRef::Null) => None,
                "$not" => Some(self.unjudged(place)),
                _ => Some(format!("{place}: documents without {field} don't match")),
            },
            Becomes::Value(value) => {
                let value = value.as_raw_bson_ref();
                let holds = match operator {
                    "$type" => judge::is_of_types(value, operand) || elements_may_match(value),
                    "$eq" | "$in" => among(value) || elements_may_match(value),
                    "$ne" | "$nin" => !among(value) && !elements_may_match(value),
                    "$size" => value.as_array().is_some_and(|array| {
                        let count = i64::try_from(array.into_iter().count()).unwrap_or(i64::MAX);
                        same_value(operand, RawBsonRef::Int64(count))
                    }),
                    _ => return Some(self.unjudged(place)),
                };
                (!holds).then(|| format!("{place}: the value for {field} doesn't match"))
            }
            Becomes::Unknown | Becomes::Of(_) => Some(self.unjudged(place)),
        }
    }
}

/// A condition on an array also looks at its elements.
fn elements_may_match(value: RawBsonRef<'_>) -> bool {
    value.as_array().is_some_and(|array| !array.is_empty())
}
