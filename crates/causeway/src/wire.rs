//! Commands with raw values: ids and values go to the server as the bytes they were read as.
//!
//! The driver's documents would decode and encode them again, which changes some values, overflows
//! on deep ones, and can't tell 7 from 7.0 in a filter that has to.

use bson::raw::{RawBsonRef, cstr};
use bson::{RawArrayBuf, RawBson, RawDocument, RawDocumentBuf, rawdoc};
use causeway_core::splice;
use futures_util::StreamExt;
use mongodb::ClientSession;

use crate::failure::Failure;
use crate::target::Target;
use crate::transaction::BatchError;

/// Statements are sent in commands of about this size; the server takes 48 MB.
const COMMAND_BYTES_MAX: usize = 8 * 1024 * 1024;

/// One update of an `update` command.
#[derive(Debug)]
pub struct Statement {
    /// Which documents.
    pub filter: RawDocumentBuf,
    /// A modifier document, or a pipeline as a packed array.
    pub update: RawBson,
}

/// What an `update` command did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Updated {
    /// Documents that matched.
    pub matched: u64,
    /// Documents that were changed.
    pub modified: u64,
}

/// `{ _id: { $in: ids } }` with further conditions.
#[must_use]
pub fn ids_and(ids: &[Vec<u8>], conditions: &[(&str, RawDocumentBuf)]) -> RawDocumentBuf {
    let list = splice::packed_array(ids.iter().map(Vec::as_slice));
    let among = splice::packed_document(&splice::document(&[("$in", &list)]));
    let packed: Vec<(&str, Vec<u8>)> = conditions
        .iter()
        .map(|(name, condition)| (*name, splice::packed_document(condition)))
        .collect();
    let mut elements: Vec<(&str, &[u8])> = vec![("_id", &among)];
    elements.extend(packed.iter().map(|(name, condition)| (*name, condition.as_slice())));
    splice::document(&elements)
}

/// `{ _id: id }`.
#[must_use]
pub fn id_is(id: &[u8]) -> RawDocumentBuf {
    // `$eq`, for an _id that is a document must not be read as conditions.
    let equals = splice::packed_document(&splice::document(&[("$eq", id)]));
    splice::document(&[("_id", &equals)])
}

/// `{ $set: { field: value } }` of a packed value.
#[must_use]
pub fn set(field: &str, packed: &[u8]) -> RawBson {
    let fields = splice::document(&[(field, packed)]);
    RawBson::Document(rawdoc! { "$set": fields })
}

/// `{ $unset: { field: 1 } }`.
#[must_use]
pub fn unset(field: &str) -> RawBson {
    let fields = splice::document(&[(field, &[0x08, 1])]);
    RawBson::Document(rawdoc! { "$unset": fields })
}

/// A pipeline that replaces the whole document. A replacement document would have its empty
/// timestamps filled in; a literal in a pipeline is stored as it is.
#[must_use]
pub fn replace_with(document: RawDocumentBuf) -> RawBson {
    let mut stages = RawArrayBuf::new();
    stages.push(rawdoc! { "$replaceWith": { "$literal": document } });
    RawBson::Array(stages)
}

/// Runs updates in the session's transaction, past the collection's validator: the migration must
/// not stumble over documents that were invalid before.
///
/// # Errors
/// The server's; a write error of a statement is final.
pub async fn update(
    target: &Target,
    session: &mut ClientSession,
    (collection, comment): (&str, &str),
    statements: Vec<Statement>,
) -> Result<Updated, BatchError> {
    let mut total = Updated::default();
    let mut updates = RawArrayBuf::new();
    let mut bytes = 0;
    for statement in statements {
        let mut update = rawdoc! { "q": statement.filter };
        update.append(cstr!("u"), statement.update);
        update.append(cstr!("multi"), true);
        update.append(cstr!("hint"), rawdoc! { "_id": 1 });
        let size = update.as_bytes().len();
        if bytes > 0 && bytes + size > COMMAND_BYTES_MAX {
            let full = std::mem::replace(&mut updates, RawArrayBuf::new());
            total += send(target, session, (collection, comment), full).await?;
            bytes = 0;
        }
        bytes += size;
        updates.push(update);
    }
    if bytes > 0 {
        total += send(target, session, (collection, comment), updates).await?;
    }
    Ok(total)
}

async fn send(
    target: &Target,
    session: &mut ClientSession,
    (collection, comment): (&str, &str),
    updates: RawArrayBuf,
) -> Result<Updated, BatchError> {
    let command = rawdoc! {
        "update": collection,
        "updates": updates,
        "bypassDocumentValidation": true,
        "comment": comment,
    };
    let reply = target.database.run_raw_command(command).session(session).await?;
    if let Ok(errors) = reply.get_array("writeErrors") {
        let first = errors.first().and_then(bson::Bson::as_document);
        let text = first.and_then(|error| error.get_str("errmsg").ok()).unwrap_or("write error");
        return Err(Failure::unexpected(format!("failed to change documents of {collection}"))
            .because(text.to_owned())
            .into());
    }
    let count = |key: &str| u64::try_from(reply.get_i32(key).unwrap_or_default()).unwrap_or(0);
    Ok(Updated { matched: count("n"), modified: count("nModified") })
}

impl std::ops::AddAssign for Updated {
    fn add_assign(&mut self, other: Self) {
        self.matched += other.matched;
        self.modified += other.modified;
    }
}

/// Reads documents in the session's transaction.
///
/// # Errors
/// The server's, and those of `each`.
pub async fn find(
    target: &Target,
    session: &mut ClientSession,
    (collection, filter): (&str, RawDocumentBuf),
    projection: Option<RawDocumentBuf>,
    mut each: impl FnMut(&RawDocument) -> Result<(), BatchError>,
) -> Result<(), BatchError> {
    let mut command = rawdoc! { "find": collection, "filter": filter };
    if let Some(projection) = projection {
        command.append(cstr!("projection"), projection);
    }
    let mut cursor =
        target.database.run_raw_cursor_command(command).session(&mut *session).batch().await?;
    let mut replies = cursor.stream(session);
    while let Some(reply) = replies.next().await {
        let reply = reply?;
        for document in reply.doc_slices()? {
            match document {
                Ok(RawBsonRef::Document(document)) => each(document)?,
                Ok(_) => {}
                Err(error) => {
                    return Err(Failure::unexpected(format!("failed to read {collection}"))
                        .because(error)
                        .into());
                }
            }
        }
    }
    Ok(())
}
