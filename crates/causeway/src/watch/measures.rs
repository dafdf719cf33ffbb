//! What is compared with what was before: shares of counts, and levels.

use causeway_core::chance::{Difference, compare_levels, compare_rates};
use causeway_core::sample::Sample;

use super::group::{Group, mean, of_application, of_server};
use crate::clock::thousands;

/// Documents read and written a second may rise by this share and still count as the same load.
const LOAD_RISE_MAX: f64 = 1.2;
/// Something that is measured, and what is worse.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    /// As people call it.
    pub(super) name: &'static str,
    kind: Kind,
    /// A smaller difference is not worth a word, in the unit of the measure.
    floor: f64,
    pub(super) judged: Judged,
}

/// Which change is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// More.
    Rise,
    /// More, unless the server is asked for more.
    RiseOfItself,
    /// Less than half.
    HalfLost,
    /// None: it goes with the time of day, or with what is in the cache.
    No,
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    /// How many of how many, and what the latter are called.
    Share(fn(&Group<'_>) -> (f64, f64), &'static str),
    Level(fn(&Sample) -> Option<f64>, Unit),
}

#[derive(Debug, Clone, Copy)]
struct Unit {
    word: &'static str,
    decimals: usize,
}

/// What became of a measure.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Compared {
    /// In words with unit and number.
    pub(super) before: String,
    /// The same.
    pub(super) after: String,
    /// How much it changed, in the unit of the measure.
    pub(super) size: f64,
    /// How it is to be taken.
    pub(super) judgement: Judgement,
}

/// How a change is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judgement {
    /// More than chance, and for the worse.
    Worse,
    /// Nothing that chance does not make up, or that is worth a word.
    Same,
    /// More than chance, for the better.
    Better,
    /// A little worse: no difference begins with it, and none is over.
    Between,
    /// Worse, but the server is asked for more.
    MoreIsAsked,
    /// Not measured often enough on either side.
    TooFew,
    /// Only shown.
    NotJudged,
}

const PER_CENT: Unit = Unit { word: " %", decimals: 1 };
const MILLISECONDS: Unit = Unit { word: " ms", decimals: 0 };
const A_SECOND: Unit = Unit { word: "/s", decimals: 1 };

/// All of them, in the order in which they are shown.
pub(super) const MEASURES: [Measure; 19] = [
    share("error rate", (Judged::Rise, 0.001), |it| it.errors(), "requests"),
    share("slow answers", (Judged::Rise, 0.01), |it| it.slow(), "answers"),
    share("failed creations", (Judged::Rise, 0.005), |it| it.failed_creations(), "tries"),
    share("creations", (Judged::HalfLost, 0.0), |it| it.creations(), "requests"),
    share("reported problems", (Judged::Rise, 0.0), |it| it.issues(), "requests"),
    share("unanswered looks", (Judged::Rise, 0.05), |it| it.unanswered(), "looks"),
    level(
        "replication lag",
        (Judged::Rise, 1.0),
        |it| of_server(it)?.lag_seconds,
        Unit { word: " s", decimals: 1 },
    ),
    level("queue", (Judged::Rise, 1.0), |it| of_server(it)?.queue, Unit { word: "", decimals: 1 }),
    level("lock waits", (Judged::Rise, 1.0), |it| of_server(it)?.lock_waits_per_second, A_SECOND),
    level(
        "time in lock waits",
        (Judged::Rise, 10.0),
        |it| of_server(it)?.lock_wait_milliseconds_per_second,
        Unit { word: " ms/s", decimals: 1 },
    ),
    level("cpu", (Judged::RiseOfItself, 10.0), |it| of_server(it)?.cpu_percent, PER_CENT),
    level(
        "dirty cache",
        (Judged::RiseOfItself, 2.0),
        |it| of_server(it)?.cache_dirty_percent,
        PER_CENT,
    ),
    level("used cache", (Judged::No, 0.0), |it| of_server(it)?.cache_used_percent, PER_CENT),
    level(
        "memory",
        (Judged::No, 0.0),
        |it| of_server(it)?.memory_megabytes,
        Unit { word: " MB", decimals: 0 },
    ),
    level("documents read", (Judged::No, 0.0), |it| of_server(it)?.reads_per_second, A_SECOND),
    level("documents written", (Judged::No, 0.0), |it| of_server(it)?.writes_per_second, A_SECOND),
    level(
        "connections",
        (Judged::No, 0.0),
        |it| of_server(it)?.connections,
        Unit { word: "", decimals: 0 },
    ),
    level(
        "median response time",
        (Judged::No, 0.0),
        |it| of_application(it)?.p50_milliseconds,
        MILLISECONDS,
    ),
    level(
        "p99 of response times",
        (Judged::No, 0.0),
        |it| of_application(it)?.p99_milliseconds,
        MILLISECONDS,
    ),
];

