//! `[metrics]`, `[thresholds]` and `[watch]`: what is looked at while a migration runs and in the day
//! after it, and what happens when something is crossed.

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;
use url::Url;

use super::notices::Mistake;
use crate::command::arguments::Length;
use crate::monitor::{Application, INTERVAL, Selector, Selectors, Settings};
use crate::watch::WatchSettings;

mod thresholds;

pub(super) use thresholds::ThresholdSettings;

/// The first day, as the migration plan has it.
const WATCH_FOR: Duration = Duration::from_hours(24);
/// Often enough to see an outage, and seldom enough to be no load.
const WATCH_EVERY: Duration = Duration::from_secs(30);
/// How long a run of the whole plan looks before it hands over to `causeway watch`.
const WATCH_IN_RUN: Duration = Duration::from_mins(10);

/// `[metrics]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct MetricsSettings {
    url: Option<Spanned<String>>,
    requests: Option<Selector>,
    errors: Option<Selector>,
    latency: Option<Selector>,
    created: Option<Selector>,
    create_failed: Option<Selector>,
    issues: Option<Selector>,
}

/// `[watch]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct WatchFileSettings {
    #[serde(rename = "for")]
    length: Option<Length>,
    every: Option<Length>,
    in_run: Option<Length>,
}

impl MetricsSettings {
    /// Looks for what serde can't know.
    ///
    /// # Errors
    /// The first mistake; it never repeats the address, which may hold a secret.
    pub(super) fn check(&self) -> Result<(), Mistake> {
        let Some(written) = &self.url else { return Ok(()) };
        let wrong = |message: &str| Err((written.span().start, message.to_owned()));
        let url = Url::parse(written.get_ref()).ok();
        let url = url.filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
        let Some(url) = url else {
            return wrong("expected an address that begins http:// or https://");
        };
        if !url.username().is_empty() || url.password().is_some() {
            return wrong(
                "the address holds a user or a password, which do not belong in this file",
            );
        }
        Ok(())
    }

    /// The application, where its metrics are.
    fn application(&self) -> Option<Application> {
        let url = self.url.as_ref()?.get_ref().clone();
        Some(Application { url, selectors: self.selectors() })
    }

    pub(super) fn selectors(&self) -> Selectors {
        let chosen = |written: &Option<Selector>, built_in: &str| {
            let built_in = || built_in.parse().expect("what is built in is a selector");
            written.clone().unwrap_or_else(built_in)
        };
        Selectors {
            requests: chosen(&self.requests, "http_requests_total"),
            errors: chosen(&self.errors, "http_requests_total{status=\"5*\",status!=\"503\"}"),
            latency: chosen(&self.latency, "http_request_duration_seconds"),
            created: chosen(&self.created, "quotes_created_total"),
            create_failed: chosen(&self.create_failed, "quotes_create_failed_total"),
            issues: chosen(&self.issues, "quotes_problems_reported_total"),
        }
    }
}

impl super::Config {
    /// What a run is watched by.
    pub(crate) fn monitor(&self) -> Settings {
        Settings {
            application: self.metrics.application(),
            thresholds: self.thresholds.thresholds(),
            interval: INTERVAL,
        }
    }

    /// How the day after is watched: the command line before the file.
    pub(crate) fn watch(&self, length: Option<Length>, every: Option<Length>) -> WatchSettings {
        let chosen = |given: Option<Length>, written: Option<Length>, built_in| {
            given.or(written).map_or(built_in, |Length(length)| length)
        };
        WatchSettings {
            length: chosen(length, self.watch.length, WATCH_FOR),
            every: chosen(every, self.watch.every, WATCH_EVERY),
            application: self.metrics.application(),
        }
    }

    /// How long a run of the whole plan watches at its end; none where it does not.
    pub(crate) fn watch_in_run(&self) -> Option<Duration> {
        let length = self.watch.in_run.map_or(WATCH_IN_RUN, |Length(length)| length);
        (!length.is_zero()).then_some(length)
    }
}
