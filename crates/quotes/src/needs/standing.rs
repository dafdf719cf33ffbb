//! What the database lacked when it was looked at last.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use super::{Missing, look};
use crate::store::Store;

/// Between two looks, as long as something is missing.
const MISSING_SECONDS: u64 = 10;
/// Between two looks otherwise: a migration may be taken back.
const COMPLETE_SECONDS: u64 = 60;

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

/// Looks again and again, as long as somebody holds the answer.
#[must_use]
pub fn follow(store: Store, missing: Vec<Missing>) -> Standing {
    let (sender, receiver) = watch::channel(missing.into());
    tokio::spawn(look_again(store, sender));
    Standing(receiver)
}

async fn look_again(store: Store, standing: watch::Sender<Arc<[Missing]>>) {
    while !standing.is_closed() {
        let complete = standing.borrow().is_empty();
        let pause = if complete { COMPLETE_SECONDS } else { MISSING_SECONDS };
        tokio::time::sleep(Duration::from_secs(pause)).await;
        match look(&store).await {
            Ok(missing) => {
                let missing: Arc<[Missing]> = missing.into();
                say_change(&standing.borrow(), &missing);
                standing.send_replace(missing);
            }
            Err(failure) => {
                let cause = failure.cause.map(|cause| format!("{cause:#}")).unwrap_or_default();
                tracing::warn!(cause, "failed to look for migrations");
            }
        }
    }
}

fn say_change(before: &[Missing], now: &[Missing]) {
    if now.is_empty() && !before.is_empty() {
        tracing::info!("all migrations are there");
    }
    for missing in now.iter().filter(|missing| !before.contains(missing)) {
        let version = missing.version.as_str();
        tracing::warn!(version, parts = missing.parts.join(", "), "a migration is missing");
    }
}
