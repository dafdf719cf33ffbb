//! How much the new feature is used: events on quotes.

use std::time::Duration;

use bson::{DateTime, Document, doc, oid::ObjectId};
use futures_util::try_join;

use crate::{
    failure::Failure,
    store::{Fault, Store},
};

/// A count that takes longer is left out.
const COUNT_MILLIS_MAX: u64 = 1_000;

/// What there is to say of it. What could not be counted in time is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Adoption {
    /// Quotes with events.
    pub with_events: Option<u64>,
    /// All quotes.
    pub quotes: Option<u64>,
    /// Quotes made since the migration.
    pub made_since: Option<u64>,
    /// Those of them that have events.
    pub made_since_with_events: Option<u64>,
    /// Problems that people reported since.
    pub problems_since: Option<u64>,
}

impl Adoption {
    /// Counts, in parallel; since the migration as far as somebody knows when that was.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn count(store: &Store, since: Option<DateTime>) -> Result<Self, Failure> {
        let of = |name: &'static str, filter| count(store, name, filter);
        let Some(since) = since else {
            let (with_events, quotes) =
                try_join!(of("quotes", Some(has_event())), of("quotes", None))?;
            return Ok(Self { with_events, quotes, ..Self::default() });
        };
        // An ObjectId begins with the second in which it was made, and ids have an index.
        let made = doc! { "_id": { "$gte": first_id(since) } };
        let mut made_with_events = made.clone();
        made_with_events.insert("selectedEvents.0", doc! { "$exists": true });
        let (with_events, quotes, made_since, made_since_with_events, problems_since) = try_join!(
            of("quotes", Some(has_event())),
            of("quotes", None),
            of("quotes", Some(made)),
            of("quotes", Some(made_with_events)),
            of("problems", Some(doc! { "createdAt": { "$gte": since } })),
        )?;
        Ok(Self { with_events, quotes, made_since, made_since_with_events, problems_since })
    }

    /// Of the quotes made since, so many of a hundred have events.
    #[must_use]
    pub fn percent(&self) -> Option<u64> {
        let (made, with) = (self.made_since?, self.made_since_with_events?);
        (made > 0).then(|| with * 100 / made)
    }
}

/// The index of the events' ids answers by itself: a quote without events is not in it, and bounds of
/// one type need no document.
pub(crate) fn has_event() -> Document {
    doc! { "selectedEvents.eventId": { "$gte": ObjectId::from_bytes([0; 12]) } }
}

async fn count(
    store: &Store,
    name: &'static str,
    filter: Option<Document>,
) -> Result<Option<u64>, Failure> {
    let (collection, limit) = (store.collection(name), Duration::from_millis(COUNT_MILLIS_MAX));
    let counted = async {
        match filter {
            Some(filter) => collection.count_documents(filter).max_time(limit).await,
            None => collection.estimated_document_count().max_time(limit).await,
        }
    };
    match store.attempt("count", counted).await?.map_err(Fault::of) {
        Ok(count) => Ok(Some(count)),
        Err(fault) if fault.is_out_of_time() => Ok(None),
        Err(fault) => Err(fault.failure("count")),
    }
}

fn first_id(since: DateTime) -> ObjectId {
    let seconds = u32::try_from(since.timestamp_millis() / 1_000).unwrap_or_default();
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&seconds.to_be_bytes());
    ObjectId::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use bson::DateTime;

    use super::{Adoption, first_id};

    #[test]
    fn ids_of_a_moment_begin_with_its_second() {
        assert_eq!(first_id(DateTime::from_millis(256_000)).to_hex(), "000001000000000000000000");
    }

    #[test]
    fn a_share_is_one_of_something() {
        let of = |made, with| Adoption {
            made_since: Some(made),
            made_since_with_events: Some(with),
            ..Adoption::default()
        };
        assert_eq!((of(200, 82).percent(), of(0, 0).percent()), (Some(41), None));
    }
}
