//! Which documents a step still has to change, as a filter, and whether there are any.

use bson::{Document, RawDocumentBuf, doc};
use causeway_core::migration::Step;

use super::add_field::not_of_type;
use super::computed::pending;
use crate::context::Context;
use crate::failure::{Attempt, Result};

/// Documents that a step still has to change; none for a step that changes no documents.
#[must_use]
pub fn to_do(step: &Step) -> Option<RawDocumentBuf> {
    match step {
        Step::AddField(step) => Some(not_of_type(step.field.as_str(), step.bson_type)),
        Step::RemoveField(step) => Some(exists(step.field.as_str())),
        Step::RenameField(step) => Some(exists(step.from.as_str())),
        Step::SetComputed(step) => Some(pending(step)),
        Step::CreateIndex(_) | Step::DropIndex(_) | Step::ExtendEnum(_) => None,
    }
}

fn exists(field: &str) -> RawDocumentBuf {
    let exists = causeway_core::splice::packed_document(&bson::rawdoc! { "$exists": true });
    causeway_core::splice::document(&[(field, &exists)])
}

/// Whether a document matches the filter.
///
/// # Errors
/// When the database can't be read.
pub async fn finds(context: &Context, collection: &str, filter: &RawDocumentBuf) -> Result<bool> {
    let looking = || format!("look for documents of {collection} that still need the change");
    let filter = Document::try_from(filter).attempt(looking)?;
    let found = context
        .target
        .database
        .collection::<RawDocumentBuf>(collection)
        .find_one(filter)
        .projection(doc! { "_id": 1 })
        .await
        .attempt(looking)?;
    Ok(found.is_some())
}
