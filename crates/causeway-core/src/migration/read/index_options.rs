//! The options of `create_index`.

use bson::raw::CString;
use bson::{RawBson, RawDocument, RawDocumentBuf};

use super::keys::{Entry, Keys};
use super::value::{self, Given};
use super::{Read, near, query};
use crate::migration::error::Fault;

/// What the value of an option must be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Flag,
    Document,
    Text,
    /// An integer within these limits.
    Integer(i64, i64),
    /// An integer or a float.
    Number,
}

/// An option: its key in the file, its name at the server, its shape, and the kind of key that it
/// belongs to.
struct IndexOption(&'static str, &'static str, Shape, Option<&'static str>);

const OPTIONS: [IndexOption; 15] = [
    IndexOption("unique", "unique", Shape::Flag, None),
    IndexOption("sparse", "sparse", Shape::Flag, None),
    IndexOption("partial_filter", "partialFilterExpression", Shape::Document, None),
    IndexOption("expire_after_seconds", "expireAfterSeconds", Shape::Integer(0, 0x7fff_ffff), None),
    IndexOption("hidden", "hidden", Shape::Flag, None),
    IndexOption("collation", "collation", Shape::Document, None),
    IndexOption("weights", "weights", Shape::Document, Some("text")),
    IndexOption("default_language", "default_language", Shape::Text, Some("text")),
    IndexOption("language_override", "language_override", Shape::Text, Some("text")),
    IndexOption("text_index_version", "textIndexVersion", Shape::Integer(1, 3), Some("text")),
    IndexOption(
        "sphere_2d_version",
        "2dsphereIndexVersion",
        Shape::Integer(1, 3),
        Some("2dsphere"),
    ),
    IndexOption("bits", "bits", Shape::Integer(1, 32), Some("2d")),
    IndexOption("min", "min", Shape::Number, Some("2d")),
    IndexOption("max", "max", Shape::Number, Some("2d")),
    IndexOption("wildcard_projection", "wildcardProjection", Shape::Document, Some("$**")),
];

const COLLATION_KEYS: [&str; 9] = [
    "locale",
    "strength",
    "caseLevel",
    "caseFirst",
    "numericOrdering",
    "alternate",
    "maxVariable",
    "normalization",
    "backwards",
];

/// Every key that gives an option.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    OPTIONS.iter().map(|option| option.0).chain(["partial_filter_json"])
}

/// The options by the server's names, checked against each other and the keys.
pub(super) fn read(
    table: &Keys<'_>,
    keys: &RawDocument,
    keys_entry: &Entry<'_>,
) -> Read<RawDocumentBuf> {
    let mut options = RawDocumentBuf::new();
    for IndexOption(key, server_name, shape, belongs_to) in &OPTIONS {
        let Some(given) = value::optional(table, key)? else { continue };
        if let Some(kind) = belongs_to.filter(|kind| !has_kind(keys, kind)) {
            return Err(Fault::new(
                given.entry.key_span,
                given.entry.path,
                match kind {
                    "$**" => "only a wildcard index has this option".to_owned(),
                    kind => format!("only an index with a key of kind {kind:?} has this option"),
                },
            )
            .related(keys_entry.span.clone(), "the keys"));
        }
        if let Ok(name) = CString::try_from(*server_name) {
            options.append(name, checked(given, *shape, key)?);
        }
    }
    together(table, keys, keys_entry)?;
    Ok(options)
}

fn has_kind(keys: &RawDocument, kind: &str) -> bool {
    keys.iter().flatten().any(|(path, value)| match kind {
        "$**" => path.as_str().ends_with("$**"),
        _ => value.as_str() == Some(kind),
    })
}

fn checked(given: Given<'_>, shape: Shape, key: &str) -> Read<RawBson> {
    let fits = match (&given.value, shape) {
        (RawBson::Boolean(_), Shape::Flag)
        | (RawBson::String(_), Shape::Text)
        | (RawBson::Int32(_) | RawBson::Int64(_) | RawBson::Double(_), Shape::Number) => true,
        (RawBson::Int32(number), Shape::Integer(least, most)) => {
            (least..=most).contains(&i64::from(*number))
        }
        (RawBson::Document(document), Shape::Document) => {
            inside(&given, document, key)?;
            true
        }
        _ => false,
    };
    if fits {
        return Ok(given.value);
    }
    Err(match shape {
        Shape::Flag => given.entry.wrong_type("true or false"),
        Shape::Document => given.fault("must be a document"),
        Shape::Text => given.entry.wrong_type("a string"),
        Shape::Number => given.entry.wrong_type("a number"),
        Shape::Integer(least, most) => {
            given.fault(format!("must be a whole number from {least} to {most}"))
        }
    })
}

/// What can be wrong inside of an option that is a document.
fn inside(given: &Given<'_>, document: &RawDocument, key: &str) -> Read<()> {
    match key {
        "collation" => collation(given, document),
        "partial_filter" if document.is_empty() => {
            Err(given.fault("an empty partial filter leaves nothing out"))
        }
        "partial_filter" => match query::objection(document) {
            Some(objection) => Err(Fault::new(
                given.entry.span.clone(),
                format!("{}{}", given.entry.path, objection.path),
                objection.message,
            )),
            None => Ok(()),
        },
        _ if document.is_empty() => Err(given.fault("is empty")),
        _ => Ok(()),
    }
}

fn collation(given: &Given<'_>, document: &RawDocument) -> Read<()> {
    for (key, _) in document.iter().flatten() {
        if COLLATION_KEYS.contains(&key.as_str()) {
            continue;
        }
        let known = format!("known here: {}", COLLATION_KEYS.join(", "));
        let help = match near::nearest(key.as_str(), COLLATION_KEYS) {
            Some(meant) => format!("did you mean `{meant}`? {known}"),
            None => known,
        };
        let path = format!("{}.{key}", given.entry.path);
        return Err(Fault::new(given.entry.span.clone(), path, "unknown key").help(help));
    }
    match document.get_str("locale") {
        Ok(_) => Ok(()),
        Err(_) => Err(given.fault("a collation needs a locale, as in { locale = \"en\" }")),
    }
}

/// Options and keys that the server refuses beside each other.
fn together(table: &Keys<'_>, keys: &RawDocument, keys_entry: &Entry<'_>) -> Read<()> {
    let partial =
        table.optional("partial_filter").or_else(|| table.optional("partial_filter_json"));
    if let (Some(partial), Some(sparse)) = (partial, table.optional("sparse"))
        && sparse.flag()?
    {
        let message = "an index can't be both partial and sparse";
        return Err(Fault::new(partial.key_span, partial.path, message)
            .related(sparse.key_span, "sparse here")
            .help("say { \"$exists\" = true } in the partial filter"));
    }
    let several = keys.iter().count() > 1;
    if let Some(expiry) = table.optional("expire_after_seconds").filter(|_| several) {
        let message = "documents expire by one date, so the index must have one key";
        return Err(Fault::new(expiry.key_span, expiry.path, message)
            .related(keys_entry.span.clone(), "the keys"));
    }
    Ok(())
}
