//! Finding quotes by what they are called: their reference or their id.

use bson::{Bson, Document, RawDocumentBuf, doc, oid::ObjectId};
use futures_util::TryStreamExt as _;
use mongodb::options::Hint;
use quotes_core::quote::{QuoteId, Reference};

use super::{LIST_TIME_MAX, QUOTES, index::Index, indexes::Present, projection::projection};
use crate::{
    failure::Failure,
    store::{Fault, Store},
};

/// So many quotes with ids that tools made are looked through for a reference.
const ODD_IDS_MAX: i64 = 100_000;
const FOUND_MAX: i64 = 100;

type Found = Result<Result<Vec<RawDocumentBuf>, Fault>, Failure>;

impl Store {
    /// The quotes of this reference or id, mostly none or one.
    pub(super) async fn named(&self, filter: &Document, text: &str, present: &Present) -> Found {
        if let Ok(id) = ObjectId::parse_str(text) {
            return self.these(filter, doc! { "_id": id }, None).await;
        }
        let Some(reference) = Reference::parse(text) else { return Ok(Ok(Vec::new())) };
        let index = present.name(Index::Reference);
        let stored = doc! { "reference": reference.as_str() };
        if index.is_some() {
            match self.these(filter, stored, index).await? {
                Ok(found) if found.is_empty() => {}
                done => return Ok(done),
            }
        }
        // The application before this one writes none, and only an ObjectId has one to be stored.
        match reference.as_str().split_at_checked(1) {
            Some(("Q", digits)) => self.these(filter, ends_with(digits), index).await,
            _ => self.odd(filter, &reference, index).await,
        }
    }

    /// The `_id` of the only quote of a reference.
    pub(in crate::store) async fn id_of_reference(
        &self,
        text: &str,
    ) -> Result<Option<Bson>, Failure> {
        if Reference::parse(text).is_none() {
            return Ok(None);
        }
        let present = self.list_indexes_present().await?;
        if present.name(Index::Reference).is_none() {
            return Ok(None);
        }
        let named = self.named(&Document::new(), text, &present).await?;
        let named = match named {
            Err(fault) if fault.is_out_of_time() => return Ok(None),
            named => named.map_err(|fault| fault.failure("find a quote by its reference"))?,
        };
        let [only] = named.as_slice() else { return Ok(None) };
        Ok(only.get("_id").ok().flatten().and_then(|id| Bson::try_from(id).ok()))
    }

    async fn these(&self, filter: &Document, these: Document, index: Option<&str>) -> Found {
        let mut query = filter.clone();
        query.extend(these);
        let quotes = self.raw_quotes();
        let mut find =
            quotes.find(query).projection(projection()).limit(FOUND_MAX).max_time(LIST_TIME_MAX);
        if let Some(index) = index {
            find = find.hint(Hint::Name(index.to_owned()));
        }
        let read = async { find.await?.try_collect().await };
        Ok(self.attempt("find quotes by their reference", read).await?.map_err(Fault::of))
    }

    /// Quotes whose ids are no ObjectIds: their references are computed here.
    async fn odd(&self, filter: &Document, reference: &Reference, index: Option<&str>) -> Found {
        let odd = doc! { "reference": null, "_id": { "$not": { "$type": "objectId" } } };
        let quotes = self.collection(QUOTES);
        let mut find = quotes
            .find(odd)
            .projection(doc! { "_id": 1 })
            .limit(ODD_IDS_MAX)
            .max_time(LIST_TIME_MAX);
        if let Some(index) = index {
            find = find.hint(Hint::Name(index.to_owned()));
        }
        let read = async { find.await?.try_collect().await };
        let odd: Vec<Document> = match self.attempt("look through odd ids", read).await? {
            Ok(odd) => odd,
            Err(error) => return Ok(Err(Fault::of(error))),
        };
        let ids = odd.into_iter().filter_map(|mut quote| quote.remove("_id"));
        let called = |id: &Bson| Reference::of(&QuoteId::from(id.clone())) == *reference;
        let ids: Vec<Bson> = ids.filter(called).collect();
        self.these(filter, doc! { "_id": { "$in": ids } }, None).await
    }
}

/// ObjectIds with these last digits, of quotes without a stored reference.
fn ends_with(digits: &str) -> Document {
    let hex = doc! { "$convert": { "input": "$_id", "to": "string", "onError": "", "onNull": "" } };
    let last = doc! { "$substrCP": [hex, 16, 8] };
    doc! {
        "reference": null,
        "_id": { "$type": "objectId" },
        "$expr": { "$eq": [last, digits.to_ascii_lowercase()] },
    }
}
