//! An application that shows its metrics, in this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use testbed::HttpEndpoint;

const PATH: &str = "/metrics";
/// Requests between two changes of what it shows.
const REQUESTS: u64 = 100;
const EVERY: Duration = Duration::from_millis(10);

/// Answers requests all the time, until it is dropped.
pub(crate) struct Application {
    pub(crate) endpoint: HttpEndpoint,
    errors: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Application {
    /// So many of a hundred requests end with an error.
    pub(crate) fn with_errors(errors: u64) -> Self {
        let endpoint = HttpEndpoint::start().unwrap();
        endpoint.serve(PATH, text(0, 0));
        let application = Self {
            endpoint: endpoint.clone(),
            errors: Arc::new(AtomicU64::new(errors)),
            over: Arc::default(),
        };
        let (errors, over) = (Arc::clone(&application.errors), Arc::clone(&application.over));
        thread::spawn(move || {
            let (mut good, mut bad) = (0, 0);
            while !over.load(Ordering::Relaxed) {
                let errors = errors.load(Ordering::Relaxed);
                bad += errors;
                good += REQUESTS - errors;
                endpoint.serve(PATH, text(good, bad));
                thread::sleep(EVERY);
            }
        });
        application
    }

    /// From now on so many of a hundred do.
    pub(crate) fn set_errors(&self, errors: u64) {
        self.errors.store(errors, Ordering::Relaxed);
    }

    pub(crate) fn url(&self) -> String {
        format!("{}{PATH}", self.endpoint.url())
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// All quick but one of a hundred.
fn text(good: u64, bad: u64) -> String {
    let all = good + bad;
    format!(
        "# TYPE http_requests_total counter\n\
         http_requests_total{{status=\"200\"}} {good}\n\
         http_requests_total{{status=\"500\"}} {bad}\n\
         http_request_duration_seconds_bucket{{le=\"0.1\"}} {}\n\
         http_request_duration_seconds_bucket{{le=\"1\"}} {all}\n\
         http_request_duration_seconds_bucket{{le=\"+Inf\"}} {all}\n\
         quotes_created_total {}\n",
        all - all / 100,
        all / 10
    )
}
