//! What the database itself needs for a new quote: the same documents, inserted by the driver alone.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use bson::{DateTime, Document, doc, oid::ObjectId};
use futures_util::{TryStreamExt as _, future::try_join_all};
use mongodb::{Client, Collection, Database};

use super::load::{CONNECTIONS, Stood};

/// So many different documents.
const QUOTES: i64 = 2_000;

/// The newest quotes, as `quotes` wrote them.
pub(super) async fn newest(database: &Database) -> Result<Vec<Document>> {
    let quotes = database.collection::<Document>("quotes");
    let newest = quotes.find(doc! {}).sort(doc! { "_id": -1 }).limit(QUOTES);
    let found = newest.await.context("find new quotes")?;
    let found: Vec<Document> = found.try_collect().await.context("read new quotes")?;
    ensure!(!found.is_empty(), "there are no quotes");
    Ok(found)
}

/// Inserts them again and again, each as a quote of its own: as many at a time as applications are
/// asked for, without a transaction, an audit entry, or anything else.
pub(super) async fn measure(
    (uri, database): (&str, &Database),
    quotes: &[Document],
    seconds: u64,
) -> Result<Stood> {
    // One connection each: nobody waits for another one's.
    let own = format!("{uri}&maxPoolSize={CONNECTIONS}&minPoolSize={CONNECTIONS}");
    let client = Client::with_uri_str(own).await.context("connect")?;
    client.warm_connection_pool().await;
    let collection = client.database(database.name()).collection::<Document>("quotes");
    let (next, begun) = (AtomicUsize::new(0), Instant::now());
    let inserting = (0..CONNECTIONS).map(|_| async {
        let mut took = Vec::new();
        while begun.elapsed() < Duration::from_secs(seconds) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            took.push(insert(&collection, quotes[number % quotes.len()].clone()).await?);
        }
        anyhow::Ok(took)
    });
    let took: Vec<Duration> = try_join_all(inserting).await?.concat();
    Ok(stood(took, begun.elapsed()))
}

async fn insert(collection: &Collection<Document>, mut quote: Document) -> Result<Duration> {
    let (id, now) = (ObjectId::new(), DateTime::now());
    quote.insert("_id", id);
    quote.insert("reference", id.to_hex());
    quote.insert("createdAt", now);
    quote.insert("updatedAt", now);
    let begun = Instant::now();
    collection.insert_one(quote).await.context("insert a quote")?;
    Ok(begun.elapsed())
}

/// Counted as `wrk` counts: whoever waited for a slow answer would have asked again meanwhile, and
/// those requests count with what was left of the wait.
fn stood(took: Vec<Duration>, length: Duration) -> Stood {
    let count = u32::try_from(took.len()).unwrap_or(u32::MAX);
    let expected = length * CONNECTIONS / count.max(1);
    let mut all = Vec::with_capacity(took.len());
    for took in took {
        all.push(took);
        if took < expected * 2 {
            continue;
        }
        let mut left = took - expected;
        while left > expected {
            all.push(left);
            left -= expected;
        }
    }
    all.sort_unstable();
    let at = |percent: usize| {
        let value = all.get(all.len() * percent / 100).copied().unwrap_or_default();
        value.as_secs_f64() * 1e3
    };
    Stood {
        per_second: f64::from(count) / length.as_secs_f64(),
        p50_milliseconds: at(50),
        p99_milliseconds: at(99),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::stood;

    #[test]
    fn who_waited_would_have_asked_again() {
        // 16 at a time, 10 ms each; one waits for 100 ms, in which nine more would have asked.
        let mut took = vec![Duration::from_millis(10); 1_599];
        took.push(Duration::from_millis(100));
        let stood = stood(took, Duration::from_secs(1));
        assert_eq!((stood.per_second, stood.p50_milliseconds), (1_600.0, 10.0));
        assert_eq!(stood.p99_milliseconds, 10.0);
        let mut slow = vec![Duration::from_millis(10); 1_590];
        slow.extend(vec![Duration::from_millis(100); 10]);
        assert!(super::stood(slow, Duration::from_secs(1)).p99_milliseconds > 50.0);
    }
}