const fn share(
    name: &'static str,
    (judged, floor): (Judged, f64),
    counts: fn(&Group<'_>) -> (f64, f64),
    of: &'static str,
) -> Measure {
    Measure { name, kind: Kind::Share(counts, of), floor, judged }
}

const fn level(
    name: &'static str,
    (judged, floor): (Judged, f64),
    value: fn(&Sample) -> Option<f64>,
    unit: Unit,
) -> Measure {
    Measure { name, kind: Kind::Level(value, unit), floor, judged }
}

impl Measure {
    /// Compares two groups; none when neither side has anything.
    pub(super) fn compare(&self, before: &Group<'_>, after: &Group<'_>) -> Option<Compared> {
        let (told_before, told_after) = (self.told(before), self.told(after));
        if told_before.is_none() && told_after.is_none() {
            return None;
        }
        let found = self.difference(before, after);
        let size = found.map_or(0.0, |found| (found.after - found.before).abs());
        let judgement = match (self.judged, found) {
            (Judged::No, _) => Judgement::NotJudged,
            (_, None) => self.without_difference(&told_before, &told_after, (before, after)),
            (_, Some(found)) => self.judge(&found, (before, after)),
        };
        let unknown = || "unknown".to_owned();
        Some(Compared {
            before: told_before.unwrap_or_else(unknown),
            after: told_after.unwrap_or_else(unknown),
            size,
            judgement,
        })
    }

    /// Nothing happened on either side, or there is not enough of it.
    fn without_difference(
        &self,
        before: &Option<String>,
        after: &Option<String>,
        groups: (&Group<'_>, &Group<'_>),
    ) -> Judgement {
        let (Some(_), Some(_)) = (before, after) else { return Judgement::TooFew };
        let same = match self.kind {
            // What never happened is no worse than before.
            Kind::Share(counts, _) => self.judged == Judged::Rise && counts(groups.1).0 == 0.0,
            Kind::Level(value, _) => {
                let all = groups.0.samples.iter().chain(&groups.1.samples);
                let mut values = all.filter_map(|sample| value(sample));
                let first = values.next();
                values.all(|value| Some(value) == first)
            }
        };
        if same { Judgement::Same } else { Judgement::TooFew }
    }

    fn difference(&self, before: &Group<'_>, after: &Group<'_>) -> Option<Difference> {
        match self.kind {
            Kind::Share(counts, _) => compare_rates(whole(counts(before)), whole(counts(after))),
            Kind::Level(value, _) => compare_levels(&before.values(value), &after.values(value)),
        }
    }

    fn judge(&self, found: &Difference, (before, after): (&Group<'_>, &Group<'_>)) -> Judgement {
        const P_OVER: f64 = 0.01;
        const EFFECT_OVER: f64 = 0.1;
        let change = found.after - found.before;
        let worse = if self.judged == Judged::HalfLost { change < 0.0 } else { change > 0.0 };
        let worth_a_word = found.is_real()
            && change.abs() >= self.floor
            && (self.judged != Judged::HalfLost || found.after < 0.5 * found.before || !worse);
        match (worth_a_word, worse) {
            (true, true) if self.judged == Judged::RiseOfItself && more_is_asked(before, after) => {
                Judgement::MoreIsAsked
            }
            (true, true) => Judgement::Worse,
            (true, false) => Judgement::Better,
            (false, true) if found.p < P_OVER && found.effect() > EFFECT_OVER => {
                if change.abs() < self.floor { Judgement::Same } else { Judgement::Between }
            }
            (false, _) => Judgement::Same,
        }
    }

    /// The value of a group in words; none when there is none.
    pub(super) fn told(&self, group: &Group<'_>) -> Option<String> {
        match self.kind {
            Kind::Share(counts, of) => {
                let (events, trials) = counts(group);
                let trials = whole((trials, trials)).0;
                let percent = 100.0 * events / trials.max(1) as f64;
                let decimals = if percent > 0.0 && percent < 0.1 { 3 } else { 1 };
                (trials > 0)
                    .then(|| format!("{percent:.decimals$} % of {} {of}", thousands(trials)))
            }
            Kind::Level(value, Unit { word, decimals }) => {
                let mean = mean(group.samples.iter().filter_map(|sample| value(sample)))?;
                Some(format!("{mean:.decimals$}{word}"))
            }
        }
    }
}

/// Whether the server is asked for more than before: it is no wonder then that it does more.
fn more_is_asked(before: &Group<'_>, after: &Group<'_>) -> bool {
    let load = |group: &Group<'_>| {
        let asked = |sample: &&Sample| {
            let server = of_server(sample)?;
            Some(server.reads_per_second? + server.writes_per_second?)
        };
        mean(group.samples.iter().filter_map(asked))
    };
    matches!((load(before), load(after)), (Some(b), Some(a)) if a > LOAD_RISE_MAX * b)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of requests")]
fn whole((events, trials): (f64, f64)) -> (u64, u64) {
    (events.round().max(0.0) as u64, trials.round().max(0.0) as u64)
}
