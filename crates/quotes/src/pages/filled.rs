//! A plain form: what was typed in it, and what is wrong with it, beside the field.
//!
//! The rules are the API's. What it says of a field by the API's name is said here by the label.

use askama::Template;
use axum::{
    http::{HeaderValue, header::RETRY_AFTER},
    response::Response,
};
use serde_json::{Number, Value};

use super::{
    posted::{Pairs, Posted},
    shell::page,
    trouble::sentence,
};
use crate::failure::{Detail, Failure, ShownCode};

/// Fields as the API names them, and as people read them.
pub(super) type Labels = &'static [(&'static str, &'static str)];

/// A form as it is shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Filled {
    pub(super) typed: Typed,
    /// Why nothing was done, where that is about no field.
    pub(super) problem: Option<String>,
    wrong: Vec<(&'static str, String)>,
}

/// What is typed in a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Typed(pub(super) Pairs);

impl Typed {
    /// As it was typed, with all its blanks; empty when it was not.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(it, _)| it == name).map_or("", |(_, value)| value.as_str())
    }

    /// Without blanks around it; none when nothing is left.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        Some(self.get(name).trim()).filter(|it| !it.is_empty())
    }

    /// All values of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// Whether something is ticked or chosen.
    pub(super) fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|it| it == value)
    }
}

impl Filled {
    /// Nothing is wrong with it so far.
    pub(super) fn with(typed: impl Into<Pairs>) -> Self {
        Self { typed: Typed(typed.into()), ..Self::default() }
    }

    /// As it was sent.
    pub(super) fn sent(posted: &Posted) -> Self {
        Self::with(posted.0.clone())
    }

    /// It could not be taken.
    pub(super) fn refused(mut self, failure: &Failure, labels: Labels) -> Self {
        for detail in &failure.details {
            match labels.iter().find(|(name, _)| is_within(&detail.field, name)) {
                Some((name, label)) => self.wrong.push((name, by_label(detail, (name, label)))),
                None => self.problem = Some(sentence(&detail.message)),
            }
        }
        if failure.details.is_empty() {
            self.problem = Some(sentence(&failure.message));
        }
        self
    }

    /// What stands in it was sent, and is saved nowhere.
    pub(super) fn is_refused(&self) -> bool {
        self.problem.is_some() || !self.wrong.is_empty()
    }

    /// What is wrong with a field.
    pub(super) fn error(&self, field: &str) -> Option<&str> {
        self.wrong.iter().find(|(name, _)| *name == field).map(|(_, message)| message.as_str())
    }

    /// All that is wrong, by field.
    pub(super) fn wrong(&self) -> &[(&'static str, String)] {
        &self.wrong
    }
}

/// Whether whoever filled in the form can do something about it: then it is shown again.
pub(super) fn can_be_mended(failure: &Failure) -> bool {
    failure.status.is_client_error() || failure.code == "MAINTENANCE"
}

/// A conflict that is about one field.
pub(super) fn about(field: &str, failure: Failure) -> Failure {
    let (field, code) = (field.to_owned(), failure.code.to_lowercase());
    let details = vec![Detail { field, code, message: failure.message.clone() }];
    Failure { details, ..failure }
}

/// A name that is taken stands beside the name.
pub(super) fn by_name(failure: Failure) -> Failure {
    if failure.code == "NAME_TAKEN" { about("name", failure) } else { failure }
}

/// The page again, with the status of what failed.
pub(super) fn shown_again(failure: &Failure, again: &impl Template) -> Response {
    let mut response = page(failure.status, again);
    response.extensions_mut().insert(ShownCode(failure.code));
    if let Some(after) = failure.retry_after {
        let seconds = HeaderValue::from(after.as_secs().max(1));
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

/// A number as people type it, `£1,470.50`. What is none is for the rules to refuse.
pub(super) fn number(typed: &str) -> Value {
    let is_decoration = |letter| matches!(letter, ',' | ' ' | '\u{a0}' | '£' | '€' | '$');
    let plain: String = typed.chars().filter(|it| !is_decoration(*it)).collect();
    plain.parse::<Number>().map_or_else(|_| typed.into(), Value::Number)
}

/// `categories.2` is within `categories`.
fn is_within(field: &str, name: &str) -> bool {
    let rest = field.strip_prefix(name);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The API says `estimatedCost is from 0 to 1000000`.
fn by_label(detail: &Detail, (name, label): (&str, &str)) -> String {
    let last = name.rsplit('.').next().unwrap_or_default();
    match detail.message.strip_prefix(last) {
        Some(rest) if !last.is_empty() => sentence(&format!("{label}{rest}")),
        _ => sentence(&detail.message),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Detail, Failure, Filled, number};

    #[test]
    fn what_is_wrong_stands_by_its_field_under_its_label() {
        let detail = |field: &str, message: &str| Detail {
            field: field.to_owned(),
            code: String::new(),
            message: message.to_owned(),
        };
        let details = vec![
            detail("pricing.estimatedCost", "estimatedCost is a number"),
            detail("categories.2", "there is no such category"),
            detail("categoriesx", "this has no field"),
        ];
        let labels = &[("categories", "Categories"), ("pricing.estimatedCost", "Price")];
        let filled = Filled::default().refused(&Failure::invalid("X", details), labels);
        assert_eq!(filled.error("pricing.estimatedCost"), Some("Price is a number."));
        assert_eq!(filled.error("categories"), Some("There is no such category."));
        assert_eq!(filled.problem.as_deref(), Some("This has no field."));
    }

    #[test]
    fn amounts_are_read_as_people_type_them() {
        assert_eq!((number("£1,470.50"), number("12")), (json!(1470.5), json!(12)));
        assert_eq!(number("a dozen"), json!("a dozen"));
    }
}
