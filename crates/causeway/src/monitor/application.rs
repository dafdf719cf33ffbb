//! The application, by the metrics that it shows to Prometheus.

use std::collections::HashMap;
use std::time::Duration;

use causeway_core::sample::ApplicationSample;
use ureq::{Agent, Error};

use super::exposition::{self, Series};
use super::latency::Latency;
use super::selector::Selector;

/// An answer that takes longer is none.
const ANSWER_SECONDS_MAX: u64 = 2;
/// Some thousand series; who shows more has another address in mind.
const ANSWER_BYTES_MAX: u64 = 4_000_000;
/// Series that are kept from look to look.
const SERIES_MAX: usize = 100_000;

/// Where an application shows its metrics, and which of them are which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// `http://127.0.0.1:8080/metrics`: one process, or something that adds up several.
    pub url: String,
    /// Which series are meant.
    pub selectors: Selectors,
}

/// Which series are which. All of them are counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selectors {
    /// Requests answered.
    pub requests: Selector,
    /// Those answered with an error.
    pub errors: Selector,
    /// Histogram of response times in seconds.
    pub latency: Selector,
    /// Things created.
    pub created: Selector,
    /// Tries to create one that failed.
    pub create_failed: Selector,
    /// Problems that users reported.
    pub issues: Selector,
}

/// An application that is looked at again and again.
#[derive(Debug)]
pub(super) struct ApplicationEye {
    application: Application,
    counters: Counters,
}

impl ApplicationEye {
    pub(super) fn new(application: Application) -> Self {
        Self { application, counters: Counters::default() }
    }

    /// What happened since the last look that was answered; nothing but none at the first.
    ///
    /// # Errors
    /// Why there is no answer, in words.
    pub(super) async fn look(&mut self) -> Result<ApplicationSample, String> {
        let url = self.application.url.clone();
        let fetching = tokio::task::spawn_blocking(move || fetch(&url));
        let text = fetching.await.unwrap_or_else(|_| Err("it could not be asked".to_owned()))?;
        self.counters.advance(&self.application.selectors, &text)
    }
}

fn fetch(url: &str) -> Result<String, String> {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(ANSWER_SECONDS_MAX)))
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(concat!("causeway/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut response = agent.get(url).call().map_err(|error| words(&error))?;
    if response.status().as_u16() != 200 {
        return Err(format!("it answers with {}", response.status().as_u16()));
    }
    let reading = response.body_mut().with_config().limit(ANSWER_BYTES_MAX).lossy_utf8(true);
    reading.read_to_string().map_err(|error| words(&error))
}

/// The client's errors may quote the address, whose query may hold a token.
fn words(error: &Error) -> String {
    match error {
        Error::Io(error) => error.to_string(),
        Error::Timeout(_) => format!("no answer within {ANSWER_SECONDS_MAX} s"),
        Error::HostNotFound => "there is no host of this name".to_owned(),
        Error::ConnectionFailed => "no connection".to_owned(),
        Error::BodyExceedsLimit(_) => {
            format!("its answer is longer than {} MB", ANSWER_BYTES_MAX / 1_000_000)
        }
        Error::Protocol(_) => "its answer is not HTTP".to_owned(),
        _ => "it could not be asked".to_owned(),
    }
}

/// What is counted, in the order of [`Selectors`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Count {
    Requests,
    Errors,
    Latency,
    Created,
    CreateFailed,
    Issues,
}

/// Values of counters at the look before.
#[derive(Debug, Default)]
struct Counters {
    before: Option<HashMap<(Count, String), f64>>,
}

impl Counters {
    /// A counter that fell was started again with its application, and counts from zero; so does a
    /// series that was not there before, such as the first error of its kind.
    fn advance(&mut self, selectors: &Selectors, text: &str) -> Result<ApplicationSample, String> {
        let mut seen = false;
        let first = self.before.is_none();
        let known = self.before.get_or_insert_default();
        let mut grown: HashMap<Count, f64> = HashMap::new();
        let mut latency = Latency::default();
        for series in exposition::parse(text) {
            seen = true;
            if !series.value.is_finite() {
                continue;
            }
            for (count, suffix) in meant(selectors, &series) {
                let before = known.insert((count, key(&series)), series.value).unwrap_or(0.0);
                let more = if series.value < before { series.value } else { series.value - before };
                match (count, suffix) {
                    (Count::Latency, _) => latency.add(series.label("le"), more),
                    _ => *grown.entry(count).or_default() += more,
                }
            }
        }
        let too_many = known.len() > SERIES_MAX;
        if too_many || (first && !seen) {
            self.before = None;
        }
        if too_many {
            return Err(format!("more than {SERIES_MAX} of its series are meant"));
        }
        if !seen {
            return Err("its answer holds no metrics of Prometheus' text format".to_owned());
        }
        Ok(if first { ApplicationSample::default() } else { sample(&grown, latency) })
    }
}

