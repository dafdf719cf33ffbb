//! How far a watch is: from what is stored of it, and look by look.

use std::time::Duration;

use causeway_core::sample::Sample;
use jiff::{SignedDuration, Timestamp};

use super::WatchSettings;
use super::comparison::{Change, Comparison, Look, seconds_between};
use crate::clock::duration_words;

/// Lately is within this.
const WINDOW: Duration = Duration::from_mins(10);
/// A window holds so many looks at least: fewer can't be told from chance.
const WINDOW_LOOKS: u32 = 20;
/// What stands for the time before where nobody looked then.
const FIRST: Duration = Duration::from_mins(10);
/// Time between two looks, in intervals, above which nobody looked.
const GAP_INTERVALS: f64 = 3.0;

/// A watch under way.
#[derive(Debug)]
pub(super) struct Course {
    began: Timestamp,
    length: Duration,
    window: Duration,
    /// None while it is looked at what stands for the time before.
    comparison: Option<Comparison>,
    /// Until when, and what was seen so far.
    first: (Timestamp, Vec<Sample>),
    /// Seconds that were looked at.
    looked_seconds: f64,
    last: Option<Timestamp>,
    issues: f64,
    /// Whether server and application ever answered.
    answered: (bool, bool),
}

impl Course {
    /// Goes on from the samples that are stored, or begins now. `before` is what was seen before the
    /// migration.
    pub(super) fn begin(
        settings: &WatchSettings,
        before: Vec<Sample>,
        stored: Vec<Sample>,
    ) -> Self {
        let stored: Vec<Look> = stored.into_iter().filter_map(Look::of).collect();
        let began = stored.first().map_or_else(Timestamp::now, begin_of);
        let window = WINDOW.max(settings.every * WINDOW_LOOKS).min(settings.length);
        let first = FIRST.min(settings.length / 4);
        let comparison = (!before.is_empty())
            .then(|| Comparison::new(before, "before the migration".to_owned(), window));
        let mut course = Self {
            began,
            length: settings.length,
            window,
            comparison,
            first: (after(began, first), Vec::new()),
            looked_seconds: 0.0,
            last: None,
            issues: 0.0,
            answered: (false, false),
        };
        for look in stored {
            course.take(look);
        }
        course
    }

    /// Takes a look into account.
    pub(super) fn take(&mut self, look: Look) -> Vec<Change> {
        self.looked_seconds += look.sample.seconds;
        self.last = Some(look.at);
        self.answered.0 |= look.sample.server.is_some();
        self.answered.1 |= look.sample.application.is_some();
        self.issues += look.sample.application.as_ref().and_then(|it| it.issues).unwrap_or(0.0);
        if let Some(comparison) = &mut self.comparison {
            return comparison.take(look);
        }
        let (until, samples) = &mut self.first;
        let over = look.at >= *until;
        samples.push(look.sample);
        if over {
            let samples = std::mem::take(samples);
            let seconds = seconds_between(self.began, look.at);
            let words = format!("in the first {}", duration_words(seconds));
            self.comparison = Some(Comparison::new(samples, words, self.window));
        }
        Vec::new()
    }

    /// What is compared, once it is known what with.
    pub(super) const fn comparison(&self) -> Option<&Comparison> {
        self.comparison.as_ref()
    }

    /// When it is over.
    pub(super) fn until(&self) -> Timestamp {
        after(self.began, self.length)
    }

    /// How long it goes on; none when it is over.
    pub(super) fn left(&self) -> Option<Duration> {
        let left = self.until().duration_since(Timestamp::now());
        Duration::try_from(left).ok().filter(|left| !left.is_zero())
    }

    /// Since when nobody looked, and for how long, when that is longer than it should be.
    pub(super) fn gap(&self, every: Duration) -> Option<(Timestamp, f64)> {
        let last = self.last?;
        let seconds = seconds_between(last, Timestamp::now().min(self.until()));
        (seconds > GAP_INTERVALS * every.as_secs_f64()).then_some((last, seconds))
    }

    /// Seconds since it began.
    pub(super) fn seconds(&self) -> f64 {
        seconds_between(self.began, Timestamp::now())
    }

    /// Seconds that were looked at.
    pub(super) const fn looked_seconds(&self) -> f64 {
        self.looked_seconds
    }

    /// Who never answered although it was looked at, of those who are there to answer.
    pub(super) fn silent(&self, has_application: bool) -> Vec<&'static str> {
        if self.last.is_none() {
            return Vec::new();
        }
        let (server, application) = self.answered;
        let silent =
            [("the server", !server), ("the application", has_application && !application)];
        silent.into_iter().filter(|(_, silent)| *silent).map(|(who, _)| who).collect()
    }

    /// Problems that users reported.
    pub(super) const fn issues(&self) -> f64 {
        self.issues
    }
}

/// A look is about the time before it.
fn begin_of(look: &Look) -> Timestamp {
    let seconds = SignedDuration::try_from_secs_f64(look.sample.seconds).unwrap_or_default();
    look.at.checked_sub(seconds).unwrap_or(look.at)
}

fn after(at: Timestamp, length: Duration) -> Timestamp {
    let length = SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX);
    at.checked_add(length).unwrap_or(Timestamp::MAX)
}
