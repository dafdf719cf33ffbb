//! What collections are without the fence: for whoever plans, backs up or changes a validator.

use bson::{Document, RawDocumentBuf, doc, rawdoc};
use causeway_core::element::find;
use causeway_core::splice::{self, Edit, Place};

use super::{Fence, ID, find as find_collection, is_fenced, locks, read};
use crate::failure::{Attempt, Result};
use crate::inventory::collections::raw_cursor;
use crate::target::Target;

/// What `listCollections` answers, with the options that fenced collections had before.
pub(crate) async fn listed(target: &Target, command: Document) -> Result<Vec<RawDocumentBuf>> {
    let mut listed = raw_cursor(target, command, "listCollections").await?;
    let any = listed.iter().any(|it| it.get_document("options").is_ok_and(is_fenced));
    if !any {
        return Ok(listed);
    }
    let Some(fence) = read(target).await? else { return Ok(listed) };
    for one in &mut listed {
        if let Some(former) = former(&fence, one) {
            *one = with_options(one, &former)?;
        }
    }
    Ok(listed)
}

fn former(fence: &Fence, listed: &RawDocumentBuf) -> Option<RawDocumentBuf> {
    let name = listed.get_str("name").ok()?;
    let is_fenced = listed.get_document("options").is_ok_and(is_fenced);
    let fenced = fence.collections.iter().find(|it| it.name == name).filter(|_| is_fenced)?;
    Some(fenced.options.clone())
}

fn with_options(listed: &RawDocumentBuf, options: &RawDocumentBuf) -> Result<RawDocumentBuf> {
    put(listed, "options", &rawdoc! { "options": options.clone() })
}

/// The document with the field of that name as it is in `from`.
fn put(document: &RawDocumentBuf, name: &str, from: &RawDocumentBuf) -> Result<RawDocumentBuf> {
    let reading = || "read the options of a collection".to_owned();
    let packed = find(from, name).attempt(reading)?.map(|it| it.packed_value()).unwrap_or_default();
    let edit = Edit::Put { name, packed: &packed, after: Place::First };
    splice::apply(document, &[edit]).attempt(reading)
}

/// Has another validator come back when the fence is lifted; false where the collection is not fenced.
///
/// # Errors
/// When the server refuses.
pub(crate) async fn replace_former(
    target: &Target,
    collection: &str,
    validator: &RawDocumentBuf,
) -> Result<bool> {
    let Some(fence) = read(target).await? else { return Ok(false) };
    let found = find_collection(target, collection).await?;
    let uuid = found.filter(|it| is_fenced(&it.options)).map(|it| it.uuid);
    let fenced = fence.collections.into_iter().find(|it| it.name == collection);
    let Some(mut fenced) = fenced.filter(|it| Some(&it.uuid) == uuid.as_ref()) else {
        return Ok(false);
    };
    fenced.options =
        put(&fenced.options, "validator", &rawdoc! { "validator": validator.clone() })?;
    let options = fenced.document().remove("options");
    locks(target)
        .update_one(
            doc! { "_id": ID, "collections.name": collection },
            doc! { "$set": { "collections.$.options": options } },
        )
        .await
        .attempt(|| format!("keep the validator of {collection} behind the fence"))?;
    Ok(true)
}
