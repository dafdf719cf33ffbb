//! The fields of one document, read one by one.

use bson::{RawBsonRef, RawDocument, oid::ObjectId};
use jiff::{Timestamp, civil, tz::TimeZone};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use super::{Mark, describe};
use crate::money::decimal_from_bson;

/// The fields of a document or of a document in it. What can't be read becomes a mark.
pub(crate) struct Fields<'a, 'm> {
    /// In the order of the document, gone through once; the first of two with the same name counts.
    fields: Vec<(&'a str, RawBsonRef<'a>)>,
    prefix: String,
    marks: &'m mut Vec<Mark>,
}

impl<'a, 'm> Fields<'a, 'm> {
    /// The fields of a whole document.
    pub(crate) fn of(document: &'a RawDocument, marks: &'m mut Vec<Mark>) -> Self {
        Self::within(document, String::new(), marks)
    }

    /// The fields of a document that lies at `prefix`, which ends with a point.
    pub(crate) fn within(
        document: &'a RawDocument,
        prefix: String,
        marks: &'m mut Vec<Mark>,
    ) -> Self {
        let mut fields = Vec::new();
        for element in document.iter_elements() {
            let Ok(element) = element else {
                // Nothing after a broken length can be found.
                marks.push(Mark { field: prefix.clone(), found: "broken bytes".to_owned() });
                break;
            };
            match element.value() {
                Ok(value) => fields.push((element.key().as_str(), value)),
                Err(_) => marks.push(Mark {
                    field: format!("{prefix}{}", element.key().as_str()),
                    found: "bytes that are no text".to_owned(),
                }),
            }
        }
        Self { fields, prefix, marks }
    }

    /// What is there, if it is neither absent nor null.
    pub(crate) fn get(&self, key: &str) -> Option<RawBsonRef<'a>> {
        self.any(key).filter(|value| !matches!(value, RawBsonRef::Null | RawBsonRef::Undefined))
    }

    /// What is there, null included.
    pub(crate) fn any(&self, key: &str) -> Option<RawBsonRef<'a>> {
        self.fields.iter().find(|(name, _)| *name == key).map(|(_, value)| *value)
    }

    /// Marks fields that are missing where every document has them.
    pub(crate) fn expect(&mut self, keys: &[&str]) {
        for key in keys {
            if self.get(key).is_none() {
                let found = self.any(key).map_or_else(|| "nothing".to_owned(), describe);
                self.mark_found(key, found);
            }
        }
    }

    pub(crate) fn mark(&mut self, key: &str) {
        let found = self.any(key).map_or_else(|| "nothing".to_owned(), describe);
        self.mark_found(key, found);
    }

    pub(crate) fn mark_found(&mut self, key: &str, found: impl Into<String>) {
        let field = format!("{}{key}", self.prefix);
        self.marks.push(Mark { field, found: found.into() });
    }

    /// The documents and other values of a list, with the marks to go on with.
    pub(crate) fn list(&mut self, key: &str) -> Vec<RawBsonRef<'a>> {
        match self.get(key) {
            None => Vec::new(),
            Some(RawBsonRef::Array(array)) => {
                array.into_iter().map(|value| value.unwrap_or(RawBsonRef::Undefined)).collect()
            }
            Some(_) => {
                self.mark(key);
                Vec::new()
            }
        }
    }

    /// The fields of a document in this one.
    pub(crate) fn inside(&mut self, key: &str) -> Option<Fields<'a, '_>> {
        match self.get(key)? {
            RawBsonRef::Document(document) => {
                let prefix = format!("{}{key}.", self.prefix);
                Some(Fields::within(document, prefix, self.marks))
            }
            _ => {
                self.mark(key);
                None
            }
        }
    }

    /// The fields of entry number `position` of a list.
    pub(crate) fn entry(
        &mut self,
        list: &str,
        position: usize,
        value: RawBsonRef<'a>,
    ) -> Option<Fields<'a, '_>> {
        if let RawBsonRef::Document(document) = value {
            let prefix = format!("{}{list}.{position}.", self.prefix);
            return Some(Fields::within(document, prefix, self.marks));
        }
        self.mark_found(&format!("{list}.{position}"), describe(value));
        None
    }

    pub(crate) fn text(&mut self, key: &str) -> Option<String> {
        self.read(key, |value| value.as_str().map(str::to_owned))
    }

    /// A yes or no; no when absent.
    pub(crate) fn flag(&mut self, key: &str) -> bool {
        self.read(key, RawBsonRef::as_bool).unwrap_or_default()
    }

    /// A whole number from 0 to `most`, whatever its type.
    pub(crate) fn whole(&mut self, key: &str, most: u32) -> Option<u32> {
        self.decimal(key).and_then(|number| {
            let whole = number.is_integer().then(|| number.to_u32()).flatten();
            let whole = whole.filter(|whole| *whole <= most);
            if whole.is_none() {
                self.mark(key);
            }
            whole
        })
    }

    /// A number; one that is a text is read, and marked.
    pub(crate) fn decimal(&mut self, key: &str) -> Option<Decimal> {
        let decimal = self.read(key, decimal_from_bson);
        if decimal.is_some() && matches!(self.get(key), Some(RawBsonRef::String(_))) {
            self.mark(key);
        }
        decimal
    }

    /// A date; one that is a text is read, and marked.
    pub(crate) fn date(&mut self, key: &str) -> Option<Timestamp> {
        let date = self.read(key, |value| match value {
            RawBsonRef::DateTime(date) => Timestamp::from_millisecond(date.timestamp_millis()).ok(),
            RawBsonRef::String(text) => date_from_text(text),
            _ => None,
        });
        if date.is_some() && matches!(self.get(key), Some(RawBsonRef::String(_))) {
            self.mark(key);
        }
        date
    }

    /// An id; one that is its 24 digits is read, and marked.
    pub(crate) fn object_id(&mut self, key: &str) -> Option<ObjectId> {
        let id = self.read(key, |value| match value {
            RawBsonRef::ObjectId(id) => Some(id),
            RawBsonRef::String(text) => ObjectId::parse_str(text).ok(),
            _ => None,
        });
        if id.is_some() && matches!(self.get(key), Some(RawBsonRef::String(_))) {
            self.mark(key);
        }
        id
    }

    /// What `read` makes of a value that is there; marks it when that is nothing.
    fn read<T>(&mut self, key: &str, read: impl FnOnce(RawBsonRef<'a>) -> Option<T>) -> Option<T> {
        let value = read(self.get(key)?);
        if value.is_none() {
            self.mark(key);
        }
        value
    }
}

/// A date or a moment as programs write them; a date alone is its midnight in UTC.
pub(crate) fn date_from_text(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let moment = text.parse::<Timestamp>().ok().or_else(|| {
        let date: civil::Date = text.parse().ok()?;
        date.to_zoned(TimeZone::UTC).ok().map(|midnight| midnight.timestamp())
    })?;
    // Documents keep milliseconds.
    Timestamp::from_millisecond(moment.as_millisecond()).ok()
}
