//! What a value is, in words that give nothing of it away.

use bson::RawBsonRef;

/// `a text`, `null`, `a list of 3`: never the value itself, which may be somebody's name.
pub(crate) fn describe(value: RawBsonRef<'_>) -> String {
    let words = match value {
        RawBsonRef::Array(array) => return format!("a list of {}", array.into_iter().count()),
        RawBsonRef::Double(number) if number.is_nan() => "not a number (NaN)",
        RawBsonRef::Double(number) if number.is_infinite() => "an infinite number",
        RawBsonRef::Double(_)
        | RawBsonRef::Int32(_)
        | RawBsonRef::Int64(_)
        | RawBsonRef::Decimal128(_) => "a number out of range",
        RawBsonRef::String(text) if text.trim().is_empty() => "an empty text",
        RawBsonRef::String(_) => "a text",
        RawBsonRef::Document(_) => "a document",
        RawBsonRef::Boolean(_) => "a yes or no",
        RawBsonRef::Null => "null",
        RawBsonRef::ObjectId(_) => "an id",
        RawBsonRef::DateTime(_) => "a date out of range",
        RawBsonRef::Binary(_) => "binary data",
        _ => "a value of a rare type",
    };
    words.to_owned()
}
