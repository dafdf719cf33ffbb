//! What the database lacked when it was looked at last.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use super::{Missing, look};
use crate::store::Store;

/// Between two looks, as long as something is missing.
const LOOK_SECONDS: u64 = 10;

/// What is missing, as it was last seen.
#[derive(Debug, Clone)]
pub struct Standing(watch::Receiver<Arc<[Missing]>>);

impl Standing {
    /// Nothing is missing.
    #[must_use]
    pub fn complete() -> Self {
        Self::lacking(Vec::new())
    }

    /// This is missing, and stays so.
    #[must_use]
    pub fn lacking(missing: Vec<Missing>) -> Self {
        Self(watch::channel(missing.into()).1)
    }

    /// What is missing.
    #[must_use]
    pub fn missing(&self) -> Arc<[Missing]> {
        self.0.borrow().clone()
    }

    /// Whether a migration is missing, whole or in part.
    #[must_use]
    pub fn lacks(&self, version: &str) -> bool {
        self.0.borrow().iter().any(|missing| missing.version.as_str() == version)
    }
}

/// Looks again now and then until nothing is missing.
#[must_use]
pub fn follow(store: Store, missing: Vec<Missing>) -> Standing {
    let (sender, receiver) = watch::channel(missing.into());
    tokio::spawn(until_complete(store, sender));
    Standing(receiver)
}

async fn until_complete(store: Store, standing: watch::Sender<Arc<[Missing]>>) {
    while !standing.borrow().is_empty() {
        tokio::time::sleep(Duration::from_secs(LOOK_SECONDS)).await;
        if standing.is_closed() {
            return;
        }
        match look(&store).await {
            Ok(missing) if missing.is_empty() => {
                tracing::info!("all migrations are there");
                standing.send_replace(missing.into());
            }
            Ok(missing) => {
                standing.send_replace(missing.into());
            }
            Err(failure) => {
                let cause = failure.cause.map(|cause| format!("{cause:#}")).unwrap_or_default();
                tracing::warn!(cause, "failed to look for migrations");
            }
        }
    }
}
