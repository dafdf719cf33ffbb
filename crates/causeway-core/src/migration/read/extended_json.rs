//! Extended JSON, relaxed and canonical, as BSON in the order of its keys.
//!
//! Stricter than the driver's reading: a key that stands twice is refused instead of dropped.

use std::fmt;

use bson::oid::ObjectId;
use bson::raw::CString;
use bson::{
    Binary, DateTime, RawArrayBuf, RawBson, RawDocumentBuf, RawJavaScriptCodeWithScope, Regex,
    Timestamp,
};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::value::integer;

/// The keys that make a JSON object a value of a BSON type.
pub(super) const WRAPPERS: [&str; 16] = [
    "$oid",
    "$date",
    "$numberInt",
    "$numberLong",
    "$numberDouble",
    "$numberDecimal",
    "$binary",
    "$uuid",
    "$regularExpression",
    "$timestamp",
    "$code",
    "$minKey",
    "$maxKey",
    "$symbol",
    "$undefined",
    "$dbPointer",
];

/// What is wrong with a text, and where: line and column in bytes, both from 1.
#[derive(Debug)]
pub(super) struct JsonFault {
    pub(super) message: String,
    pub(super) place: Option<(usize, usize)>,
}

/// Reads one value.
pub(super) fn parse(text: &str) -> Result<RawBson, JsonFault> {
    let json: Json = serde_json::from_str(text).map_err(|error| {
        let place = (error.line(), error.column());
        let message = error.to_string();
        let suffix = format!(" at line {} column {}", place.0, place.1);
        let message = message.strip_suffix(&suffix).unwrap_or(&message).to_owned();
        JsonFault { message, place: (place.0 > 0).then_some(place) }
    })?;
    json.into_bson().map_err(|message| JsonFault { message, place: None })
}

