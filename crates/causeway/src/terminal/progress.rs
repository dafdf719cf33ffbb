//! How far a phase is: bars on a terminal, a plain line every few seconds elsewhere.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::layout::{harmless, padded};
use super::quantities::{bytes_words, estimate_words, rate_words};
use crate::clock::thousands;

/// Columns of the phase, before bar and numbers.
const PHASE_COLUMNS: usize = 27;
/// A plain line so often, at most.
const LINE_EVERY: Duration = Duration::from_secs(5);
/// Columns of a bar where there is little room, and where there is much.
const BAR_COLUMNS: (usize, usize) = (10, 22);
/// Columns of the numbers after a bar, blanks before them included.
const NUMBERS_COLUMNS: usize = 56;

/// How far a phase is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) phase: &'a str,
    pub(super) done: u64,
    pub(super) total: Option<u64>,
    pub(super) per_second: f64,
    pub(super) eta_seconds: Option<f64>,
    pub(super) lag_seconds: Option<f64>,
}

/// Where progress is shown.
#[derive(Debug)]
pub(super) enum Progress {
    /// Bars, drawn over themselves.
    Bars(Bars),
    /// Lines, seldom.
    Lines(Lines),
}

#[derive(Debug)]
pub(super) struct Bars {
    screen: MultiProgress,
    bars: BTreeMap<String, ProgressBar>,
    units: BTreeMap<String, &'static str>,
    bar_columns: usize,
}

#[derive(Debug, Default)]
pub(super) struct Lines {
    said_at: BTreeMap<String, Instant>,
    units: BTreeMap<String, &'static str>,
}

impl Progress {
    pub(super) fn bars(columns: usize) -> Self {
        let room = columns.saturating_sub(PHASE_COLUMNS + NUMBERS_COLUMNS);
        let bar_columns = room.clamp(BAR_COLUMNS.0, BAR_COLUMNS.1);
        Self::Bars(Bars {
            screen: MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10)),
            bars: BTreeMap::new(),
            units: BTreeMap::new(),
            bar_columns,
        })
    }

    /// A phase starts; the line to print, when lines are printed.
    pub(super) fn start(
        &mut self,
        phase: &str,
        total: Option<u64>,
        unit: &'static str,
    ) -> Option<String> {
        match self {
            Self::Bars(bars) => {
                bars.units.insert(phase.to_owned(), unit);
                bars.bar(phase, total).set_message(match total {
                    Some(total) => format!("0 / {}", amount(total, unit)),
                    None => String::new(),
                });
                None
            }
            Self::Lines(lines) => {
                lines.units.insert(phase.to_owned(), unit);
                lines.said_at.insert(phase.to_owned(), Instant::now());
                let phase = padded(&harmless(phase), PHASE_COLUMNS);
                Some(match total {
                    Some(total) if unit == "bytes" => {
                        format!("{phase}{} to do", bytes_words(total))
                    }
                    Some(total) => format!("{phase}{} {unit} to do", thousands(total)),
                    None => phase.trim_end().to_owned(),
                })
            }
        }
    }

    /// A phase goes on; the line to print, when one is due.
    pub(super) fn advance(&mut self, step: &Step<'_>) -> Option<String> {
        match self {
            Self::Bars(bars) => {
                let unit = bars.units.get(step.phase).copied().unwrap_or_default();
                let bar = bars.bar(step.phase, step.total);
                bar.set_position(step.done);
                bar.set_message(numbers(step, unit));
                None
            }
            Self::Lines(lines) => {
                let now = Instant::now();
                let due = lines
                    .said_at
                    .get(step.phase)
                    .is_none_or(|said| now.duration_since(*said) >= LINE_EVERY);
                if !due {
                    return None;
                }
                lines.said_at.insert(step.phase.to_owned(), now);
                let unit = lines.units.get(step.phase).copied().unwrap_or_default();
                Some(with_phase(step.phase, &numbers(step, unit)))
            }
        }
    }

    /// A phase ended; the line to print.
    pub(super) fn finish(&mut self, phase: &str, result: &str) -> String {
        match self {
            Self::Bars(bars) => {
                if let Some(bar) = bars.bars.remove(phase) {
                    bar.finish_and_clear();
                    bars.screen.remove(&bar);
                }
            }
            Self::Lines(lines) => {
                lines.said_at.remove(phase);
            }
        }
        with_phase(phase, result)
    }

    /// Takes every bar off the screen: the command ends, or somebody is to be asked.
    pub(super) fn clear(&mut self) {
        if let Self::Bars(bars) = self {
            for bar in std::mem::take(&mut bars.bars).into_values() {
                bar.finish_and_clear();
            }
        }
    }

    /// Does `write` while no bar is drawn.
    pub(super) fn suspended<R>(&self, write: impl FnOnce() -> R) -> R {
        match self {
            Self::Bars(bars) if !bars.bars.is_empty() => bars.screen.suspend(write),
            Self::Bars(_) | Self::Lines(_) => write(),
        }
    }
}

