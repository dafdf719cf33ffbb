//! Each version of a quote that was sent, kept whole: collection `quote_versions`.
//!
//! The document is kept as its bytes (`raw`, a binary value): a quote may be nested so deeply that it
//! fits into no other document, and some values change when they are stored a second time elsewhere.

use bson::{
    Binary, Bson, DateTime, Document, RawDocument, RawDocumentBuf, doc, spec::BinarySubtype,
};
use futures_util::TryStreamExt as _;
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
    pub version: u32,
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
        let filter = doc! { "quoteId": { "$eq": sent.quote }, "version": number(sent.version) };
        let versions = self.collection(COLLECTION);
        let keep = versions.update_one(filter, update).upsert(true).session(session);
        self.call("keep the version that is sent", keep.into_future()).await?;
        Ok(())
    }

    /// The last two versions that were sent, the latest first, by their numbers. Of one that is damaged
    /// there is only the number: a letter can be written without it.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn sent_versions(
        &self,
        quote: &Bson,
    ) -> Result<Vec<(u32, Option<RawDocumentBuf>)>, Failure> {
        let versions = self.collection(COLLECTION);
        let find = versions
            .find(doc! { "quoteId": { "$eq": quote } })
            .sort(doc! { "version": -1 })
            .limit(2);
        let read = async { find.await?.try_collect::<Vec<Document>>().await };
        let found = self.call("read the versions that were sent", read).await?;
        let readable = |version| match kept(version) {
            Ok(quote) => Some(quote),
            Err(failure) => {
                let cause = format!("{:#}", failure.into_cause());
                tracing::warn!(cause, "a version that was sent is damaged");
                None
            }
        };
        let version = |it: &Document| {
            let number = it.get_i32("version").map(i64::from).or_else(|_| it.get_i64("version"));
            number.ok().and_then(|number| u32::try_from(number).ok()).unwrap_or_default()
        };
        Ok(found.iter().map(|it| (version(it), readable(it))).collect())
    }
}

/// The quote in what is kept of it.
pub(super) fn kept(version: &Document) -> Result<RawDocumentBuf, Failure> {
    let read = version.get_binary_generic("raw").map_err(anyhow::Error::new);
    let read = read.and_then(|bytes| Ok(RawDocumentBuf::from_bytes(bytes.clone())?));
    read.map_err(|error| Failure::unexpected(error.context("read a kept version")))
}

/// A version as it is stored: an `int`, as long as that can be.
pub(super) fn number(version: u32) -> Bson {
    i32::try_from(version).map_or(Bson::Int64(version.into()), Bson::Int32)
}
