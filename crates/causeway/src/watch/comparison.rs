//! Compares what is seen with what was before, look after look, and says each difference once.
//!
//! Pure: samples go in, words come out. A watcher that begins again is fed with what is stored.

use std::collections::BTreeMap;
use std::time::Duration;

use causeway_core::sample::Sample;
use jiff::Timestamp;

use super::group::Group;
use super::measures::{Compared, Judgement, MEASURES, Measure};

/// A window is judged at most so often while it passes: neighbours are alike.
const JUDGED_IN_A_WINDOW: f64 = 40.0;

/// A sample, and when it was taken.
#[derive(Debug, Clone)]
pub(super) struct Look {
    /// On the clock of the machine that looked.
    pub(super) at: Timestamp,
    /// What was seen.
    pub(super) sample: Sample,
}

impl Look {
    /// None when its time can't be read.
    pub(super) fn of(sample: Sample) -> Option<Self> {
        sample.at.parse().ok().map(|at| Self { at, sample })
    }
}

/// What became of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// It is there: in words.
    Appeared(String),
    /// It is over: in words.
    Over(String),
}

/// A measure of the whole watch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Verdict {
    pub(super) name: &'static str,
    pub(super) compared: Compared,
}

/// What was before, what is there now, and how they differ.
#[derive(Debug)]
pub(super) struct Comparison {
    before: Vec<Sample>,
    /// What the time before is called.
    before_words: String,
    slow_bound: Option<f64>,
    window: Duration,
    looks: Vec<Look>,
    judged_at: Option<Timestamp>,
    /// Differences that are there: which of those that there were.
    open: BTreeMap<&'static str, usize>,
    /// All there were, in order.
    said: Vec<Said>,
}

/// A difference at its worst.
#[derive(Debug)]
struct Said {
    name: &'static str,
    words: String,
    size: f64,
}

impl Comparison {
    /// Compares with these samples. Lately is within `window`.
    pub(super) fn new(before: Vec<Sample>, before_words: String, window: Duration) -> Self {
        let samples = before.iter().collect();
        let slow_bound = Group { samples, slow_bound: None }.find_slow_bound();
        Self {
            before,
            before_words,
            slow_bound,
            window,
            looks: Vec::new(),
            judged_at: None,
            open: BTreeMap::new(),
            said: Vec::new(),
        }
    }

    /// Takes a look into account.
    pub(super) fn take(&mut self, look: Look) -> Vec<Change> {
        let now = look.at;
        self.looks.push(look);
        let due = self.window.as_secs_f64() / JUDGED_IN_A_WINDOW;
        if self.judged_at.is_some_and(|at| seconds_between(at, now) < due) {
            return Vec::new();
        }
        self.judged_at = Some(now);
        self.judge(now)
    }

    fn judge(&mut self, now: Timestamp) -> Vec<Change> {
        let mut changes = Vec::new();
        let compared: Vec<(&Measure, Compared)> = {
            let (before, lately) = (self.before(), self.lately(now));
            let compare = |measure: &'static Measure| {
                measure.compare(&before, &lately).map(|compared| (measure, compared))
            };
            MEASURES.iter().filter_map(compare).collect()
        };
        for (measure, compared) in compared {
            let name = measure.name;
            match (compared.judgement, self.open.get(name).copied()) {
                (Judgement::Worse, None) => {
                    let said = self.said_of(name, &compared);
                    changes.push(Change::Appeared(said.words.clone()));
                    self.open.insert(name, self.said.len());
                    self.said.push(said);
                }
                (Judgement::Worse, Some(number)) => {
                    if compared.size > self.said[number].size {
                        self.said[number] = self.said_of(name, &compared);
                    }
                }
                (Judgement::Between, Some(_)) | (_, None) => {}
                (_, Some(_)) => {
                    self.open.remove(name);
                    changes
                        .push(Change::Over(format!("{name} {}: as before again", compared.after)));
                }
            }
        }
        changes
    }

    fn said_of(&self, name: &'static str, compared: &Compared) -> Said {
        let words = format!(
            "{name} {}, {} {}: more than chance (p < 0.000001)",
            compared.after, self.before_words, compared.before
        );
        Said { name, words, size: compared.size }
    }

    /// Differences that are there, at their worst.
    pub(super) fn open(&self) -> impl Iterator<Item = &str> {
        self.open.values().map(|number| self.said[*number].words.as_str())
    }

    /// Whether a measure was worse at any time.
    pub(super) fn was_worse(&self, name: &str) -> bool {
        self.said.iter().any(|said| said.name == name)
    }

    /// Differences that were found at any time, and those that only the whole shows.
    pub(super) fn differences(&self) -> Vec<String> {
        let mut all: Vec<String> = self.said.iter().map(|said| said.words.clone()).collect();
        for Verdict { name, compared } in self.verdicts() {
            if compared.judgement == Judgement::Worse && !self.was_worse(name) {
                all.push(self.said_of(name, &compared).words);
            }
        }
        all
    }

    /// Every measure over the whole watch.
    pub(super) fn verdicts(&self) -> Vec<Verdict> {
        let (before, after) = (self.before(), self.whole());
        let compare = |measure: &Measure| {
            let compared = measure.compare(&before, &after)?;
            Some(Verdict { name: measure.name, compared })
        };
        MEASURES.iter().filter_map(compare).collect()
    }

    /// The value of a measure lately, in words.
    pub(super) fn lately_words(&self, name: &str) -> Option<String> {
        let measure = MEASURES.iter().find(|measure| measure.name == name)?;
        let value = measure.told(&self.lately(self.looks.last()?.at))?;
        Some(format!("{name} {value}"))
    }

    /// What the time before is called.
    pub(super) fn before_words(&self) -> &str {
        &self.before_words
    }

    /// Seconds above which an answer is slow.
    pub(super) const fn slow_bound(&self) -> Option<f64> {
        self.slow_bound
    }

    fn before(&self) -> Group<'_> {
        self.group(self.before.iter())
    }

    fn whole(&self) -> Group<'_> {
        self.group(self.looks.iter().map(|look| &look.sample))
    }

    fn lately(&self, now: Timestamp) -> Group<'_> {
        let window = self.window.as_secs_f64();
        let recent = self.looks.iter().rev();
        let recent = recent.take_while(|look| seconds_between(look.at, now) < window);
        let mut samples: Vec<&Sample> = recent.map(|look| &look.sample).collect();
        samples.reverse();
        self.group(samples.into_iter())
    }

    fn group<'a>(&self, samples: impl Iterator<Item = &'a Sample>) -> Group<'a> {
        Group { samples: samples.collect(), slow_bound: self.slow_bound }
    }
}

/// Seconds from one moment to another; negative when the other comes first.
pub(super) fn seconds_between(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

#[cfg(test)]
mod tests;