impl Bars {
    fn bar(&mut self, phase: &str, total: Option<u64>) -> &ProgressBar {
        self.bars.entry(phase.to_owned()).or_insert_with(|| {
            // Hidden until the screen has it: a bar of its own would draw a line that stays.
            let hidden = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
            hidden.set_style(style(self.bar_columns, total));
            hidden.set_prefix(padded(&harmless(phase), PHASE_COLUMNS));
            self.screen.add(hidden)
        })
    }
}

fn style(bar_columns: usize, total: Option<u64>) -> ProgressStyle {
    let template = match total {
        Some(_) => format!("{{prefix}}{{bar:{bar_columns}}}  {{msg}}"),
        None => "{prefix}{msg}".to_owned(),
    };
    ProgressStyle::with_template(&template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("█▉▊▋▌▍▎▏ ")
}

fn with_phase(phase: &str, text: &str) -> String {
    format!("{}{}", padded(&harmless(phase), PHASE_COLUMNS), harmless(text))
}

/// `684,000 / 1,000,000   66,900/s   ETA 5 s   lag 0.1 s`.
fn numbers(step: &Step<'_>, unit: &str) -> String {
    let mut parts = vec![match step.total {
        Some(total) => format!("{} / {}", amount(step.done, unit), amount(total, unit)),
        None => amount(step.done, unit),
    }];
    parts.push(match unit {
        "bytes" => format!("{}/s", bytes_words(whole(step.per_second))),
        _ => rate_words(step.per_second),
    });
    parts.extend(
        step.eta_seconds.map(|seconds| format!("ETA {}", estimate_words(seconds.max(1.0)))),
    );
    parts.extend(step.lag_seconds.map(|seconds| format!("lag {seconds:.1} s")));
    parts.join("   ")
}

fn amount(number: u64, unit: &str) -> String {
    if unit == "bytes" { bytes_words(number) } else { thousands(number) }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float that is no such number becomes 0"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::{Lines, Progress, Step, numbers};

    const STEP: Step<'_> = Step {
        phase: "quotes  add selectedEvents",
        done: 684_000,
        total: Some(1_000_000),
        per_second: 66_914.2,
        eta_seconds: Some(4.7),
        lag_seconds: Some(0.1),
    };

    #[test]
    fn numbers_stand_in_one_line() {
        assert_eq!(
            numbers(&STEP, "documents"),
            "684,000 / 1,000,000   66,900/s   ETA 5 s   lag 0.1 s"
        );
    }

    #[test]
    fn plain_lines_are_seldom() {
        let mut progress = Progress::Lines(Lines::default());
        assert_eq!(
            progress.start(STEP.phase, STEP.total, "documents").as_deref(),
            Some("quotes  add selectedEvents  1,000,000 documents to do")
        );
        assert_eq!(progress.advance(&STEP), None);
        assert_eq!(
            progress.finish(STEP.phase, "1,000,000 changed, 14.9 s"),
            "quotes  add selectedEvents  1,000,000 changed, 14.9 s"
        );
    }
}
