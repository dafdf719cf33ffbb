//! One quote, found by what a URL calls it.

use std::time::Duration;

use bson::{Document, RawDocumentBuf, doc, oid::ObjectId};
use quotes_core::quote::QuoteId;

use super::Store;
use crate::failure::Failure;

const READ_TIME_MAX: Duration = Duration::from_secs(2);

impl Store {
    /// The quote of this `_id`, whatever its type, or of this reference if no other has the same.
    ///
    /// # Errors
    ///
    /// 503 without a database. That there is no such quote is no error.
    pub async fn find_quote(&self, text: &str) -> Result<Option<RawDocumentBuf>, Failure> {
        if let Ok(id) = ObjectId::parse_str(text)
            && let Some(found) = self.quote_where(doc! { "_id": id }).await?
        {
            return Ok(Some(found));
        }
        let one_of = doc! { "$in": QuoteId::candidates(text) };
        if let Some(found) = self.quote_where(doc! { "_id": one_of }).await? {
            return Ok(Some(found));
        }
        match self.id_of_reference(text).await? {
            Some(id) => self.quote_where(doc! { "_id": { "$eq": id } }).await,
            None => Ok(None),
        }
    }

    async fn quote_where(&self, filter: Document) -> Result<Option<RawDocumentBuf>, Failure> {
        let quotes = self.raw_quotes();
        let find = quotes.find_one(filter).max_time(READ_TIME_MAX);
        self.call("read the quote", find.into_future()).await
    }
}
