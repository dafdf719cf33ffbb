//! Keeps a run from hurting the database: looks at load and requests, and holds batches back.
//!
//! A task of its own samples; workers ask at the gate before each batch. What can't be measured
//! any more holds the work back for a minute, then stops it: a limit nobody watches is no limit.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bson::{Document, doc};
use causeway_core::event::Event;
use causeway_core::outcome::Outcome;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::check::Limits as Measured;
use crate::check::limits::{dirty_percent, queue, replication_lag};
use crate::context::Interrupt;
use crate::failure::{Failure, Result};
use crate::reporter::Reporter;
use crate::requests::{self, Requested};
use crate::target::Target;

/// Requests are looked for this often: within a second is what people are promised.
const REQUEST_INTERVAL: Duration = Duration::from_millis(250);
/// Load is looked at more often: the share of changed pages in a small cache doubles within a
/// quarter of a second, and a run that waits longer than it must is slow for nothing.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(125);
/// And still more often while a limit holds the work back.
const SAMPLE_INTERVAL_HELD: Duration = Duration::from_millis(40);
/// A limit that holds the work back for less than this is a way of going slower, not news.
const ANNOUNCED_AFTER: Duration = Duration::from_secs(1);
/// How long a limit may go unmeasured before the run stops. Tests do not wait as long.
const UNMEASURED_MAX: Duration =
    Duration::from_secs(if cfg!(feature = "fault-points") { 8 } else { 60 });
/// An answer that takes longer than this is none.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// What a run has to stay under.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Limits on what the server shows.
    pub measured: Measured,
    /// Documents changed in a second, over all workers.
    pub documents_per_second_max: Option<u64>,
    /// Documents in one batch: it holds them against other writers until it is committed.
    pub batch_documents_max: Option<u64>,
}

/// What the sampling task saw last.
#[derive(Debug, Clone, Default)]
struct Seen {
    requested: Requested,
    over: Option<String>,
    unmeasured_since: Option<Instant>,
    unmeasured_why: String,
    lag_seconds: Option<f64>,
}

/// Watches one run.
#[derive(Debug)]
pub struct Governor {
    seen: watch::Receiver<Seen>,
    sampling: JoinHandle<()>,
    limits: Limits,
    reporter: Reporter,
    interrupt: Interrupt,
    pace: Mutex<Instant>,
    held: Mutex<()>,
}

impl Governor {
    /// Begins to watch.
    #[must_use]
    pub fn start(
        target: &Target,
        run: &str,
        limits: Limits,
        (reporter, interrupt): (&Reporter, &Interrupt),
    ) -> Arc<Self> {
        let (sender, seen) = watch::channel(Seen::default());
        let sampler = Sampler { target: target.clone(), run: run.to_owned(), limits };
        Arc::new(Self {
            seen,
            sampling: tokio::spawn(sampler.run(sender)),
            limits,
            reporter: reporter.clone(),
            interrupt: interrupt.clone(),
            pace: Mutex::new(Instant::now()),
            held: Mutex::new(()),
        })
    }

    /// Waits until a batch may be written.
    ///
    /// # Errors
    /// Stopped when somebody asked for it, or a limit could not be measured for too long.
    pub async fn gate(&self) -> Result<()> {
        if self.hold()?.is_some() {
            // One worker says that it waits; the others wait for it.
            let _held = self.held.lock().await;
            if let Some(hold) = self.hold()? {
                self.wait(hold).await?;
            }
        }
        Ok(())
    }

