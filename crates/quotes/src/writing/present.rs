//! A quote as it stands, read in the transaction that changes it.

use bson::{RawDocumentBuf, doc};
use mongodb::ClientSession;
use quotes_core::quote::{Quote, QuoteId};

use crate::{
    failure::Failure,
    store::{Store, author::Author},
};

/// The collection.
pub(super) const QUOTES: &str = "quotes";

/// A quote as it stands.
#[derive(Debug, Clone)]
pub struct Present {
    /// Its bytes.
    pub raw: RawDocumentBuf,
    /// What they say.
    pub quote: Quote,
}

impl From<RawDocumentBuf> for Present {
    fn from(raw: RawDocumentBuf) -> Self {
        let quote = Quote::read(&raw);
        Self { raw, quote }
    }
}

impl Present {
    /// Reads the quote with this id, as it stands in a URL, for `author` to change it.
    ///
    /// # Errors
    ///
    /// 404 when there is none, or none that this author may see.
    pub(super) async fn read(
        store: &Store,
        session: &mut ClientSession,
        (author, id): (&Author, &str),
    ) -> Result<Self, Failure> {
        let filter = doc! { "_id": { "$in": QuoteId::candidates(id) } };
        let quotes = store.raw(QUOTES);
        let find = quotes.find_one(filter).session(session);
        let found = store.call("read the quote", find.into_future()).await?;
        let present = found.map(Self::from).ok_or_else(no_such_quote)?;
        match author.principal.run() {
            Some(run) if present.quote.made_by_run.as_deref() != Some(run) => Err(no_such_quote()),
            _ => Ok(present),
        }
    }
}

fn no_such_quote() -> Failure {
    Failure::not_found("QUOTE_NOT_FOUND", "there is no quote of this id")
}
