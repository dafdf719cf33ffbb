//! Reading a collection as fast as the driver can: raw replies, nothing parsed.

use anyhow::{Context as _, Result};
use bson::{RawDocument, RawDocumentBuf, doc, raw::RawBsonRef};
use futures_util::StreamExt as _;
use mongodb::Database;

/// Calls `see` with every document, in one cursor. Returns how many there were, and their bytes.
pub(crate) async fn read(
    database: &Database,
    collection: &str,
    mut see: impl FnMut(&RawDocument),
) -> Result<(u64, u64)> {
    let reading = || format!("read {collection}");
    let collection = database.collection::<RawDocumentBuf>(collection);
    let mut replies = collection.find(doc! {}).batch().await.with_context(reading)?;
    let (mut documents, mut bytes) = (0, 0);
    while let Some(reply) = replies.next().await {
        let reply = reply.with_context(reading)?;
        for document in reply.doc_slices().with_context(reading)? {
            if let RawBsonRef::Document(document) = document.with_context(reading)? {
                documents += 1;
                bytes += document.as_bytes().len() as u64;
                see(document);
            }
        }
    }
    Ok((documents, bytes))
}