fn meant(selectors: &Selectors, series: &Series<'_>) -> Vec<(Count, &'static str)> {
    let all = [
        (Count::Requests, &selectors.requests, ""),
        (Count::Errors, &selectors.errors, ""),
        (Count::Latency, &selectors.latency, "_bucket"),
        (Count::Created, &selectors.created, ""),
        (Count::CreateFailed, &selectors.create_failed, ""),
        (Count::Issues, &selectors.issues, ""),
    ];
    let meant = all.into_iter().filter(|(_, selector, suffix)| selector.matches(series, suffix));
    meant.map(|(count, _, suffix)| (count, suffix)).collect()
}

fn key(series: &Series<'_>) -> String {
    let mut key = series.name.to_owned();
    for (name, value) in &series.labels {
        // No label holds a zero byte that means anything.
        key.extend(["\0", name, "\0", value]);
    }
    key
}

fn sample(grown: &HashMap<Count, f64>, latency: Latency) -> ApplicationSample {
    let count = |count: Count| grown.get(&count).copied();
    // A counter of failures may first be shown with the first failure.
    let failures = |failed: Count, of: Count| count(failed).or_else(|| count(of).map(|_| 0.0));
    ApplicationSample {
        requests: count(Count::Requests),
        errors: failures(Count::Errors, Count::Requests),
        p50_milliseconds: latency.quantile_milliseconds(0.50),
        p99_milliseconds: latency.quantile_milliseconds(0.99),
        latency: latency.buckets(),
        created: count(Count::Created),
        create_failed: failures(Count::CreateFailed, Count::Created),
        issues: count(Count::Issues),
    }
}

#[cfg(test)]
mod tests {
    use super::{Counters, Selectors};

    fn selectors() -> Selectors {
        Selectors {
            requests: "requests".parse().unwrap(),
            errors: "requests{status=\"5*\"}".parse().unwrap(),
            latency: "took".parse().unwrap(),
            created: "created".parse().unwrap(),
            create_failed: "failed".parse().unwrap(),
            issues: "issues".parse().unwrap(),
        }
    }

    fn advance(counters: &mut Counters, text: &str) -> causeway_core::sample::ApplicationSample {
        counters.advance(&selectors(), text).unwrap()
    }

    #[test]
    fn counts_are_of_the_interval_and_the_first_look_has_none() {
        let mut counters = Counters::default();
        let first = advance(&mut counters, "requests{status=\"200\"} 100\ncreated 7\n");
        assert_eq!(first, Default::default());
        let second = advance(
            &mut counters,
            "requests{status=\"200\"} 190\nrequests{status=\"500\"} 10\ncreated 9\n",
        );
        assert_eq!((second.requests, second.errors), (Some(100.0), Some(10.0)));
        assert_eq!(second.error_rate_percent(), Some(10.0));
        assert_eq!((second.created, second.create_failed), (Some(2.0), Some(0.0)));
        assert_eq!(second.issues, None);
    }

    #[test]
    fn an_application_that_was_started_again_counts_from_zero() {
        let mut counters = Counters::default();
        advance(&mut counters, "requests{status=\"200\"} 100\nrequests{status=\"500\"} 50\n");
        let after =
            advance(&mut counters, "requests{status=\"200\"} 5\nrequests{status=\"500\"} 51\n");
        assert_eq!((after.requests, after.errors), (Some(6.0), Some(1.0)));
    }

    #[test]
    fn response_times_come_from_the_histogram() {
        let mut counters = Counters::default();
        let text = |low: u32, all: u32| {
            format!(
                "took_bucket{{le=\"0.1\"}} {low}\ntook_bucket{{le=\"1\"}} {all}\ntook_bucket{{le=\"+Inf\"}} {all}\n"
            )
        };
        advance(&mut counters, &text(1, 1));
        let after = advance(&mut counters, &text(91, 101));
        assert_eq!(after.latency, [(0.1, 90.0), (1.0, 100.0), (f64::MAX, 100.0)]);
        let p99 = after.p99_milliseconds.unwrap();
        assert!((p99 - 910.0).abs() < 1e-6, "{p99}");
        let p50 = after.p50_milliseconds.unwrap();
        assert!((p50 - 100.0 * 50.0 / 90.0).abs() < 1e-6, "{p50}");
    }

    #[test]
    fn what_is_no_answer_is_none() {
        let mut counters = Counters::default();
        assert!(counters.advance(&selectors(), "<html>not here</html>").is_err());
        assert!(counters.advance(&selectors(), "").is_err());
        let other = advance(&mut counters, "up 1\n");
        assert_eq!(other, Default::default());
        let nothing = advance(&mut counters, "up 1\nrequests NaN\n");
        assert_eq!(nothing.requests, None);
    }
}
