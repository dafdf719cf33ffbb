//! How a watch is kept.

use std::time::Duration;

use crate::clock::thousands;
use crate::failure::{Failure, Result};
use crate::monitor::Application;

/// Looks that are kept and compared, at the most.
const LOOKS_MAX: u128 = 100_000;
/// Server and application are not asked more often.
const EVERY_MIN: Duration = Duration::from_millis(100);

/// How a watch is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchSettings {
    /// How long, from its first look on.
    pub length: Duration,
    /// Time between two looks.
    pub every: Duration,
    /// The application; none where no metrics are configured.
    pub application: Option<Application>,
}

impl WatchSettings {
    /// Insists that the times make sense.
    ///
    /// # Errors
    /// Usage when they do not.
    pub(super) fn check(&self) -> Result<()> {
        let Self { length, every, application: _ } = self;
        if length.is_zero() {
            return Err(Failure::usage("watching for no time sees nothing")
                .hint("give --for a time such as 24h"));
        }
        if *every < EVERY_MIN {
            return Err(Failure::usage(
                "looking more often than ten times a second is no watching",
            )
            .hint("give --every a time such as 30s"));
        }
        if length.as_millis() / every.as_millis() > LOOKS_MAX {
            let most = thousands(u64::try_from(LOOKS_MAX).unwrap_or(u64::MAX));
            return Err(Failure::usage(format!("a watch has {most} looks at the most"))
                .hint("look less often: --every 30s"));
        }
        Ok(())
    }
}
