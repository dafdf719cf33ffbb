//! Metrics in Prometheus' text format, by the names of `docs/watching.md`.
//!
//! The macros of `metrics` count for the whole process, and a process is one server. Tests run several
//! servers in one: they look at differences, or start the program.

use std::sync::OnceLock;

use anyhow::{Context as _, Result};
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Content type of [`render`].
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(super) const REQUESTS: &str = "http_requests_total";
pub(super) const SECONDS: &str = "http_request_duration_seconds";
pub(super) const ERRORS: &str = "quotes_errors_total";
pub(super) const WITH_EVENTS: &str = "quotes_with_events";
pub(super) const ALL: &str = "quotes_all";
pub(crate) const MAILS: &str = "quotes_mails_total";
pub(crate) const MAILS_QUEUED: &str = "quotes_mails_queued";
pub(crate) const MAIL_OLDEST: &str = "quotes_mail_oldest_seconds";

/// Upper bounds of the histogram, in seconds.
pub(super) const BOUNDS: [f64; 13] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// A counter, with what it means, and each series that is there from the start by its label: a counter
/// that appears at its first event hides that event.
type Counter = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const COUNTERS: &[Counter] = &[
    ("quotes_created_total", "Quotes that were created", &[("events", "none"), ("events", "some")]),
    ("quotes_create_failed_total", "Quotes that were not created, by code", &[("reason", "none")]),
    ("quotes_saved_total", "Quotes that were edited", &[("events", "none"), ("events", "some")]),
    (ERRORS, "Requests that failed, by code", &[("kind", "none")]),
    ("quotes_problems_reported_total", "Problems that people reported", &[]),
    (
        MAILS,
        "Attempts to send mail, by how they ended",
        &[("result", "sent"), ("result", "deferred"), ("result", "failed"), ("result", "unclear")],
    ),
    (
        "quotes_sign_ins_total",
        "Tries to sign in",
        &[
            ("result", "succeeded"),
            ("result", "refused"),
            ("result", "throttled"),
            ("result", "failed"),
        ],
    ),
];

static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();

/// Begins to count, once in a process.
///
/// # Errors
///
/// When something else counts already.
pub fn start_counting() -> Result<()> {
    if HANDLE.get().is_some() {
        return Ok(());
    }
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(SECONDS.to_owned()), &BOUNDS)
        .context("set the bounds of response times")?
        .build_recorder();
    if HANDLE.set(recorder.handle()).is_ok() {
        metrics::set_global_recorder(recorder).context("begin to count")?;
        describe();
    }
    Ok(())
}

fn describe() {
    for (name, meaning, labels) in COUNTERS {
        describe_counter!(*name, *meaning);
        if labels.is_empty() {
            counter!(*name).absolute(0);
        }
        for (label, value) in *labels {
            counter!(*name, *label => *value).absolute(0);
        }
    }
    describe_counter!(REQUESTS, "Requests, by method, route and status");
    describe_histogram!(SECONDS, Unit::Seconds, "How long requests took, by method and route");
    describe_gauge!(WITH_EVENTS, "Quotes that have events");
    describe_gauge!(ALL, "Quotes");
    describe_gauge!(MAILS_QUEUED, "Mails that wait to be sent, or are being sent");
    describe_gauge!(MAIL_OLDEST, Unit::Seconds, "For how long the oldest of them has waited");
}

/// Everything that was counted; empty where nothing counts.
#[must_use]
pub fn render() -> String {
    HANDLE.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// Adds up what was measured since the last time, so that it takes no more memory than the sums.
pub(super) fn add_up() {
    if let Some(handle) = HANDLE.get() {
        handle.run_upkeep();
    }
}
