//! Reading the state again and again. A database that is away leaves it as it was.

use std::time::{Duration, Instant};

use bson::{Document, deserialize_from_document, doc};
use causeway_core::maintenance::{COLLECTION, ID, Maintenance};
use tokio::{
    sync::watch,
    time::{Interval, MissedTickBehavior},
};

use super::{Follower, Seen, Told, told};
use crate::{failure::Failure, store::Store};

/// Between two looks at the state: people are kept out within a second.
const STATE_MILLIS: u64 = 250;
/// Between two looks at what people are told.
const TOLD_MILLIS: u64 = 1_000;
/// No look at the state takes longer: after a network that hung, the next one is soon.
const LOOK_MILLIS_MAX: u64 = 1_000;
/// Failures are said at most this often.
const SAY_SECONDS: u64 = 30;

/// Follows the state in this database for as long as somebody holds the answer.
#[must_use]
pub fn follow(store: &Store) -> Follower {
    let (state, state_seen) = watch::channel(Maintenance::default());
    let (seen, seen_seen) = watch::channel(None);
    let (told, told_seen) = watch::channel(Told::default());
    tokio::spawn(follow_state(store.clone(), state, seen));
    tokio::spawn(follow_told(store.clone(), told));
    Follower { state: state_seen, seen: seen_seen, told: told_seen }
}

async fn follow_state(
    store: Store,
    state: watch::Sender<Maintenance>,
    seen: watch::Sender<Option<Seen>>,
) {
    let (mut said, mut ticks) = (Said::default(), ticks(STATE_MILLIS));
    while !state.is_closed() {
        ticks.tick().await;
        match read_state(&store).await {
            Ok(read) => {
                seen.send_replace(Some(Seen::now()));
                let before = state.send_replace(read);
                let on = state.borrow().on;
                if on != before.on {
                    tracing::info!(on, "maintenance was switched");
                }
            }
            Err(failure) => said.say(failure, "failed to read the state of maintenance"),
        }
    }
}

async fn follow_told(store: Store, told: watch::Sender<Told>) {
    let (mut said, mut ticks) = (Said::default(), ticks(TOLD_MILLIS));
    while !told.is_closed() {
        ticks.tick().await;
        match told::read(&store).await {
            Ok(read) => {
                told.send_replace(read);
            }
            Err(failure) => said.say(failure, "failed to read what people are told"),
        }
    }
}

/// A look that took long is followed by a pause, not by those that were missed.
fn ticks(millis: u64) -> Interval {
    let mut ticks = tokio::time::interval(Duration::from_millis(millis));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

async fn read_state(store: &Store) -> Result<Maintenance, Failure> {
    let documents = store.collection(COLLECTION);
    let find = documents.find_one(doc! { "_id": ID }).into_future();
    let read = store.call("read the state of maintenance", find);
    match tokio::time::timeout(Duration::from_millis(LOOK_MILLIS_MAX), read).await {
        Ok(found) => Ok(found?.map(state).unwrap_or_default()),
        Err(_elapsed) => Err(Failure::database_away(anyhow::anyhow!(
            "failed to read the state of maintenance: no answer within {LOOK_MILLIS_MAX} ms"
        ))),
    }
}

/// Of a document that somebody wrote by hand and got wrong, it counts at least whether it is on: people
/// are kept out once too often rather than once too seldom.
pub(crate) fn state(document: Document) -> Maintenance {
    let on = document.get_bool("on").unwrap_or_default();
    deserialize_from_document(document)
        .unwrap_or_else(|_unreadable| Maintenance { on, ..Maintenance::default() })
}

/// Says what fails, and not four times a second.
#[derive(Default)]
struct Said(Option<Instant>);

impl Said {
    fn say(&mut self, failure: Failure, what: &str) {
        if self.0.is_some_and(|last| last.elapsed() < Duration::from_secs(SAY_SECONDS)) {
            return;
        }
        self.0 = Some(Instant::now());
        let cause = failure.cause.map(|cause| format!("{cause:#}")).unwrap_or_default();
        tracing::warn!(cause, "{what}: the last one known counts");
    }
}

#[cfg(test)]
mod tests {
    use bson::doc;

    use super::state;

    #[test]
    fn a_document_that_can_not_be_read_keeps_people_out_when_it_says_on() {
        assert!(state(doc! { "on": true, "until": "half past two" }).covers("quotes"));
        assert!(!state(doc! { "on": "yes" }).on);
    }
}