    async fn wait(&self, first: Hold) -> Result<()> {
        let since = Instant::now();
        let mut seen = self.seen.clone();
        let mut announced: Option<String> = None;
        let mut present = first;
        loop {
            let due = present.by == By::Request || since.elapsed() >= ANNOUNCED_AFTER;
            // The value in the reason moves all the time; say when the kind changes.
            let known =
                announced.as_ref().is_some_and(|it| kind_of(it) == kind_of(&present.reason));
            if due && !known {
                self.reporter.emit(Event::Paused { reason: present.reason.clone() });
                announced = Some(present.reason.clone());
            }
            // An interruption shows in no sample.
            if let Ok(Err(_)) = timeout(REQUEST_INTERVAL, seen.changed()).await {
                return Err(Failure::unexpected("nobody watches the load any more")
                    .ending(Outcome::Stopped)
                    .hint("the same command resumes"));
            }
            match self.hold()? {
                None => break,
                Some(now) => present = now,
            }
        }
        if announced.is_some() {
            self.reporter.emit(Event::Unpaused { seconds: since.elapsed().as_secs_f64() });
        }
        Ok(())
    }

    /// Why work has to wait; an error when it has to stop.
    fn hold(&self) -> Result<Option<Hold>> {
        let seen = self.seen.borrow();
        if self.interrupt.is_set() {
            return Err(Failure::stopped("stopped as asked; what is done is done for good")
                .hint("the same command resumes"));
        }
        if seen.requested.cancelled {
            return Err(Failure::stopped("cancelled by request; what is done is done for good")
                .hint("the same command resumes"));
        }
        if let Some(since) = seen.unmeasured_since {
            if since.elapsed() > UNMEASURED_MAX {
                return Err(Failure::stopped(format!(
                    "a limit could not be measured for {} s: {}",
                    UNMEASURED_MAX.as_secs(),
                    seen.unmeasured_why
                ))
                .hint("mend that, or switch the limit off; then the same command resumes"));
            }
            let reason = format!("unmeasured limit: {}", seen.unmeasured_why);
            return Ok(Some(Hold { by: By::Limit, reason }));
        }
        if seen.requested.paused {
            let reason = "by request: `causeway resume` lets it go on".to_owned();
            return Ok(Some(Hold { by: By::Request, reason }));
        }
        let over = seen.over.clone().or_else(|| self.interrupt.held());
        Ok(over.map(|reason| Hold { by: By::Limit, reason }))
    }

    /// Sleeps as long as the rate limit asks after `documents` were changed.
    pub async fn pace(&self, documents: u64) {
        let asked = self.seen.borrow().requested.documents_per_second_max;
        let Some(rate) = asked.or(self.limits.documents_per_second_max) else { return };
        #[expect(clippy::cast_precision_loss, reason = "a pause need not be exact")]
        let due = Duration::from_secs_f64(documents as f64 / rate.max(1) as f64);
        let until = {
            let mut pace = self.pace.lock().await;
            *pace = (*pace).max(Instant::now()) + due;
            *pace
        };
        // In small steps, so that a cancellation or a lifted limit is noticed.
        while Instant::now() < until && self.hold().is_ok() {
            let left = until.saturating_duration_since(Instant::now());
            tokio::time::sleep(left.min(REQUEST_INTERVAL)).await;
            if self.seen.borrow().requested.documents_per_second_max != asked {
                *self.pace.lock().await = Instant::now();
                break;
            }
        }
    }

    /// Replication lag seen last.
    #[must_use]
    pub fn lag_seconds(&self) -> Option<f64> {
        self.seen.borrow().lag_seconds
    }

    /// Documents that a batch may have at present, of `adapted`.
    #[must_use]
    pub fn batch_documents(&self, adapted: usize) -> usize {
        let at_most = |max: Option<u64>| {
            max.map_or(usize::MAX, |max| usize::try_from(max.max(1)).unwrap_or(usize::MAX))
        };
        // A low rate limit is kept by small batches, not by long pauses between large ones.
        let in_half_a_second = self.documents_per_second_max().map(|rate| rate / 2);
        adapted.min(at_most(in_half_a_second)).min(at_most(self.limits.batch_documents_max))
    }

    /// Documents a second that are allowed at present.
    #[must_use]
    pub fn documents_per_second_max(&self) -> Option<u64> {
        self.seen
            .borrow()
            .requested
            .documents_per_second_max
            .or(self.limits.documents_per_second_max)
    }
}

