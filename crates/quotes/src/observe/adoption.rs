//! How many quotes have events: looked at now and then, and never for long.

use std::time::Duration;

use futures_util::try_join;
use metrics::gauge;

use super::metrics::{ALL, WITH_EVENTS, add_up};
use crate::{failure::Failure, operations::has_event, store::Store};

const LOOK_SECONDS: u64 = 60;
const ADD_UP_SECONDS: u64 = 5;
/// A count that takes longer is left out.
const COUNT_MILLIS_MAX: u64 = 1_000;

/// Keeps the gauges, and adds up what was measured, until the runtime ends.
pub async fn follow_adoption(store: Store) {
    let mut ticks = tokio::time::interval(Duration::from_secs(ADD_UP_SECONDS));
    let mut number: u64 = 0;
    loop {
        ticks.tick().await;
        add_up();
        if number.is_multiple_of(LOOK_SECONDS / ADD_UP_SECONDS)
            && let Err(failure) = look(&store).await
        {
            let cause = failure.cause.map(|cause| format!("{cause:#}")).unwrap_or_default();
            tracing::debug!(cause, "failed to count quotes");
        }
        number += 1;
    }
}

async fn look(store: &Store) -> Result<(), Failure> {
    let quotes = store.collection("quotes");
    let time_max = Duration::from_millis(COUNT_MILLIS_MAX);
    let with_events = quotes.count_documents(has_event()).max_time(time_max).into_future();
    let all = quotes.estimated_document_count().max_time(time_max).into_future();
    let (with_events, all) = try_join!(
        store.call("count quotes with events", with_events),
        store.call("count quotes", all)
    )?;
    #[expect(clippy::cast_precision_loss, reason = "gauges are floats")]
    let (with_events, all) = (with_events as f64, all as f64);
    gauge!(WITH_EVENTS).set(with_events);
    gauge!(ALL).set(all);
    Ok(())
}
