//! Answers and writes, minute by minute: kept by each server, and added up for charts.

use std::{sync::Arc, time::Duration};

use bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use futures_util::TryStreamExt as _;
use tokio::time::MissedTickBehavior;

use super::first;
use crate::{
    failure::Failure,
    observe::{Counted, Tally},
    store::{Store, audit},
};

const COLLECTION: &str = "request_minutes";
const MINUTE_SECONDS: u64 = 60;
/// A chart has no more points than a person can tell apart.
const POINTS: i64 = 60;
const MINUTE_MILLIS: i64 = 60_000;

/// A span of time, and what happened in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// When it begins.
    pub at: DateTime,
    /// Answers of all servers.
    pub counted: Counted,
    /// Quotes that were made or edited.
    pub saved: u64,
}

/// What happened from then until then, in equal spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// When the first begins.
    pub from: DateTime,
    /// When the last ends.
    pub until: DateTime,
    /// How long each is, in minutes.
    pub minutes: i64,
    /// Those of which something is known, the oldest first.
    pub points: Vec<Point>,
}

/// Keeps what was counted, once a minute, until the runtime ends.
pub async fn keep(store: Store, tally: Arc<Tally>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(MINUTE_SECONDS));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut left = Counted::default();
    // The first one is at once.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        left.add(&tally.take());
        if left.requests == 0 {
            continue;
        }
        match write(&store, &left).await {
            Ok(()) => left = Counted::default(),
            // They count with the next minute.
            Err(failure) => {
                let cause = failure.cause.map(|cause| format!("{cause:#}")).unwrap_or_default();
                tracing::debug!(cause, "failed to keep how many requests were answered");
            }
        }
    }
}

async fn write(store: &Store, counted: &Counted) -> Result<(), Failure> {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let document = doc! {
        "_id": ObjectId::new(),
        "at": DateTime::now(),
        "requests": whole(counted.requests),
        "failed": whole(counted.failed),
        "buckets": counted.buckets.iter().map(|it| Bson::Int64(whole(*it))).collect::<Vec<_>>(),
    };
    let minutes = store.collection(COLLECTION);
    let write = minutes.insert_one(document).into_future();
    store.call("keep how many requests were answered", write).await.map(drop)
}

impl Series {
    /// Reads what is known of this time.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn read(store: &Store, (from, until): (DateTime, DateTime)) -> Result<Self, Failure> {
        let mut series = Self::empty(from, until);
        let within = doc! { "$gte": series.from, "$lt": series.until };
        let asked = (COLLECTION, doc! { "at": within.clone() });
        let order = (doc! { "at": 1 }, 0);
        let answers = first(store, asked, order, "read how many requests were answered");
        let milliseconds = series.minutes * MINUTE_MILLIS;
        let number = doc! { "$floor": { "$divide": [
            { "$subtract": ["$timestamp", series.from] }, milliseconds
        ] } };
        let written = [
            doc! { "$match": { "timestamp": within.clone(),
            "action": { "$in": ["quote.create", "quote.update", "quote.version"] } } },
            doc! { "$group": { "_id": number, "saved": { "$sum": 1 } } },
        ];
        let logs = store.collection(audit::COLLECTION);
        let writes = async { logs.aggregate(written).await?.try_collect::<Vec<Document>>().await };
        let (answers, writes) = futures_util::try_join!(
            answers,
            store.call("count the quotes that were saved", writes),
        )?;
        for answer in &answers {
            if let Ok(at) = answer.get_datetime("at") {
                series.point(*at).counted.add(&counted(answer));
            }
        }
        for write in &writes {
            let number = whole(write.get("_id"));
            let at = series.from.timestamp_millis().saturating_add(number * milliseconds);
            let saved = u64::try_from(whole(write.get("saved"))).unwrap_or_default();
            series.point(DateTime::from_millis(at)).saved += saved;
        }
        Ok(series)
    }

    fn empty(from: DateTime, until: DateTime) -> Self {
        let (from, until) = (from.timestamp_millis(), until.timestamp_millis());
        let length = until.saturating_sub(from).max(MINUTE_MILLIS);
        let minutes = (length / POINTS / MINUTE_MILLIS).max(1);
        // Whole minutes, so that what is read a second later is the same.
        let from = from - from.rem_euclid(MINUTE_MILLIS);
        Self {
            from: DateTime::from_millis(from),
            until: DateTime::from_millis(until),
            minutes,
            points: Vec::new(),
        }
    }

    /// The span that a moment is in.
    fn point(&mut self, at: DateTime) -> &mut Point {
        let length = self.minutes * MINUTE_MILLIS;
        let since = at.timestamp_millis().saturating_sub(self.from.timestamp_millis());
        let at = self.from.timestamp_millis() + since.div_euclid(length) * length;
        let at = DateTime::from_millis(at);
        let position = match self.points.binary_search_by_key(&at, |point| point.at) {
            Ok(position) => position,
            Err(position) => {
                let new = Point { at, counted: Counted::default(), saved: 0 };
                self.points.insert(position, new);
                position
            }
        };
        &mut self.points[position]
    }
}

fn whole(number: Option<&Bson>) -> i64 {
    match number {
        Some(Bson::Int64(number)) => *number,
        Some(Bson::Int32(number)) => (*number).into(),
        #[expect(clippy::cast_possible_truncation, reason = "the server rounds it down")]
        Some(Bson::Double(number)) => *number as i64,
        _ => 0,
    }
}

fn counted(document: &Document) -> Counted {
    let count = |it: Option<&Bson>| u64::try_from(whole(it)).unwrap_or_default();
    let buckets = document.get_array("buckets").map(Vec::as_slice).unwrap_or_default();
    Counted {
        requests: count(document.get("requests")),
        failed: count(document.get("failed")),
        buckets: std::array::from_fn(|position| count(buckets.get(position))),
    }
}

#[cfg(test)]
mod tests {
    use bson::{DateTime, doc};

    use super::{Series, counted};

    fn at(minute: i64) -> DateTime {
        DateTime::from_millis(minute * 60_000 + 7)
    }

    #[test]
    fn a_day_has_spans_of_24_minutes_and_an_hour_of_one() {
        assert_eq!(Series::empty(at(0), at(24 * 60)).minutes, 24);
        assert_eq!(Series::empty(at(0), at(60)).minutes, 1);
        assert_eq!(Series::empty(at(5), at(5)).minutes, 1);
    }

    #[test]
    fn moments_of_one_span_are_one_point() {
        let mut series = Series::empty(at(0), at(24 * 60));
        for minute in [25, 3, 47, 26] {
            series.point(at(minute)).saved += 1;
        }
        let points = series.points.iter().map(|it| (it.at.timestamp_millis() / 60_000, it.saved));
        assert_eq!(points.collect::<Vec<_>>(), [(0, 1), (24, 3)]);
    }

    #[test]
    fn a_minute_that_another_version_wrote_is_read_as_far_as_it_goes() {
        let read = counted(&doc! { "requests": 5_i64, "failed": "?", "buckets": [1_i64, 2] });
        assert_eq!((read.requests, read.failed, read.buckets[1]), (5, 0, 2));
    }
}
