//! Each version of a quote that was sent, kept whole: collection `quote_versions`.
//!
//! The document is kept as its bytes (`raw`, a binary value): a quote may be nested so deeply that it
//! fits into no other document, and some values change when they are stored a second time elsewhere.

use bson::{Binary, Bson, DateTime, RawDocument, RawDocumentBuf, doc, spec::BinarySubtype};
use mongodb::ClientSession;

use super::{Store, author::Author};
use crate::failure::Failure;

/// The collection. One document for each quote and version.
pub const COLLECTION: &str = "quote_versions";

/// A version on its way.
#[derive(Debug, Clone)]
pub struct Sent<'a> {
    /// The quote.
    pub quote: &'a Bson,
    /// Which version.
    pub version: i32,
    /// The whole document as it was when it went.
    pub raw: &'a RawDocument,
    /// To which address.
    pub to: &'a str,
    /// When.
    pub at: DateTime,
}

impl Store {
    /// Keeps a version that goes out, in the same transaction. One that went before stays as it was
    /// then, and gets to know that it went again.
    ///
    /// # Errors
    ///
    /// When the database does not take it.
    pub async fn keep_version(
        &self,
        session: &mut ClientSession,
        author: &Author,
        sent: &Sent<'_>,
    ) -> Result<(), Failure> {
        let raw = Binary { subtype: BinarySubtype::Generic, bytes: sent.raw.as_bytes().to_vec() };
        let update = doc! {
            "$setOnInsert": { "raw": raw, "createdAt": sent.at },
            "$push": { "sent": { "at": sent.at, "by": author.id(), "to": sent.to } },
        };
        let filter = doc! { "quoteId": { "$eq": sent.quote }, "version": sent.version };
        let versions = self.collection(COLLECTION);
        let keep = versions.update_one(filter, update).upsert(true).session(session);
        self.call("keep the version that is sent", keep.into_future()).await?;
        Ok(())
    }

    /// A version as it was sent; `None` when that one never went.
    ///
    /// # Errors
    ///
    /// When the database does not answer, or what it holds is no document.
    pub async fn sent_version(
        &self,
        session: &mut ClientSession,
        quote: &Bson,
        version: i32,
    ) -> Result<Option<RawDocumentBuf>, Failure> {
        let filter = doc! { "quoteId": { "$eq": quote }, "version": version };
        let versions = self.collection(COLLECTION);
        let find = versions.find_one(filter).session(session);
        let found = self.call("read a version that was sent", find.into_future()).await?;
        let Some(found) = found else { return Ok(None) };
        let read = found.get_binary_generic("raw").map_err(anyhow::Error::new);
        let read = read.and_then(|bytes| Ok(RawDocumentBuf::from_bytes(bytes.clone())?));
        read.map(Some).map_err(|error| Failure::unexpected(error.context("read a kept version")))
    }
}
