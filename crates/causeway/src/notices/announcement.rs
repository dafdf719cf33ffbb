//! Which notice a command means: a new one, or one that was begun before. Decides, and does nothing.
//!
//! What people were told last of a maintenance says what may come next. The same moment and the same
//! window mean the same notice, so that the same command sends what is missing of it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Notice;
use super::moment::Moment;
use super::window::{Minutes, Window};
use crate::failure::{Failure, Result};

/// What somebody asks for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The moment.
    pub moment: Moment,
    /// When the maintenance begins, where it was said.
    pub start: Option<Timestamp>,
    /// How long it takes, where it was said.
    pub minutes: Option<Minutes>,
    /// The run that it is about, where it was said.
    pub run: Option<String>,
    /// How long it takes where nobody says or said.
    pub minutes_usual: Minutes,
    /// The zone of times.
    pub zone: TimeZone,
    /// The present.
    pub now: Timestamp,
}

/// Which notice is meant.
#[derive(Debug)]
pub enum Decision<'a> {
    /// One that was stored before.
    Repeat(&'a Notice),
    /// The next one of the maintenance that people know of.
    Next(Moment, Window),
    /// The first one of another maintenance.
    First(Moment, Window),
}

/// Where the latest maintenance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Announced, and its time is not over.
    Scheduled,
    /// Announced, and nobody said more until its time was over.
    Lapsed,
    InProgress,
    Ended(Moment),
}

impl Asked {
    /// Which notice is meant, after those of the latest maintenance in their order.
    ///
    /// # Errors
    /// Usage when something was not said; refused when it can't come after what people were told.
    pub fn decide<'a>(&self, past: &'a [Notice]) -> Result<Decision<'a>> {
        let Some(last) = past.last() else { return self.without_a_past() };
        let standing = standing(last, self.now);
        if self.means(last) {
            return Ok(Decision::Repeat(last));
        }
        match (self.moment, standing) {
            (Moment::Before | Moment::Changed, Standing::Scheduled) => self.moved(last),
            (Moment::Before | Moment::Changed, Standing::InProgress) => {
                Err(Failure::refused(format!("maintenance {} is in progress", last.maintenance))
                    .hint("say how it ended first: `causeway notice send after` or `failed`"))
            }
            (Moment::Before, Standing::Lapsed | Standing::Ended(_)) => self.without_a_past(),
            (Moment::During, Standing::Scheduled | Standing::InProgress) => {
                Ok(Decision::Next(Moment::During, self.window(Some(&last.window))?))
            }
            (Moment::During, Standing::Lapsed | Standing::Ended(_)) => self.without_a_past(),
            (
                Moment::After | Moment::Failed,
                Standing::Scheduled
                | Standing::Lapsed
                | Standing::InProgress
                // What was complete can fail the next day, and the other way round.
                | Standing::Ended(Moment::After | Moment::Failed),
            ) => Ok(Decision::Next(self.moment, self.window(Some(&last.window))?)),
            (Moment::Cancelled, Standing::Scheduled | Standing::Lapsed) => {
                Ok(Decision::Next(Moment::Cancelled, last.window.clone()))
            }
            (Moment::Cancelled, Standing::InProgress) => {
                Err(Failure::refused("the maintenance is in progress, and can't be cancelled any more")
                    .hint("`causeway notice send failed` says that it ended without the upgrade"))
            }
            (
                Moment::After | Moment::Failed | Moment::Changed | Moment::Cancelled,
                Standing::Lapsed | Standing::Ended(_),
            ) => Err(nothing_scheduled(self.moment)),
        }
    }

    fn without_a_past<'a>(&self) -> Result<Decision<'a>> {
        match self.moment {
            Moment::Before => {
                let window = self.window(None)?;
                if window.start() <= self.now {
                    return Err(Failure::usage(format!("{} is past", window.words()))
                        .hint("give the time at which the maintenance begins with --start"));
                }
                Ok(Decision::First(Moment::Before, window))
            }
            Moment::During => {
                let now = self.start.unwrap_or(self.now);
                let window =
                    Window::new(now, self.minutes.unwrap_or(self.minutes_usual), &self.zone);
                Ok(Decision::First(Moment::During, window))
            }
            Moment::After | Moment::Failed if self.start.is_some() => {
                Ok(Decision::First(self.moment, self.window(None)?))
            }
            Moment::After | Moment::Failed | Moment::Changed | Moment::Cancelled => {
                Err(nothing_scheduled(self.moment))
            }
        }
    }

    /// Another window for what is scheduled: people must be told that it moved.
    fn moved<'a>(&self, last: &Notice) -> Result<Decision<'a>> {
        let window = self.window(Some(&last.window))?;
        if window.is_same_time(&last.window) {
            return Err(Failure::refused(format!(
                "the window is the one that was announced: {}",
                window.words()
            ))
            .hint("give the new time with --start, or the new length with --minutes"));
        }
        if window.start() <= self.now {
            return Err(Failure::usage(format!("{} is past", window.words())));
        }
        Ok(Decision::Next(Moment::Changed, window))
    }

    /// Whether `last` is the very notice that is asked for.
    fn means(&self, last: &Notice) -> bool {
        let same_moment = last.moment == self.moment
            // Who announced a window, and then another, gives the second command once more.
            || (last.moment == Moment::Changed && self.moment == Moment::Before);
        let same_run = match (&self.run, &last.run) {
            (Some(asked), Some(stored)) => asked == stored,
            (Some(_), None) | (None, _) => true,
        };
        let same_start = self
            .start
            .is_none_or(|start| start.as_millisecond() == last.window.start.timestamp_millis());
        let same_length = self.minutes.is_none_or(|minutes| minutes == last.window.length());
        same_moment && same_run && same_start && same_length
    }

    /// What was said, else what people know, else what is usual.
    fn window(&self, known: Option<&Window>) -> Result<Window> {
        let start = self.start.or_else(|| known.map(Window::start)).ok_or_else(|| {
            Failure::usage("nobody said when the maintenance begins")
                .hint("--start \"2026-11-26 02:00\", and --minutes where it takes longer or shorter than usual")
        })?;
        let minutes = self.minutes.or_else(|| known.map(Window::length));
        Ok(Window::new(start, minutes.unwrap_or(self.minutes_usual), &self.zone))
    }
}

fn standing(last: &Notice, now: Timestamp) -> Standing {
    match last.moment {
        Moment::Before | Moment::Changed if last.window.until() < now => Standing::Lapsed,
        Moment::Before | Moment::Changed => Standing::Scheduled,
        Moment::During => Standing::InProgress,
        Moment::After | Moment::Failed | Moment::Cancelled => Standing::Ended(last.moment),
    }
}

fn nothing_scheduled(moment: Moment) -> Failure {
    let refused = Failure::refused(format!(
        "no maintenance is announced that a notice `{moment}` could be about"
    ));
    match moment {
        Moment::After | Moment::Failed => {
            refused.hint("give --start TIME for one that was announced otherwise")
        }
        Moment::Before | Moment::During | Moment::Changed | Moment::Cancelled => {
            refused.hint("`causeway notice list` shows what people were told")
        }
    }
}

#[cfg(test)]
mod tests;
