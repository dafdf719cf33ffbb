//! Events that can be chosen: collection `events`, a few hundred documents.

mod editing;
mod pricing;

use std::{collections::HashMap, time::Duration};

use bson::{Document, RawDocumentBuf, doc, oid::ObjectId};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use mongodb::ClientSession;
use quotes_core::event::{Catalogue, CatalogueEvent};

use super::Store;
use crate::failure::Failure;

pub use editing::EventEdit;
pub use pricing::Price;

/// The collection.
pub const COLLECTION: &str = "events";
/// More are never read at once.
const EVENTS_MAX: i64 = 5_000;
/// Beyond it, a list takes too long.
const LIST_SECONDS_MAX: u64 = 2;
/// Quotes with an event are counted up to here.
pub const USES_MAX: u64 = 1_000;
/// In a list, which counts for many events at once, up to here.
pub const LISTED_USES_MAX: u64 = 100;
/// Counts that are under way at once.
const COUNTS_MAX: usize = 8;

impl Store {
    /// The events that a filter lets through, in no order.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn events(&self, filter: Document) -> Result<Vec<RawDocumentBuf>, Failure> {
        let events = self.database.collection::<RawDocumentBuf>(COLLECTION);
        let limit = Duration::from_secs(LIST_SECONDS_MAX);
        let find = async {
            events.find(filter).limit(EVENTS_MAX).max_time(limit).await?.try_collect().await
        };
        self.call("list events", find).await
    }

    /// One event.
    ///
    /// # Errors
    ///
    /// When there is none, or the database does not answer.
    pub async fn event(&self, id: ObjectId) -> Result<RawDocumentBuf, Failure> {
        let events = self.database.collection::<RawDocumentBuf>(COLLECTION);
        let find = events.find_one(doc! { "_id": id }).into_future();
        self.call("read an event", find).await?.ok_or_else(not_found)
    }

    /// The events of these ids, with what a price needs.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn chosen_events(&self, ids: &[ObjectId]) -> Result<Catalogue, Failure> {
        if ids.is_empty() {
            return Ok(Catalogue::default());
        }
        let store = self.clone();
        let read = move |ids: Vec<ObjectId>| {
            let store = store.clone();
            async move { store.events_of(ids).await }
        };
        Ok(self.events_asked.get(ids, read).await?.into_values().collect())
    }

    async fn events_of(
        &self,
        ids: Vec<ObjectId>,
    ) -> Result<HashMap<ObjectId, CatalogueEvent>, Failure> {
        let events = self.database.collection::<RawDocumentBuf>(COLLECTION);
        let projection =
            doc! { "name": 1, "pricing": 1, "isActive": 1, "minimumPeople": 1, "deletedAt": 1 };
        let find = async {
            let mut found =
                events.find(doc! { "_id": { "$in": &ids } }).projection(projection).await?;
            let mut chosen = HashMap::with_capacity(ids.len());
            while found.advance().await? {
                let event = CatalogueEvent::read(found.current());
                chosen.extend(event.id.map(|id| (id, event)));
            }
            Ok(chosen)
        };
        self.call("read the events to be priced", find).await
    }

    /// On how many quotes an event is, deleted ones too, up to a thousand.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn quotes_with_event(&self, id: ObjectId) -> Result<u64, Failure> {
        let quotes = self.collection("quotes");
        let count = quotes.count_documents(with_event(id)).limit(USES_MAX);
        self.call("count an event's quotes", count.into_future()).await
    }

    /// On how many quotes each event is, deleted ones too, up to a hundred.
    ///
    /// # Errors
    ///
    /// When the database does not answer in time.
    pub async fn quotes_with_events(
        &self,
        ids: &[ObjectId],
    ) -> Result<HashMap<ObjectId, u64>, Failure> {
        let quotes = self.collection("quotes");
        let count = |id: ObjectId| {
            let limit = Duration::from_secs(LIST_SECONDS_MAX);
            let count = quotes.count_documents(with_event(id)).limit(LISTED_USES_MAX);
            let count = count.max_time(limit).into_future();
            async move { Ok((id, self.call("count an event's quotes", count).await?)) }
        };
        stream::iter(ids.iter().copied()).map(count).buffered(COUNTS_MAX).try_collect().await
    }

    /// The same as a transaction sees it.
    async fn uses(&self, session: &mut ClientSession, id: ObjectId) -> Result<u64, Failure> {
        let quotes = self.collection("quotes");
        let count = quotes.count_documents(with_event(id)).limit(USES_MAX).session(session);
        self.call("count an event's quotes", count.into_future()).await
    }
}

/// Some quotes hold ids as text.
fn with_event(id: ObjectId) -> Document {
    doc! { "selectedEvents.eventId": { "$in": [id, id.to_hex()] } }
}

/// An event on a quote stays: what was sold stays known.
fn in_use(quotes: u64) -> Result<(), Failure> {
    let count = match quotes {
        0 => return Ok(()),
        1 => "1 quote has".to_owned(),
        USES_MAX.. => format!("{USES_MAX} quotes or more have"),
        several => format!("{several} quotes have"),
    };
    let message = format!("{count} this event; deactivate it instead");
    Err(Failure::conflict("EVENT_IN_USE", message))
}

/// There is no such event, or no such id.
pub(crate) fn not_found() -> Failure {
    Failure::not_found("EVENT_NOT_FOUND", "there is no such event")
}