impl Drop for Governor {
    fn drop(&mut self) {
        self.sampling.abort();
    }
}

/// Why work waits.
struct Hold {
    by: By,
    reason: String,
}

#[derive(PartialEq, Eq)]
enum By {
    /// A person asked for it, and is told at once.
    Request,
    /// The server's load.
    Limit,
}

fn kind_of(reason: &str) -> &str {
    reason.split(|c: char| c.is_ascii_digit()).next().unwrap_or(reason)
}

struct Sampler {
    target: Target,
    run: String,
    limits: Limits,
}

impl Sampler {
    async fn run(self, seen: watch::Sender<Seen>) {
        let mut requests_due = Instant::now();
        while !seen.is_closed() {
            if requests_due <= Instant::now() {
                // Those that can't be read stay as they are: the batch itself will meet the trouble.
                let requested = timeout(ANSWER_MAX, requests::read(&self.target, &self.run)).await;
                if let Ok(Ok(requested)) = requested {
                    seen.send_modify(|seen| seen.requested = requested);
                }
                requests_due = Instant::now() + REQUEST_INTERVAL;
            }
            self.sample(&seen).await;
            let held = seen.borrow().over.is_some();
            tokio::time::sleep(if held { SAMPLE_INTERVAL_HELD } else { SAMPLE_INTERVAL }).await;
        }
    }

    async fn sample(&self, seen: &watch::Sender<Seen>) {
        let no_answer = |_| Err(format!("no answer within {} s", ANSWER_MAX.as_secs()));
        match timeout(ANSWER_MAX, self.measure()).await.unwrap_or_else(no_answer) {
            Ok((over, lag_seconds)) => seen.send_modify(|seen| {
                seen.over = over;
                seen.lag_seconds = lag_seconds;
                seen.unmeasured_since = None;
            }),
            Err(why) => seen.send_modify(|seen| {
                seen.unmeasured_since.get_or_insert_with(Instant::now);
                seen.unmeasured_why = why;
            }),
        }
    }

    /// Which limit is crossed, with value and limit, and the lag.
    async fn measure(&self) -> Result<(Option<String>, Option<f64>), String> {
        let limits = &self.limits.measured;
        let lag_seconds = self.lag().await?;
        let mut over = match (lag_seconds, limits.lag_seconds_max) {
            (Some(lag), Some(max)) if lag > max => {
                Some(format!("by limit: replication lag {lag:.1} s (limit {max:.1} s)"))
            }
            _ => None,
        };
        if limits.cache_dirty_percent_max.is_none() && limits.queue_max.is_none() {
            return Ok((over, lag_seconds));
        }
        let status = self
            .ask(doc! { "serverStatus": 1, "repl": 0, "metrics": 0, "locks": 0, "tcmalloc": 0 })
            .await?;
        if let Some(max) = limits.cache_dirty_percent_max {
            let dirty =
                dirty_percent(&status).ok_or("serverStatus does not tell the dirty cache")?;
            if dirty > max {
                over = Some(format!("by limit: dirty cache {dirty:.1} % (limit {max:.1} %)"));
            }
        }
        if let Some(max) = limits.queue_max {
            let waiting = queue(&status).ok_or("serverStatus does not tell the queue")?;
            #[expect(clippy::cast_precision_loss, reason = "queues are short")]
            if waiting > max as f64 {
                over = Some(format!("by limit: queue {waiting:.0} (limit {max})"));
            }
        }
        Ok((over, lag_seconds))
    }

    async fn lag(&self) -> Result<Option<f64>, String> {
        if self.target.server.hosts.len() == 1 {
            return Ok(Some(0.0));
        }
        if self.limits.measured.lag_seconds_max.is_none() {
            return Ok(None);
        }
        let status = self.ask(doc! { "replSetGetStatus": 1 }).await?;
        Ok(Some(replication_lag(&status)))
    }

    async fn ask(&self, command: Document) -> Result<Document, String> {
        self.target.admin().run_command(command).await.map_err(|error| error.to_string())
    }
}
