//! A quote's `_id`: an ObjectId, or what tools made.

use std::fmt;

use bson::{Binary, Bson, oid::ObjectId, spec::BinarySubtype};
use serde::{Serialize, Serializer};

/// A quote's `_id`, of any type.
#[derive(Debug, Clone, PartialEq)]
pub struct QuoteId(Bson);

impl QuoteId {
    /// The value as stored.
    pub fn as_bson(&self) -> &Bson {
        &self.0
    }

    /// The ObjectId, if it is one.
    pub fn as_object_id(&self) -> Option<ObjectId> {
        self.0.as_object_id()
    }

    /// What `text` from a URL can stand for, to be looked up with `$in`: the ObjectId of 24 hex digits,
    /// a number (one is enough: the server compares numbers by value), a UUID, the extended JSON of any
    /// other value, and always the string itself. What is malformed is simply not found.
    pub fn candidates(text: &str) -> Vec<Bson> {
        let mut candidates = vec![Bson::String(text.to_owned())];
        candidates.extend(ObjectId::parse_str(text).ok().map(Bson::ObjectId));
        candidates.extend(number(text));
        candidates.extend(uuid(text));
        if text.starts_with('{') {
            let json = serde_json::from_str::<serde_json::Value>(text).ok();
            candidates.extend(json.and_then(|json| Bson::try_from(json).ok()).filter(is_plain));
        }
        candidates
    }
}

impl From<ObjectId> for QuoteId {
    fn from(id: ObjectId) -> Self {
        Self(Bson::ObjectId(id))
    }
}

impl From<Bson> for QuoteId {
    fn from(id: Bson) -> Self {
        Self(id)
    }
}

/// The number that the text is, as it would be written: `7` and `7.5`, not `+7` and `inf`.
fn number(text: &str) -> Option<Bson> {
    if let Ok(whole) = text.parse::<i64>() {
        return (whole.to_string() == text).then_some(Bson::Int64(whole));
    }
    let number: f64 = text.parse().ok()?;
    (number.is_finite() && number.to_string() == text).then_some(Bson::Double(number))
}

/// A value that `$in` compares, and takes for no pattern and no operator.
fn is_plain(value: &Bson) -> bool {
    match value {
        Bson::Document(document) => document.keys().all(|key| !key.starts_with('$')),
        Bson::RegularExpression(_) | Bson::Undefined | Bson::Array(_) => false,
        _ => true,
    }
}

fn uuid(text: &str) -> Option<Bson> {
    let uuid = bson::Uuid::parse_str(text).ok()?;
    Some(Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: uuid.bytes().to_vec() }))
}

impl fmt::Display for QuoteId {
    /// As it stands in a URL: [`QuoteId::candidates`] reads it back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Bson::ObjectId(id) => write!(f, "{id}"),
            Bson::String(text) => f.write_str(text),
            Bson::Int32(number) => write!(f, "{number}"),
            Bson::Int64(number) => write!(f, "{number}"),
            Bson::Double(number) => write!(f, "{number}"),
            Bson::Decimal128(number) => write!(f, "{number}"),
            Bson::Binary(binary) => match binary.to_uuid() {
                Ok(uuid) => write!(f, "{uuid}"),
                Err(_) => write!(f, "{}", self.0.clone().into_relaxed_extjson()),
            },
            other => write!(f, "{}", other.clone().into_canonical_extjson()),
        }
    }
}

impl Serialize for QuoteId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::*;

    #[test]
    fn what_a_url_says_is_found_again() {
        let oid = ObjectId::parse_str("65a1b2c3d4e5f60718293a4b").unwrap();
        for id in [
            Bson::ObjectId(oid),
            "import-000000007".into(),
            "65a1b2c3d4e5f60718293a4b".into(),
            Bson::Double(7.5),
            Bson::Int64(1_000_000_000_000_000_007),
            Bson::Binary(bson::Uuid::from_bytes([7; 16]).into()),
            doc! { "tenant": "north", "quote": oid }.into(),
        ] {
            let text = QuoteId::from(id.clone()).to_string();
            assert!(QuoteId::candidates(&text).contains(&id), "{id} is not found by {text}");
        }
    }

    #[test]
    fn numbers_are_found_by_their_value() {
        assert!(QuoteId::candidates("7").contains(&Bson::Int64(7)));
        assert_eq!(QuoteId::candidates("+7"), ["+7".into()]);
        assert_eq!(QuoteId::candidates("inf"), ["inf".into()]);
        assert_eq!(QuoteId::candidates("{"), ["{".into()]);
    }

    #[test]
    fn what_a_query_would_act_on_is_text() {
        for text in [
            r#"{"$gt": ""}"#,
            r#"{"$regularExpression": {"pattern": "", "options": ""}}"#,
            r#"{"$undefined": true}"#,
        ] {
            assert_eq!(QuoteId::candidates(text), [text.into()]);
        }
    }
}
