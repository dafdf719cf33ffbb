//! What was seen of server and application at one moment of a run, or of the day after it.

use serde::{Deserialize, Serialize};

/// One look. Counts and rates are over the `seconds` since the look before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// When, RFC 3339 with zone offset.
    pub at: String,
    /// Step of the run: `baseline` before the first change, `up`, …; `watch` after the run.
    pub step: String,
    /// Seconds since the look before.
    pub seconds: f64,
    /// The server; none when it did not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerSample>,
    /// The application; none when no metrics are configured, or it did not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<ApplicationSample>,
    /// Documents done and to be done of the phase in hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
    /// What could not be measured, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trouble: Vec<String>,
}

/// The server that is written to. What it does not tell is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerSample {
    /// CPU time of its process, in per cent of one core.
    pub cpu_percent: Option<f64>,
    /// Resident memory, in megabytes (10⁶ bytes).
    pub memory_megabytes: Option<f64>,
    /// Cache in use, in per cent of the cache.
    pub cache_used_percent: Option<f64>,
    /// Changed pages, in per cent of the cache.
    pub cache_dirty_percent: Option<f64>,
    /// Operations that wait for a lock or a ticket.
    pub queue: Option<f64>,
    /// Locks that had to be waited for, a second.
    pub lock_waits_per_second: Option<f64>,
    /// Milliseconds spent waiting for locks, a second.
    pub lock_wait_milliseconds_per_second: Option<f64>,
    /// Replication lag of the slowest member, in seconds.
    pub lag_seconds: Option<f64>,
    /// Documents read, a second.
    pub reads_per_second: Option<f64>,
    /// Documents inserted, updated and deleted, a second.
    pub writes_per_second: Option<f64>,
    /// Open connections.
    pub connections: Option<f64>,
    /// Free bytes on the disk of its data.
    pub disk_free_bytes: Option<f64>,
}

/// The application, from its own metrics. Counts are of the interval.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ApplicationSample {
    /// Requests answered.
    pub requests: Option<f64>,
    /// Those answered with an error.
    pub errors: Option<f64>,
    /// Median response time, in milliseconds.
    pub p50_milliseconds: Option<f64>,
    /// Response time that 99 of 100 stay under, in milliseconds.
    pub p99_milliseconds: Option<f64>,
    /// Answers by their time: upper bound in seconds, and how many took at most so long. The last
    /// bound is `f64::MAX`, for JSON has no infinity: its count is that of all answers.
    pub latency: Vec<(f64, f64)>,
    /// Things created (quotes), and tries to create one that failed.
    pub created: Option<f64>,
    /// Tries to create one that failed.
    pub create_failed: Option<f64>,
    /// Problems that users reported.
    pub issues: Option<f64>,
}

/// How far a phase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Done.
    pub done: u64,
    /// To be done, when known.
    pub total: Option<u64>,
}

impl ApplicationSample {
    /// Errors in per cent of requests; none without requests.
    #[must_use]
    pub fn error_rate_percent(&self) -> Option<f64> {
        let requests = self.requests.filter(|requests| *requests > 0.0)?;
        Some(100.0 * self.errors? / requests)
    }
}
