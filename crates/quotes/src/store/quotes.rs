//! One quote, found by what a URL calls it.

use std::{collections::HashMap, time::Duration};

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
            && let Some(found) = self.quote_of(id).await?
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

    async fn quote_of(&self, id: ObjectId) -> Result<Option<RawDocumentBuf>, Failure> {
        let store = self.clone();
        let read = move |ids: Vec<ObjectId>| {
            let store = store.clone();
            async move { store.quotes_of(ids).await }
        };
        let mut found = self.quotes_asked.get(&[id], read).await?;
        Ok(found.remove(&id))
    }

    async fn quotes_of(
        &self,
        ids: Vec<ObjectId>,
    ) -> Result<HashMap<ObjectId, RawDocumentBuf>, Failure> {
        let quotes = self.raw_quotes();
        let filter = match ids.as_slice() {
            [only] => doc! { "_id": only },
            several => doc! { "_id": { "$in": several } },
        };
        let find = async {
            let mut found = quotes.find(filter).max_time(READ_TIME_MAX).await?;
            let mut quotes = HashMap::with_capacity(ids.len());
            while found.advance().await? {
                let quote = found.current();
                if let Ok(id) = quote.get_object_id("_id") {
                    quotes.insert(id, quote.to_owned());
                }
            }
            Ok(quotes)
        };
        self.call("read the quote", find).await
    }

    async fn quote_where(&self, filter: Document) -> Result<Option<RawDocumentBuf>, Failure> {
        let quotes = self.raw_quotes();
        let find = quotes.find_one(filter).max_time(READ_TIME_MAX);
        self.call("read the quote", find.into_future()).await
    }
}
