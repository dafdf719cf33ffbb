//! How much mail waits and for how long, as gauges: also where nobody sends it.

use std::time::Duration;

use bson::DateTime;
use metrics::gauge;

use crate::{
    observe::{MAIL_OLDEST, MAILS_QUEUED},
    store::Store,
};

const LOOK_SECONDS: u64 = 10;

/// Keeps the gauges until the runtime ends.
pub async fn follow(store: Store) {
    let mut ticks = tokio::time::interval(Duration::from_secs(LOOK_SECONDS));
    loop {
        ticks.tick().await;
        match store.waiting_mails().await {
            Ok(waiting) => {
                let now = DateTime::now().timestamp_millis();
                let millis = waiting.since.map_or(0, |since| now - since.timestamp_millis());
                gauge!(MAILS_QUEUED).set(waiting.mails);
                let age = Duration::from_millis(u64::try_from(millis).unwrap_or_default());
                gauge!(MAIL_OLDEST).set(age.as_secs_f64());
            }
            Err(failure) => {
                let cause = failure.cause.map(|cause| format!("{cause:#}")).unwrap_or_default();
                tracing::debug!(cause, "failed to count waiting mails");
            }
        }
    }
}
