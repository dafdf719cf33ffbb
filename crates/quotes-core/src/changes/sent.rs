//! An object as it was sent: its fields by type, with a problem for each that is of another.

use std::collections::HashSet;

use bson::oid::ObjectId;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::Change;
use crate::{
    money::decimal_from_json,
    problem::{Problems, Warning},
    reading::date_from_text,
};

/// Fields are taken one by one; those left over at the end were of no use.
pub(super) struct Sent<'a, 'p> {
    fields: &'a Map<String, Value>,
    prefix: String,
    taken: HashSet<&'static str>,
    pub(super) problems: &'p mut Problems,
    pub(super) warnings: &'p mut Vec<Warning>,
}

impl<'a, 'p> Sent<'a, 'p> {
    pub(super) fn new(
        fields: &'a Map<String, Value>,
        prefix: String,
        problems: &'p mut Problems,
        warnings: &'p mut Vec<Warning>,
    ) -> Self {
        Self { fields, prefix, taken: HashSet::new(), problems, warnings }
    }

    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(super) fn problem(&mut self, code: &'static str, key: &str, message: &str) {
        self.problems.add(code, format!("{}{key}", self.prefix), message);
    }

    /// The value of a field: absent, null, or there.
    pub(super) fn value(&mut self, key: &'static str) -> Change<&'a Value> {
        self.taken.insert(key);
        match self.fields.get(key) {
            None => Change::Keep,
            Some(Value::Null) => Change::Clear,
            Some(value) => Change::Set(value),
        }
    }

    /// Fields that may be there and say nothing.
    pub(super) fn pass_over(&mut self, keys: &[&'static str]) {
        self.taken.extend(keys);
    }

    /// A text with the line ends of one kind, and without blanks around it. An empty one clears.
    pub(super) fn text(&mut self, key: &'static str) -> Change<String> {
        let text = self.typed(key, ("not_a_text", "Enter a text."), |value| {
            Some(plain_lines(value.as_str()?))
        });
        match text {
            Change::Set(text) if text.is_empty() => Change::Clear,
            text => text,
        }
    }

    pub(super) fn flag(&mut self, key: &'static str) -> Change<bool> {
        self.typed(key, ("not_a_flag", "Say true or false."), Value::as_bool)
    }

    pub(super) fn id(&mut self, key: &'static str) -> Change<ObjectId> {
        self.typed(key, ("not_an_id", "Give an id of 24 hex digits."), |value| {
            ObjectId::parse_str(value.as_str()?).ok()
        })
    }

    pub(super) fn date(&mut self, key: &'static str) -> Change<Timestamp> {
        let hint = "Enter a date such as 2027-05-14.";
        self.typed(key, ("not_a_date", hint), |value| date_from_text(value.as_str()?))
    }

    pub(super) fn number(&mut self, key: &'static str) -> Change<Decimal> {
        self.typed(key, ("not_a_number", "Enter a number."), |value| match value {
            Value::Number(number) => decimal_from_json(number),
            _ => None,
        })
    }

    /// A whole number; 10.0 is one, and beyond 64 bits the nearest stands for it.
    pub(super) fn whole(&mut self, key: &'static str) -> Change<i64> {
        match self.number(key) {
            Change::Keep => Change::Keep,
            Change::Clear => Change::Clear,
            Change::Set(number) if number.is_integer() => {
                let most = if number.is_sign_negative() { i64::MIN } else { i64::MAX };
                Change::Set(i64::try_from(number).unwrap_or(most))
            }
            Change::Set(_) => {
                self.problem("not_whole", key, "Enter a whole number.");
                Change::Keep
            }
        }
    }

    /// What `read` makes of a value that is there; a problem when that is nothing.
    pub(super) fn typed<T>(
        &mut self,
        key: &'static str,
        (code, hint): (&'static str, &str),
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Change<T> {
        match self.value(key) {
            Change::Keep => Change::Keep,
            Change::Clear => Change::Clear,
            Change::Set(value) => match read(value) {
                Some(read) => Change::Set(read),
                None => {
                    self.problem(code, key, hint);
                    Change::Keep
                }
            },
        }
    }

    /// Names the fields that nobody took, the first of them where there are absurdly many.
    pub(super) fn finish(self) {
        const NAMED_MAX: usize = 50;
        let left = self.fields.keys().filter(|field| !self.taken.contains(field.as_str()));
        for field in left.take(NAMED_MAX) {
            let message = "This field is not for clients to set; it was ignored.";
            self.warnings.push(Warning::new(
                "ignored_field",
                format!("{}{}", self.prefix, shortened(field)),
                message,
            ));
        }
    }
}

/// Trimmed, and every line end a `\n`: forms send `\r\n`.
pub(super) fn plain_lines(text: &str) -> String {
    text.trim().replace("\r\n", "\n").replace('\r', "\n")
}

/// A field's name, cut where it is absurd.
fn shortened(field: &str) -> String {
    const NAME_MAX: usize = 60;
    field.chars().take(NAME_MAX).filter(|letter| !letter.is_control()).collect()
}
