//! How much mail waits, and for how long.

use std::time::Duration;

use bson::{Bson, DateTime, Document, doc};
use futures_util::TryStreamExt as _;

use super::{COLLECTION, State};
use crate::{failure::Failure, store::Store};

const COUNT_MILLIS_MAX: u64 = 1_000;

/// What waits to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Waiting {
    /// How many.
    pub mails: u32,
    /// When the oldest of them was asked for.
    pub since: Option<DateTime>,
}

impl Store {
    /// Counts the mails that wait.
    ///
    /// # Errors
    ///
    /// When the database does not answer, or it takes longer than a second.
    pub async fn waiting_mails(&self) -> Result<Waiting, Failure> {
        let words = [State::Queued, State::Sending, State::HandedOver].map(State::word);
        let pipeline = [
            doc! { "$match": { "state": { "$in": words } } },
            doc! { "$group": {
                "_id": Bson::Null, "mails": { "$sum": 1 }, "since": { "$min": "$createdAt" }
            } },
        ];
        let outbox = self.collection(COLLECTION);
        let limit = Duration::from_millis(COUNT_MILLIS_MAX);
        let counting = outbox.aggregate(pipeline).max_time(limit).into_future();
        let counted = async { counting.await?.try_next().await };
        let counted: Option<Document> = self.call("count waiting mails", counted).await?;
        let counted = counted.unwrap_or_default();
        let mails = counted.get("mails").and_then(Bson::as_i32).unwrap_or_default();
        Ok(Waiting {
            mails: u32::try_from(mails).unwrap_or_default(),
            since: counted.get_datetime("since").ok().copied(),
        })
    }
}
