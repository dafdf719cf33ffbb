//! Trying again: for a while, at growing intervals, and only what may succeed another time.

use std::time::Duration;

use post::{Kind, Trouble};
use tokio::time::{Instant, sleep};

use crate::context::Interrupt;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(8);

/// How long a receiver is tried in all: many recipients behind one server that is down must not make
/// many times the wait.
#[derive(Debug)]
pub(super) struct Patience {
    length: Duration,
    since: Option<Instant>,
    /// What the receiver was last seen to be when patience ended.
    away: Option<String>,
}

/// How a delivery ended, and after how many attempts.
pub(super) type Ended = (i64, Result<String, Trouble>);

impl Patience {
    pub(super) const fn new(length: Duration) -> Self {
        Self { length, since: None, away: None }
    }

    /// Attempts until one succeeds, fails for good, or patience ends.
    pub(super) async fn attempt(
        &mut self,
        interrupt: &Interrupt,
        mut attempt: impl AsyncFnMut() -> Result<String, Trouble>,
    ) -> Ended {
        if let Some(words) = &self.away {
            return (0, Err(Trouble::new(Kind::Away, format!("not tried: {words}"))));
        }
        let mut pause = FIRST_PAUSE;
        for attempts in 1.. {
            let begun = Instant::now();
            let trouble = match attempt().await {
                Ok(answer) => {
                    self.since = None;
                    return (attempts, Ok(answer));
                }
                Err(trouble) => trouble,
            };
            let again = match trouble.kind {
                Kind::Away | Kind::Transient => true,
                Kind::Shut | Kind::Permanent | Kind::Unclear => false,
            };
            let since = *self.since.get_or_insert(begun);
            let is_over = since.elapsed() + pause > self.length || interrupt.is_set();
            if !again || is_over {
                let for_all = matches!(trouble.kind, Kind::Away | Kind::Shut);
                self.away = for_all.then(|| trouble.words.clone());
                return (attempts, Err(trouble));
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
        unreachable!("the loop has no end")
    }
}
