//! Maintenance as Causeway says it: followed in the database, known also while the database is away.

use causeway_core::maintenance::Maintenance;
use tokio::sync::watch;

/// The last state that was read.
#[derive(Debug, Clone)]
pub struct Follower {
    state: watch::Receiver<Maintenance>,
}

impl Follower {
    /// Follows what is sent to the other end.
    #[must_use]
    pub fn of(state: watch::Receiver<Maintenance>) -> Self {
        Self { state }
    }

    /// The state at present, or the last one that could be read.
    #[must_use]
    pub fn now(&self) -> Maintenance {
        self.state.borrow().clone()
    }
}
