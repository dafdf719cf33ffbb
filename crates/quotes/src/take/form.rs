//! Fields of a JSON object, taken one by one; everything that is wrong is told at once.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::{
    answer::Warning,
    failure::{Detail, Failure},
};

/// Why a value can't be used: a code, and a sentence for people.
pub(crate) type Refused = (&'static str, String);

/// What was sent for a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sent<T> {
    /// Nothing: it stays as it is.
    Absent,
    /// `null`: it goes away.
    Null,
    /// This.
    Is(T),
}

impl<T> Sent<T> {
    /// What was sent, if it is a value.
    pub(crate) fn value(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }
}

/// The fields of an object, and what is wrong with them.
#[derive(Debug)]
pub(crate) struct Form<'a> {
    fields: &'a Map<String, Value>,
    prefix: &'static str,
    known: Vec<&'static str>,
    wrong: Vec<Detail>,
}

impl<'a> Form<'a> {
    pub(crate) fn of(fields: &'a Map<String, Value>) -> Self {
        Self::within(fields, "")
    }

    /// Of an object that lies at `prefix`, which ends with a point.
    pub(crate) fn within(fields: &'a Map<String, Value>, prefix: &'static str) -> Self {
        Self { fields, prefix, known: Vec::new(), wrong: Vec::new() }
    }

    /// Something is wrong with a field.
    pub(crate) fn refuse(&mut self, field: &str, code: &str, message: impl Into<String>) {
        let field = format!("{}{field}", self.prefix);
        let (code, message) = (code.to_owned(), message.into());
        self.wrong.push(Detail { field, code, message });
    }

    /// These must be there.
    pub(crate) fn require(&mut self, names: &[&'static str]) {
        for name in names {
            if !self.fields.contains_key(*name) {
                self.refuse(name, "required", format!("{name} is required"));
            }
        }
    }

    /// These may be left out, but can't be taken away.
    pub(crate) fn refuse_null(&mut self, names: &[&'static str]) {
        for name in names {
            if self.fields.get(*name).is_some_and(Value::is_null) {
                self.refuse(name, "required", format!("{name} can't be null"));
            }
        }
    }

    /// What was sent, through `read`, which says why it can't be used: code and message.
    pub(crate) fn take<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&'a Value) -> Result<T, Refused>,
    ) -> Sent<T> {
        self.known.push(name);
        match self.fields.get(name) {
            None => Sent::Absent,
            Some(Value::Null) => Sent::Null,
            Some(value) => match read(value) {
                Ok(value) => Sent::Is(value),
                Err((code, message)) => {
                    self.refuse(name, code, message);
                    Sent::Absent
                }
            },
        }
    }

    /// A text, trimmed, of so many characters. It may have several lines.
    pub(crate) fn text(
        &mut self,
        name: &'static str,
        length: RangeInclusive<usize>,
    ) -> Sent<String> {
        let may_break = |letter| matches!(letter, '\n' | '\r' | '\t');
        self.take(name, |value| text(name, value, &length, may_break))
    }

    /// A text of one line, trimmed, of so many characters.
    pub(crate) fn line(
        &mut self,
        name: &'static str,
        length: RangeInclusive<usize>,
    ) -> Sent<String> {
        self.take(name, |value| line(name, value, &length))
    }

    /// True or false.
    pub(crate) fn flag(&mut self, name: &'static str) -> Sent<bool> {
        let not = || ("not_a_flag", format!("{name} is true or false"));
        self.take(name, |value| value.as_bool().ok_or_else(not))
    }

    /// A whole number; 10.0 is one.
    pub(crate) fn whole(&mut self, name: &'static str, range: RangeInclusive<i32>) -> Sent<i32> {
        self.take(name, |value| whole(name, value, &range))
    }

    /// A list of at most so many, each through `read`.
    pub(crate) fn list<T>(
        &mut self,
        name: &'static str,
        most: usize,
        mut read: impl FnMut(&'a Value) -> Result<T, Refused>,
    ) -> Sent<Vec<T>> {
        let not = || ("not_a_list", format!("{name} is a list"));
        let values = match self.take(name, |value| value.as_array().ok_or_else(not)) {
            Sent::Is(values) => values,
            Sent::Absent => return Sent::Absent,
            Sent::Null => return Sent::Null,
        };
        if values.len() > most {
            self.refuse(name, "too_many", format!("{name} has at most {most} entries"));
        }
        let mut list = Vec::new();
        for (position, value) in values.iter().enumerate().take(most) {
            match read(value) {
                Ok(value) => list.push(value),
                Err((code, message)) => self.refuse(&format!("{name}.{position}"), code, message),
            }
        }
        Sent::Is(list)
    }

    /// Takes over what is wrong in an object within this one.
    pub(crate) fn absorb(&mut self, inside: Form<'_>) {
        self.wrong.extend(inside.wrong);
    }

    /// Ends: everything that is wrong, or a warning for each field that nobody takes.
    pub(crate) fn finish(self) -> Result<Vec<Warning>, Failure> {
        if !self.wrong.is_empty() {
            return Err(Failure::invalid("VALIDATION_ERROR", self.wrong));
        }
        let unknown = self.fields.keys().filter(|name| !self.known.contains(&name.as_str()));
        let warning = |name: &String| Warning {
            code: "ignored_field".to_owned(),
            field: Some(name.clone()),
            message: "this field is not taken from a request; it was ignored".to_owned(),
        };
        Ok(unknown.map(warning).collect())
    }
}

/// A text of one line, trimmed, of so many characters.
pub(crate) fn line(
    name: &str,
    value: &Value,
    length: &RangeInclusive<usize>,
) -> Result<String, Refused> {
    text(name, value, length, |_| false)
}

fn text(
    name: &str,
    value: &Value,
    length: &RangeInclusive<usize>,
    may_be_in_it: impl Fn(char) -> bool,
) -> Result<String, Refused> {
    let not = || ("not_a_text", format!("{name} is a text"));
    let text = value.as_str().ok_or_else(not)?.trim();
    if text.chars().any(|letter| letter.is_control() && !may_be_in_it(letter)) {
        return Err(("control_characters", format!("{name} has characters that can't be in it")));
    }
    match text.chars().count() {
        0 if *length.start() > 0 => Err(("required", format!("{name} is empty"))),
        short if short < *length.start() => {
            Err(("too_short", format!("{name} has at least {} characters", length.start())))
        }
        long if long > *length.end() => {
            Err(("too_long", format!("{name} has at most {} characters", length.end())))
        }
        _ => Ok(text.to_owned()),
    }
}

/// A whole number in a range; 10.0 is one.
pub(crate) fn whole(
    name: &str,
    value: &Value,
    range: &RangeInclusive<i32>,
) -> Result<i32, Refused> {
    let number = value.as_f64().filter(|_| value.is_number());
    let number = number.ok_or_else(|| ("not_a_number", format!("{name} is a number")))?;
    if number.fract() != 0.0 {
        return Err(("not_whole", format!("{name} is a whole number")));
    }
    let (least, most) = (range.start(), range.end());
    if !(f64::from(*least)..=f64::from(*most)).contains(&number) {
        return Err(("out_of_range", format!("{name} is from {least} to {most}")));
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number within the range")]
    Ok(number as i32)
}
