//! Maintenance as Causeway says it: followed in the database, known also while the database is away.

mod follow;
mod gate;
mod notifications;
mod refusal;
mod told;
mod within;
mod writes;

use std::time::{Duration, Instant};

use bson::DateTime;
use causeway_core::maintenance::Maintenance;
use tokio::sync::watch;

pub use follow::follow;
pub(crate) use follow::state;
pub use gate::gate;
pub use notifications::NoticeReads;
pub use refusal::refusal;
pub(crate) use refusal::said;
pub use told::{Banner, Notice, Page, Period, Told};
pub use writes::written;

pub(crate) use within::{explain, stay_open};

/// What was seen longer ago than this is no sign that the database answers.
const FRESH_SECONDS_MAX: u64 = 3;

/// The last state that was read.
#[derive(Debug, Clone)]
pub struct Follower {
    state: watch::Receiver<Maintenance>,
    seen: watch::Receiver<Option<Seen>>,
    told: watch::Receiver<Told>,
}

/// When the database answered.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    at: Instant,
    /// On this machine's clock.
    pub time: DateTime,
}

impl Seen {
    fn now() -> Self {
        Self { at: Instant::now(), time: DateTime::now() }
    }
}

impl Follower {
    /// Follows what is sent to the other end, over a database that nobody looks at.
    #[must_use]
    pub fn of(state: watch::Receiver<Maintenance>) -> Self {
        Self { state, seen: watch::channel(None).1, told: watch::channel(Told::default()).1 }
    }

    /// The state at present, or the last one that could be read.
    #[must_use]
    pub fn now(&self) -> Maintenance {
        self.state.borrow().clone()
    }

    /// Whether a collection may only be read.
    #[must_use]
    pub fn covers(&self, collection: &str) -> bool {
        self.state.borrow().covers(collection)
    }

    /// When the database answered last.
    #[must_use]
    pub fn seen(&self) -> Option<Seen> {
        *self.seen.borrow()
    }

    /// Whether the database answered within the last seconds.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        let limit = Duration::from_secs(FRESH_SECONDS_MAX);
        self.seen().is_some_and(|seen| seen.at.elapsed() < limit)
    }

    /// Waits until the state was read once.
    pub async fn known(&mut self) {
        // An error means that nobody follows: then there is nothing to wait for.
        let _ = self.seen.wait_for(Option::is_some).await;
    }

    /// What people are told beside the state.
    #[must_use]
    pub fn told(&self) -> Told {
        self.told.borrow().clone()
    }
}