/// JSON with the order of its keys.
#[derive(Debug)]
enum Json {
    Null,
    Bool(bool),
    Integer(i64),
    Double(f64),
    String(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Json, E> {
        Ok(Json::Bool(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Integer(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Json, E> {
        i64::try_from(number)
            .map(Json::Integer)
            .map_err(|_| E::custom(format!("{number} is too large for a long, use $numberDecimal")))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Json, E> {
        Ok(Json::Double(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element()? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut object: Vec<(String, Json)> = Vec::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.iter().any(|(other, _)| *other == key) {
                return Err(A::Error::custom(format!("key {key:?} stands twice")));
            }
            object.push((key, entries.next_value()?));
        }
        Ok(Json::Object(object))
    }
}

impl Json {
    fn into_bson(self) -> Result<RawBson, String> {
        Ok(match self {
            Json::Null => RawBson::Null,
            Json::Bool(flag) => RawBson::Boolean(flag),
            Json::Integer(number) => integer(number),
            Json::Double(number) => RawBson::Double(number),
            Json::String(text) => RawBson::String(text),
            Json::Array(items) => {
                let mut array = RawArrayBuf::new();
                for item in items {
                    array.push(item.into_bson()?);
                }
                RawBson::Array(array)
            }
            Json::Object(entries) => {
                match entries.iter().find(|(key, _)| WRAPPERS.contains(&key.as_str())) {
                    Some((wrapper, _)) => {
                        let wrapper = wrapper.clone();
                        wrapped(&wrapper, entries)?
                    }
                    None => RawBson::Document(document(entries)?),
                }
            }
        })
    }

    fn string(&self, key: &str) -> Result<&str, String> {
        match self {
            Json::String(text) => Ok(text),
            _ => Err(format!("{key} must be a string")),
        }
    }
}

fn document(entries: Vec<(String, Json)>) -> Result<RawDocumentBuf, String> {
    let mut document = RawDocumentBuf::new();
    for (key, value) in entries {
        let key = CString::try_from(key)
            .map_err(|_| "a key can't contain the NUL character".to_owned())?;
        document.append(key, value.into_bson()?);
    }
    Ok(document)
}

/// A value of a type that JSON doesn't have.
fn wrapped(wrapper: &str, mut entries: Vec<(String, Json)>) -> Result<RawBson, String> {
    if wrapper == "$code" && entries.len() == 2 {
        return code_with_scope(entries);
    }
    let Some((_, content)) = entries.pop().filter(|_| entries.is_empty()) else {
        return Err(format!("{wrapper} can't have other keys beside it"));
    };
    let bad = |what: &str| format!("{wrapper} must be {what}");
    match wrapper {
        "$oid" => ObjectId::parse_str(content.string(wrapper)?)
            .map(RawBson::ObjectId)
            .map_err(|_| bad("24 hex digits")),
        "$date" => date(&content),
        "$numberInt" => number(wrapper, &content, RawBson::Int32),
        "$numberLong" => number(wrapper, &content, RawBson::Int64),
        "$numberDouble" => double(&content),
        "$numberDecimal" => number(wrapper, &content, RawBson::Decimal128),
        "$binary" => binary(content),
        "$uuid" => bson::Uuid::parse_str(content.string(wrapper)?)
            .map(|uuid| RawBson::Binary(uuid.into()))
            .map_err(|_| bad("a UUID")),
        "$regularExpression" => regular_expression(content),
        "$timestamp" => timestamp(content),
        "$code" => Ok(RawBson::JavaScriptCode(content.string(wrapper)?.to_owned())),
        "$symbol" => Ok(RawBson::Symbol(content.string(wrapper)?.to_owned())),
        "$minKey" if matches!(content, Json::Integer(1)) => Ok(RawBson::MinKey),
        "$maxKey" if matches!(content, Json::Integer(1)) => Ok(RawBson::MaxKey),
        "$undefined" if matches!(content, Json::Bool(true)) => Ok(RawBson::Undefined),
        "$minKey" | "$maxKey" => Err(bad("1")),
        "$undefined" => Err(bad("true")),
        _ => Err(format!("{wrapper} is a type that servers no longer write")),
    }
}

/// The numeric wrappers hold their number as a string.
fn number<T: std::str::FromStr>(
    wrapper: &str,
    content: &Json,
    make: impl Fn(T) -> RawBson,
) -> Result<RawBson, String> {
    let text = content.string(wrapper)?;
    text.parse().map(make).map_err(|_| format!("{wrapper} can't be {text:?}"))
}

fn double(content: &Json) -> Result<RawBson, String> {
    match content.string("$numberDouble")? {
        "Infinity" => Ok(RawBson::Double(f64::INFINITY)),
        "-Infinity" => Ok(RawBson::Double(f64::NEG_INFINITY)),
        "NaN" => Ok(RawBson::Double(f64::NAN)),
        _ => number("$numberDouble", content, RawBson::Double),
    }
}

fn date(content: &Json) -> Result<RawBson, String> {
    match content {
        Json::String(text) => DateTime::parse_rfc3339_str(text)
            .map(RawBson::DateTime)
            .map_err(|_| format!("$date can't be {text:?}, write 2024-05-01T00:00:00Z")),
        Json::Object(entries) => match entries.as_slice() {
            [(key, Json::String(text))] if key == "$numberLong" => text
                .parse()
                .map(|milliseconds| RawBson::DateTime(DateTime::from_millis(milliseconds)))
                .map_err(|_| format!("$date can't be {text:?} milliseconds")),
            _ => Err("$date must be a string or a $numberLong".to_owned()),
        },
        _ => Err("$date must be a string or a $numberLong".to_owned()),
    }
}

/// The values of exactly these two keys, in any order.
fn pair(wrapper: &str, content: Json, keys: [&str; 2]) -> Result<[Json; 2], String> {
    let wrong = || format!("{wrapper} must be an object with {} and {}", keys[0], keys[1]);
    let Json::Object(entries) = content else { return Err(wrong()) };
    let mut entries = entries.into_iter();
    match (entries.next(), entries.next(), entries.next()) {
        (Some((a, first)), Some((b, second)), None) if a == keys[0] && b == keys[1] => {
            Ok([first, second])
        }
        (Some((a, first)), Some((b, second)), None) if a == keys[1] && b == keys[0] => {
            Ok([second, first])
        }
        _ => Err(wrong()),
    }
}

fn binary(content: Json) -> Result<RawBson, String> {
    let [base64, subtype] = pair("$binary", content, ["base64", "subType"])?;
    let subtype = u8::from_str_radix(subtype.string("subType")?, 16)
        .map_err(|_| "subType must be one or two hex digits".to_owned())?;
    Binary::from_base64(base64.string("base64")?, Some(subtype.into()))
        .map(RawBson::Binary)
        .map_err(|_| "base64 is malformed".to_owned())
}

fn regular_expression(content: Json) -> Result<RawBson, String> {
    let [pattern, options] = pair("$regularExpression", content, ["pattern", "options"])?;
    let pattern = CString::try_from(pattern.string("pattern")?);
    // BSON wants the options in the order of the alphabet.
    let mut letters: Vec<char> = options.string("options")?.chars().collect();
    letters.sort_unstable();
    let options = CString::try_from(letters.into_iter().collect::<String>());
    match (pattern, options) {
        (Ok(pattern), Ok(options)) => Ok(RawBson::RegularExpression(Regex { pattern, options })),
        _ => Err("$regularExpression can't contain the NUL character".to_owned()),
    }
}

fn timestamp(content: Json) -> Result<RawBson, String> {
    let [time, increment] = pair("$timestamp", content, ["t", "i"])?;
    let part = |json| match json {
        Json::Integer(number) => u32::try_from(number).ok(),
        _ => None,
    };
    match (part(time), part(increment)) {
        (Some(time), Some(increment)) => Ok(RawBson::Timestamp(Timestamp { time, increment })),
        _ => Err("t and i of $timestamp must be integers of 32 bits".to_owned()),
    }
}

fn code_with_scope(entries: Vec<(String, Json)>) -> Result<RawBson, String> {
    let [code, scope] = pair("$code", Json::Object(entries), ["$code", "$scope"])?;
    let Json::Object(scope) = scope else { return Err("$scope must be an object".to_owned()) };
    Ok(RawBson::JavaScriptCodeWithScope(RawJavaScriptCodeWithScope {
        code: code.string("$code")?.to_owned(),
        scope: document(scope)?,
    }))
}
