//! Values as JSON shows them.

use bson::{Bson, DateTime, RawBsonRef, oid::ObjectId};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Number, Value, json};

/// An ObjectId as its 24 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShownId(pub(crate) ObjectId);

impl Serialize for ShownId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A moment as browsers write it: `2026-05-31T00:00:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}

/// The moment that a stored value is; none when it is no date, or one that nobody can write.
pub(crate) fn moment(value: Option<&Bson>) -> Option<Moment> {
    written(*value.and_then(Bson::as_datetime)?)
}

/// The same of a value that was not taken out of its document.
pub(crate) fn date(value: RawBsonRef<'_>) -> Option<Moment> {
    value.as_datetime().and_then(written)
}

fn written(date: DateTime) -> Option<Moment> {
    Timestamp::from_millisecond(date.timestamp_millis()).ok().map(Moment)
}

/// The number that a stored value is.
pub(crate) fn number(value: Option<&Bson>) -> Option<Number> {
    match plain(value?) {
        Value::Number(number) => Some(number),
        _ => None,
    }
}

/// A stored value without types: ids and dates are texts.
pub(crate) fn plain(value: &Bson) -> Value {
    match value {
        Bson::ObjectId(id) => id.to_hex().into(),
        Bson::DateTime(_) => json!(moment(Some(value))),
        Bson::Array(values) => values.iter().map(plain).collect(),
        Bson::Document(document) => {
            document.iter().map(|(key, value)| (key.clone(), plain(value))).collect()
        }
        Bson::String(text) => text.as_str().into(),
        Bson::Boolean(flag) => (*flag).into(),
        Bson::Int32(number) => (*number).into(),
        Bson::Int64(number) => (*number).into(),
        Bson::Double(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
        _ => Value::Null,
    }
}
