//! TOML values as BSON, in the order of their keys.

use std::ops::Range;

use bson::raw::CString;
use bson::{RawArrayBuf, RawBson, RawDocumentBuf};
use toml_edit::{Datetime, TableLike, Value};

use super::extended_json::{self, JsonFault, WRAPPERS};
use super::keys::{Entry, Keys, Node};
use super::{Fault, Read};

/// A value that was given in one of two ways, and where it stands.
pub(super) struct Given<'t> {
    pub(super) entry: Entry<'t>,
    pub(super) value: RawBson,
}

/// The value of `key` as TOML, or that of `key_json` as extended JSON.
pub(super) fn optional<'t>(keys: &Keys<'t>, key: &str) -> Read<Option<Given<'t>>> {
    let json_key = format!("{key}_json");
    match (keys.optional(key), keys.optional(&json_key)) {
        (None, None) => Ok(None),
        (Some(entry), None) => {
            let value = entry.bson()?;
            Ok(Some(Given { entry, value }))
        }
        (None, Some(entry)) => {
            let value = entry.json()?;
            Ok(Some(Given { entry, value }))
        }
        (Some(entry), Some(json)) => {
            let message = format!("`{key}` and `{json_key}` say the same thing twice");
            Err(Fault::new(json.key_span, json.path, message)
                .related(entry.key_span, "also given here")
                .help("keep one of them"))
        }
    }
}

/// [`optional`], but one of the two must be there.
pub(super) fn required<'t>(keys: &Keys<'t>, key: &str) -> Read<Given<'t>> {
    optional(keys, key)?.ok_or_else(|| {
        keys.missing(key).help(format!("give `{key}`, or `{key}_json` for what TOML can't say"))
    })
}

/// An element of a list that was given.
pub(super) struct Element {
    pub(super) path: String,
    pub(super) span: Range<usize>,
    pub(super) value: RawBson,
}

impl Given<'_> {
    pub(super) fn fault(&self, message: impl Into<String>) -> Box<Fault> {
        self.entry.fault(message)
    }

    pub(super) fn into_document(self) -> Read<RawDocumentBuf> {
        match self.value {
            RawBson::Document(document) => Ok(document),
            _ => Err(self.entry.fault("must be a document")),
        }
    }

    /// The elements of a list, each with its path and place. A list in TOML has a place for each
    /// element, a string of JSON one for all.
    pub(super) fn into_list(self) -> Read<Vec<Element>> {
        let RawBson::Array(array) = self.value else {
            return Err(self.entry.fault("must be a list"));
        };
        let Entry { path, span, .. } = &self.entry;
        let spans: Vec<Range<usize>> =
            self.entry.items().unwrap_or_default().into_iter().map(|item| item.span).collect();
        let items = array.into_iter().flatten().map(RawBson::from).enumerate();
        Ok(items
            .map(|(number, value)| Element {
                path: format!("{path}[{number}]"),
                span: spans.get(number).unwrap_or(span).clone(),
                value,
            })
            .collect())
    }
}

impl Entry<'_> {
    /// The value as BSON: an integer becomes an int where it fits, else a long.
    pub(super) fn bson(&self) -> Read<RawBson> {
        match self.node() {
            Node::Value(Value::String(text)) => Ok(RawBson::String(text.value().clone())),
            Node::Value(Value::Integer(number)) => Ok(integer(*number.value())),
            Node::Value(Value::Float(number)) => Ok(RawBson::Double(*number.value())),
            Node::Value(Value::Boolean(flag)) => Ok(RawBson::Boolean(*flag.value())),
            Node::Value(Value::Datetime(time)) => self.date(time.value()),
            Node::Value(Value::InlineTable(table)) => self.document(table),
            Node::Table(table) => self.document(table),
            Node::Value(Value::Array(_)) | Node::Tables(_) => {
                let mut array = RawArrayBuf::new();
                for item in self.items()? {
                    array.push(item.bson()?);
                }
                Ok(RawBson::Array(array))
            }
        }
    }

    fn document(&self, table: &dyn TableLike) -> Read<RawBson> {
        if table.is_dotted() {
            return Err(self
                .fault("a dot in a TOML key without quotes makes a table in a table")
                .help("quote a dotted path, \"a.b\" = 1, or write the inner table with braces"));
        }
        let mut document = RawDocumentBuf::new();
        for entry in self.table()?.entries() {
            if WRAPPERS.contains(&entry.key) {
                return Err(Fault::new(
                    entry.key_span,
                    entry.path,
                    "extended JSON is not understood inside of TOML",
                )
                .help("write the value as a string of extended JSON, under the key with `_json`"));
            }
            let key = CString::try_from(entry.key)
                .map_err(|_| entry.fault("a key can't contain the NUL character"))?;
            document.append(key, entry.bson()?);
        }
        Ok(RawBson::Document(document))
    }

    fn date(&self, time: &Datetime) -> Read<RawBson> {
        let (Some(date), Some(clock), Some(offset)) = (time.date, time.time, time.offset) else {
            return Err(self
                .fault("a date or time without an offset means another moment at another place")
                .help("add an offset, as in 2024-05-01T00:00:00Z"));
        };
        let nanoseconds = clock.nanosecond.unwrap_or(0);
        if nanoseconds % 1_000_000 != 0 {
            return Err(self.fault("BSON dates hold milliseconds, the rest would be lost"));
        }
        let offset_minutes = match offset {
            toml_edit::Offset::Z => 0,
            toml_edit::Offset::Custom { minutes } => i64::from(minutes),
        };
        let local = bson::DateTime::builder()
            .year(i32::from(date.year))
            .month(date.month)
            .day(date.day)
            .hour(clock.hour)
            .minute(clock.minute)
            .second(clock.second.unwrap_or(0))
            .build()
            .map_err(|error| self.fault(format!("not a date: {error}")))?;
        let milliseconds = i64::from(nanoseconds / 1_000_000);
        let utc = local.timestamp_millis() + milliseconds - offset_minutes * 60_000;
        Ok(RawBson::DateTime(bson::DateTime::from_millis(utc)))
    }

    /// The value of a string of extended JSON.
    pub(super) fn json(&self) -> Read<RawBson> {
        let text = self.text()?;
        extended_json::parse(text).map_err(|fault| self.json_fault(text, fault))
    }

    /// Points into the string, where its text stands in the file as it is.
    fn json_fault(&self, text: &str, fault: JsonFault) -> Box<Fault> {
        let message = format!("not extended JSON: {}", fault.message);
        let Some((line, column)) = fault.place else { return self.fault(message) };
        let source = self.source();
        let found = source.find(text).filter(|_| !text.is_empty() && !text.contains('\r'));
        let Some(start) = found else {
            return self.fault(format!("{message} (line {line}, column {column} of the string)"));
        };
        let line_start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let at = self.span.start + start + line_start + column.saturating_sub(1);
        Fault::new(at..at + 1, self.path.clone(), message)
    }
}

/// The smallest type that holds the number, as the drivers of scripting languages choose.
pub(super) fn integer(number: i64) -> RawBson {
    i32::try_from(number).map_or(RawBson::Int64(number), RawBson::Int32)
}
