//! What the application tells of itself, in Prometheus' text format.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Upper bounds of the histogram, in seconds.
const BOUNDS: [f64; 9] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// Counts since the application started.
#[derive(Default)]
pub(super) struct Metrics(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    requests: BTreeMap<(String, u16), u64>,
    /// Of each bound, answers that took at most so long.
    within: [u64; BOUNDS.len()],
    answers: u64,
    seconds: f64,
    created: u64,
    create_failed: u64,
}

impl Metrics {
    /// Counts an answer.
    pub(super) fn count(&self, method: &str, status: u16, took: Duration) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.requests.entry((method.to_owned(), status)).or_default() += 1;
        counts.answers += 1;
        counts.seconds += took.as_secs_f64();
        for (at, bound) in BOUNDS.iter().enumerate() {
            counts.within[at] += u64::from(took.as_secs_f64() <= *bound);
        }
    }

    /// Counts a try to make a quote.
    pub(super) fn created(&self, well: bool) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if well {
            counts.created += 1;
        } else {
            counts.create_failed += 1;
        }
    }

    /// All of it as text.
    pub(super) fn exposition(&self) -> String {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::from("# TYPE http_requests_total counter\n");
        for ((method, status), count) in &counts.requests {
            let labels = format!("method=\"{method}\",status=\"{status}\"");
            let _ = writeln!(text, "http_requests_total{{{labels}}} {count}");
        }
        let name = "http_request_duration_seconds";
        let _ = writeln!(text, "# TYPE {name} histogram");
        for (bound, count) in BOUNDS.iter().zip(counts.within) {
            let _ = writeln!(text, "{name}_bucket{{le=\"{bound}\"}} {count}");
        }
        let _ = writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {}", counts.answers);
        let _ = writeln!(text, "{name}_sum {}\n{name}_count {}", counts.seconds, counts.answers);
        let _ = writeln!(text, "quotes_created_total {}", counts.created);
        let _ = writeln!(text, "quotes_create_failed_total {}", counts.create_failed);
        let _ = writeln!(text, "quotes_problems_reported_total 0");
        text
    }
}
