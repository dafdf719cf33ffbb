//! The server, by what it says of itself. What it does not tell is none, and why is said in words.

use std::time::{Duration, Instant};

use bson::{Document, doc};
use causeway_core::inventory::Known;
use causeway_core::sample::ServerSample;
use tokio::time::timeout;

use crate::check::limits::{dirty_percent, queue, replication_lag};
use crate::failure::Failure;
use crate::inventory::number;
use crate::permitted::{self, Need};
use crate::target::Target;

/// An answer that takes longer is none.
const ANSWER_MAX: Duration = Duration::from_secs(2);
/// The disk is looked at this often: `dbStats` opens every collection.
const DISK_INTERVAL: Duration = Duration::from_secs(10);

/// A server that is looked at again and again.
#[derive(Debug)]
pub(super) struct ServerEye {
    target: Target,
    before: Option<Totals>,
    disk: Option<(Instant, Result<f64, String>)>,
}

/// One look.
pub(super) struct Look {
    /// None when it did not answer.
    pub(super) sample: Option<ServerSample>,
    /// What it did not tell, and why.
    pub(super) trouble: Vec<String>,
}

impl ServerEye {
    pub(super) fn new(target: Target) -> Self {
        Self { target, before: None, disk: None }
    }

    /// Looks once. Rates are since the last look that was answered; the first has none.
    pub(super) async fn look(&mut self) -> Look {
        let mut trouble = Vec::new();
        let status = match self.status().await {
            Ok(Known::Known(status)) => Some(status),
            Ok(Known::Unknown { why }) => {
                trouble.push(format!("serverStatus: {why}"));
                None
            }
            // Who did not answer this question is not kept waiting with others.
            Err(why) => return Look { sample: None, trouble: vec![format!("server: {why}")] },
        };
        let mut sample = status.map(|status| self.of_status(&status)).unwrap_or_default();
        sample.lag_seconds = self.lag().await.unwrap_or_else(|why| {
            trouble.push(format!("replication lag: {why}"));
            None
        });
        sample.disk_free_bytes = match self.disk_free().await {
            Ok(free) => Some(free),
            Err(why) => {
                trouble.push(format!("free disk: {why}"));
                None
            }
        };
        Look { sample: Some(sample), trouble }
    }

    async fn status(&self) -> Result<Known<Document>, String> {
        let command = doc! { "serverStatus": 1, "repl": 0, "tcmalloc": 0, "sharding": 0 };
        self.ask(command, Need::cluster_monitor("serverStatus")).await
    }

    fn of_status(&mut self, status: &Document) -> ServerSample {
        let totals = Totals::of(status);
        let rates = self.before.and_then(|before| totals.since(&before)).unwrap_or_default();
        self.before = Some(totals);
        ServerSample {
            cpu_percent: rates.cpu_micros.map(|micros| micros / 1e4),
            memory_megabytes: part(status, "mem")
                .and_then(|mem| number(mem, "resident"))
                .map(|mebibytes| mebibytes * 1_048_576.0 / 1e6),
            cache_used_percent: cache_used_percent(status),
            cache_dirty_percent: dirty_percent(status),
            queue: queue(status),
            lock_waits_per_second: rates.lock_waits,
            lock_wait_milliseconds_per_second: rates.lock_wait_micros.map(|micros| micros / 1e3),
            lag_seconds: None,
            reads_per_second: rates.reads,
            writes_per_second: rates.writes,
            connections: part(status, "connections").and_then(|it| number(it, "current")),
            disk_free_bytes: None,
        }
    }

    /// None where there is nothing that could lag, and where who answers does not know.
    async fn lag(&self) -> Result<Option<f64>, String> {
        let server = &self.target.server;
        match server.replica_set {
            _ if server.sharded => Ok(None),
            None => Ok(None),
            Some(_) if server.hosts.len() == 1 => Ok(Some(0.0)),
            Some(_) => {
                let need = Need::cluster_monitor("replSetGetStatus");
                match self.ask(doc! { "replSetGetStatus": 1 }, need).await? {
                    Known::Known(status) => Ok(Some(replication_lag(&status))),
                    Known::Unknown { why } => Err(why),
                }
            }
        }
    }

    async fn disk_free(&mut self) -> Result<f64, String> {
        if let Some((at, free)) = &self.disk
            && at.elapsed() < DISK_INTERVAL
        {
            return free.clone();
        }
        let free = self.ask_disk().await;
        self.disk = Some((Instant::now(), free.clone()));
        free
    }

    async fn ask_disk(&self) -> Result<f64, String> {
        let asking = permitted::look(
            &self.target.database,
            doc! { "dbStats": 1, "maxTimeMS": milliseconds(ANSWER_MAX) },
            Need::read("dbStats"),
        );
        match answered(asking).await? {
            Known::Known(stats) => {
                match (number(&stats, "fsTotalSize"), number(&stats, "fsUsedSize")) {
                    (Some(total), Some(used)) => Ok((total - used).max(0.0)),
                    _ => Err("dbStats does not tell".to_owned()),
                }
            }
            Known::Unknown { why } => Err(why),
        }
    }

