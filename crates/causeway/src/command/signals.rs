//! Ctrl-C, SIGTERM and a closed terminal: the first lets the batch in hand end, the second ends the
//! process at once.

use std::io;
use std::time::Duration;

use causeway_core::event::Event;
use causeway_core::outcome::Outcome;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::context::Interrupt;
use crate::failure::{Attempt, Failure, Result};
use crate::terminal::Screen;

/// What a command does to the database, and so what a signal means to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// It works under a lease of this life: it may end after the batch in hand.
    Runs(Duration),
    /// The same, with maintenance, fence and jobs around it.
    CarriesPlan(Duration),
    /// It writes a little: it is given the time to.
    Writes,
    /// It only looks: it may end at any time.
    Looks,
    /// It looks for a day, and goes on where it was: it may end at any time.
    Watches,
    /// It shows what happens until somebody has seen enough.
    Follows,
}

/// Listens from now on.
///
/// # Errors
/// When the system does not let it. Needs a runtime.
pub(super) fn listen(nature: Nature, interrupt: Interrupt, screen: Screen) -> Result<()> {
    let mut signals = Signals::new().attempt(|| "listen for signals".to_owned())?;
    // A prompt that is open keeps the terminal in raw mode, and ending at once would leave it so.
    let modes = tcgetattr(io::stdin()).ok();
    tokio::spawn(async move {
        signals.next().await;
        if matches!(nature, Nature::Runs(_) | Nature::CarriesPlan(_) | Nature::Writes) {
            interrupt.set();
            screen.show(&Event::Warning {
                text: "finishing the batch in hand; press again to stop at once".to_owned(),
            });
            signals.next().await;
        }
        end_at_once(nature, &screen, modes.as_ref());
    });
    Ok(())
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
    /// None where whoever started the program does not want it to end with the terminal: `nohup`.
    hang_up: Option<Signal>,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: if is_hang_up_ignored() { None } else { Some(signal(SignalKind::hangup())?) },
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            () = hung_up(self.hang_up.as_mut()) => {}
        }
    }
}

async fn hung_up(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => drop(signal.recv().await),
        None => std::future::pending().await,
    }
}

/// Whether the program was started so that it outlives its terminal.
fn is_hang_up_ignored() -> bool {
    const HANG_UP_BIT: u64 = 1;
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
    ignored.is_some_and(|bits| bits & HANG_UP_BIT != 0)
}

fn end_at_once(nature: Nature, screen: &Screen, modes: Option<&Termios>) -> ! {
    if let Some(modes) = modes {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, modes);
    }
    let result = match nature {
        // There is no time to give the lease back.
        Nature::Runs(life) => Err(Failure::stopped("stopped at once").hint(format!(
            "the lease is free again in {} s at most, or at once with `causeway unlock --force`; \
             then the same command settles what was in hand, and goes on",
            life.as_secs()
        ))),
        Nature::CarriesPlan(life) => Err(Failure::stopped(
            "stopped at once: maintenance, fence and jobs are left as they were at that moment",
        )
        .hint(format!(
            "`causeway status` says how they stand; the same command goes on in {} s at most, or at once after \
             `causeway unlock --force`, and `causeway run VERSION --roll-back` goes back",
            life.as_secs()
        ))),
        Nature::Writes => Err(Failure::stopped("stopped at once")
            .hint("give the same command again: it may not have done everything")),
        Nature::Looks => Err(Failure::refused("interrupted; nothing was written")),
        Nature::Watches => {
            Err(Failure::stopped("stopped watching").hint("the same command goes on with it"))
        }
        Nature::Follows => Ok(Outcome::Done),
    };
    let outcome = super::conclude(screen, result);
    #[expect(
        clippy::disallowed_methods,
        reason = "the one way out that does not wait for the work"
    )]
    std::process::exit(outcome.exit_code().into())
}
