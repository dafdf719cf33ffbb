//! Answers and writes, minute by minute: kept by each server, and added up for charts.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bson::{Bson, DateTime, Document, doc, oid::ObjectId};
use futures_util::TryStreamExt as _;
use tokio::{sync::watch, time::MissedTickBehavior};

use crate::{
    failure::Failure,
    observe::{BUCKETS, Counted, Tally},
    store::{Fault, Store, audit},
};

const COLLECTION: &str = "request_minutes";
const MINUTE_SECONDS: u64 = 60;
/// So many minutes are kept in memory while the database is away.
const WAITING_MAX: usize = 180;
/// What the server needs longer for is left out.
const READ_MILLIS_MAX: u64 = 2_000;
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

/// What was counted and could not be kept yet: the database was away.
#[derive(Debug, Default)]
struct Queue(VecDeque<(DateTime, Counted)>);

impl Queue {
    /// Takes what was counted until now, and keeps what it can of everything that waits.
    async fn empty(&mut self, store: &Store, tally: &Tally) {
        let counted = tally.take();
        if counted.requests > 0 {
            self.0.push_back((DateTime::now(), counted));
        }
        if self.0.len() > WAITING_MAX {
            self.0.pop_front();
        }
        while let Some((at, counted)) = self.0.front() {
            if let Err(failure) = write(store, (*at, counted)).await {
                let cause = failure.cause.map(|cause| format!("{cause:#}")).unwrap_or_default();
                tracing::debug!(cause, "failed to keep how many requests were answered");
                return;
            }
            self.0.pop_front();
        }
    }
}

/// Keeps what was counted once a minute, and what is left when it is told to stop.
pub async fn keep(store: Store, tally: Arc<Tally>, mut stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(Duration::from_secs(MINUTE_SECONDS));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut queue = Queue::default();
    // The first one is at once.
    ticks.tick().await;
    loop {
        let stopped = tokio::select! {
            _ = ticks.tick() => false,
            _ = stop.wait_for(|stop| *stop) => true,
        };
        queue.empty(&store, &tally).await;
        if stopped {
            return;
        }
    }
}

async fn write(store: &Store, (at, counted): (DateTime, &Counted)) -> Result<(), Failure> {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let document = doc! {
        "_id": ObjectId::new(),
        "at": at,
        "requests": whole(counted.requests),
        "failed": whole(counted.failed),
        "buckets": counted.buckets.iter().map(|it| Bson::Int64(whole(*it))).collect::<Vec<_>>(),
    };
    let minutes = store.collection(COLLECTION);
    let write = minutes.insert_one(document).into_future();
    store.call("keep how many requests were answered", write).await.map(drop)
}

impl Series {
    /// Reads what is known of this time. What takes the server too long is left out.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn read(store: &Store, (from, until): (DateTime, DateTime)) -> Result<Self, Failure> {
        let mut series = Self::empty(from, until);
        let milliseconds = series.minutes * MINUTE_MILLIS;
        let span = |time: &str| {
            doc! { "$floor": { "$divide": [{ "$subtract": [time, series.from] }, milliseconds] } }
        };
        let within = (series.from, series.until);
        let (answers, writes) = futures_util::try_join!(
            answers(store, within, span("$at").into()),
            writes(store, within, span("$timestamp").into()),
        )?;
        let began = |group: &Document| {
            let at = whole(group.get("_id")).saturating_mul(milliseconds);
            DateTime::from_millis(within.0.timestamp_millis().saturating_add(at))
        };
        for group in &answers {
            series.point(began(group)).counted.add(&counted(group));
        }
        for group in &writes {
            series.point(began(group)).saved += saved(group);
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

impl Point {
    /// All that is known of this time, as one.
    ///
    /// # Errors
    ///
    /// When the database does not answer.
    pub async fn sum(store: &Store, within: (DateTime, DateTime)) -> Result<Self, Failure> {
        let (answers, writes) = futures_util::try_join!(
            answers(store, within, Bson::Null),
            writes(store, within, Bson::Null),
        )?;
        Ok(Self {
            at: within.0,
            counted: answers.first().map(counted).unwrap_or_default(),
            saved: writes.first().map(saved).unwrap_or_default(),
        })
    }
}

/// Answers of all servers, added up by the server.
async fn answers(
    store: &Store,
    (from, until): (DateTime, DateTime),
    by: Bson,
) -> Result<Vec<Document>, Failure> {
    let mut group =
        doc! { "_id": by, "requests": { "$sum": "$requests" }, "failed": { "$sum": "$failed" } };
    for position in 0..BUCKETS {
        let bucket = doc! { "$arrayElemAt": ["$buckets", i32::try_from(position).unwrap_or(-1)] };
        group.insert(format!("b{position}"), doc! { "$sum": bucket });
    }
    let within = doc! { "at": { "$gte": from, "$lt": until }, "buckets": { "$type": "array" } };
    grouped(store, COLLECTION, [doc! { "$match": within }, doc! { "$group": group }]).await
}

/// Quotes that were made or edited, by the audit log.
async fn writes(
    store: &Store,
    (from, until): (DateTime, DateTime),
    by: Bson,
) -> Result<Vec<Document>, Failure> {
    let within = doc! { "timestamp": { "$gte": from, "$lt": until },
    "action": { "$in": ["quote.create", "quote.update", "quote.version"] } };
    let group = doc! { "_id": by, "saved": { "$sum": 1 } };
    grouped(store, audit::COLLECTION, [doc! { "$match": within }, doc! { "$group": group }]).await
}

async fn grouped(
    store: &Store,
    collection: &str,
    pipeline: [Document; 2],
) -> Result<Vec<Document>, Failure> {
    const WHAT: &str = "add up what was measured";
    let documents = store.collection(collection);
    let limit = Duration::from_millis(READ_MILLIS_MAX);
    let read = async {
        let found = documents.aggregate(pipeline).max_time(limit).await?;
        found.try_collect::<Vec<Document>>().await
    };
    match store.attempt(WHAT, read).await?.map_err(Fault::of) {
        Ok(groups) => Ok(groups),
        Err(fault) if fault.is_out_of_time() => Ok(Vec::new()),
        Err(fault) => Err(fault.failure(WHAT)),
    }
}

fn saved(group: &Document) -> u64 {
    u64::try_from(whole(group.get("saved"))).unwrap_or_default()
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

fn counted(group: &Document) -> Counted {
    let count = |name: &str| u64::try_from(whole(group.get(name))).unwrap_or_default();
    Counted {
        requests: count("requests"),
        failed: count("failed"),
        buckets: std::array::from_fn(|position| count(&format!("b{position}"))),
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
    fn what_is_no_number_counts_nothing() {
        let read = counted(&doc! { "requests": 5_i64, "failed": "?", "b1": 2.0 });
        assert_eq!((read.requests, read.failed, read.buckets[1]), (5, 0, 2));
    }
}