    async fn ask(&self, mut command: Document, need: Need) -> Result<Known<Document>, String> {
        command.insert("maxTimeMS", milliseconds(ANSWER_MAX));
        answered(permitted::look(&self.target.admin(), command, need)).await
    }
}

async fn answered(
    asking: impl Future<Output = Result<Known<Document>, Failure>>,
) -> Result<Known<Document>, String> {
    match timeout(ANSWER_MAX, asking).await {
        Ok(Ok(known)) => Ok(known),
        Ok(Err(failure)) => Err(failure.causes().join("; ")),
        Err(_) => Err(format!("no answer within {} s", ANSWER_MAX.as_secs())),
    }
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn part<'a>(document: &'a Document, key: &str) -> Option<&'a Document> {
    document.get_document(key).ok()
}

fn cache_used_percent(status: &Document) -> Option<f64> {
    let cache = part(part(status, "wiredTiger")?, "cache")?;
    let used = number(cache, "bytes currently in the cache")?;
    Some(100.0 * used / number(cache, "maximum bytes configured")?.max(1.0))
}

/// What a server has counted since it was started.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Totals {
    process: Option<f64>,
    uptime_milliseconds: Option<f64>,
    counts: Counts,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Counts {
    cpu_micros: Option<f64>,
    lock_waits: Option<f64>,
    lock_wait_micros: Option<f64>,
    reads: Option<f64>,
    writes: Option<f64>,
}

impl Totals {
    fn of(status: &Document) -> Self {
        let extra = part(status, "extra_info");
        let cpu = |key: &str| extra.and_then(|extra| number(extra, key));
        let documents = part(status, "metrics").and_then(|metrics| part(metrics, "document"));
        let counted = |key: &str| documents.and_then(|documents| number(documents, key));
        let written = ["inserted", "updated", "deleted"].map(counted).into_iter();
        Self {
            process: number(status, "pid"),
            uptime_milliseconds: number(status, "uptimeMillis"),
            counts: Counts {
                cpu_micros: cpu("user_time_us").zip(cpu("system_time_us")).map(|(a, b)| a + b),
                lock_waits: over_locks(status, "acquireWaitCount"),
                lock_wait_micros: over_locks(status, "timeAcquiringMicros"),
                reads: counted("returned"),
                writes: written.sum(),
            },
        }
    }

    /// What was counted a second since `before`; none when it is another process that answers.
    fn since(&self, before: &Self) -> Option<Counts> {
        let milliseconds = self.uptime_milliseconds? - before.uptime_milliseconds?;
        if milliseconds <= 0.0 || self.process != before.process {
            return None;
        }
        let rate = |now: Option<f64>, then: Option<f64>| {
            Some((now? - then?).max(0.0) * 1e3 / milliseconds)
        };
        let (now, then) = (&self.counts, &before.counts);
        Some(Counts {
            cpu_micros: rate(now.cpu_micros, then.cpu_micros),
            lock_waits: rate(now.lock_waits, then.lock_waits),
            lock_wait_micros: rate(now.lock_wait_micros, then.lock_wait_micros),
            reads: rate(now.reads, then.reads),
            writes: rate(now.writes, then.writes),
        })
    }
}

/// Sum over kinds of locks and modes. A lock that nobody ever waited for is not listed.
fn over_locks(status: &Document, key: &str) -> Option<f64> {
    let locks = part(status, "locks")?.values().filter_map(|lock| lock.as_document());
    let modes = locks.filter_map(|lock| part(lock, key));
    Some(modes.flat_map(|modes| modes.keys().filter_map(|mode| number(modes, mode))).sum())
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::Totals;

    #[test]
    fn rates_are_by_the_servers_clock_and_of_one_process() {
        let status = |pid: i64, uptime: i64, cpu: i64, waits: i64| {
            Totals::of(&doc! {
                "pid": pid, "uptimeMillis": uptime,
                "extra_info": { "user_time_us": cpu, "system_time_us": cpu },
                "locks": { "Global": { "acquireWaitCount": { "r": waits, "W": 1_i64 } }, "Mutex": {} },
                "metrics": { "document": { "returned": 10 * waits, "inserted": waits, "updated": 0_i64,
                "deleted": 0_i64 } },
            })
        };
        let before = status(7, 1_000, 100_000, 10);
        let rates = status(7, 3_000, 600_000, 30).since(&before).unwrap();
        assert_eq!(rates.cpu_micros, Some(500_000.0));
        assert_eq!(
            (rates.lock_waits, rates.reads, rates.writes),
            (Some(10.0), Some(100.0), Some(10.0))
        );
        assert_eq!(status(8, 3_000, 600_000, 30).since(&before), None);
        assert_eq!(status(7, 10, 1, 1).since(&before), None);
    }
}
