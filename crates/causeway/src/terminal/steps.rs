//! Steps of a run: which one, and what came of it.

use causeway_core::runbook::StepState;

use super::layout::Page;
use super::style::Meaning;
use crate::clock::duration_words;

/// Before the names of steps of the way back, which the key says already.
const BACK: &str = "back:";

/// A step, as an event tells it.
pub(super) struct Shown<'a> {
    /// Its number and how many there are.
    pub(super) number: (usize, usize),
    pub(super) step: &'a str,
    pub(super) text: &'a str,
    pub(super) state: StepState,
    pub(super) seconds: Option<f64>,
}

/// `step 3/18 backup: back the database up` where it begins, `done      backup in 2.1 s: …` where it
/// ends.
pub(super) fn step(page: Page, shown: &Shown<'_>) -> String {
    let Shown { number: (number, of), step, text, state, seconds } = shown;
    let took = seconds.map_or_else(String::new, |seconds| {
        let words = duration_words(seconds);
        format!(" in {words}")
    });
    let (key, meaning) = match state {
        StepState::Open => {
            let key = if *number == 0 { "back".to_owned() } else { format!("{number} of {of}") };
            return format!("\n{}", page.keyed(&key, None, &named(step, text)));
        }
        StepState::Done => ("done", Meaning::Good),
        StepState::Incomplete => ("partly", Meaning::Attention),
        StepState::Skipped => ("left out", Meaning::Attention),
        StepState::Failed => ("failed", Meaning::Bad),
        StepState::Void => ("again", Meaning::Detail),
    };
    page.keyed(key, Some(meaning), &format!("{}{took}: {text}", name(step)))
}

/// `backup: back the database up`; what a project calls its own steps says enough.
fn named(step: &str, text: &str) -> String {
    if step.contains(':') && !step.starts_with(BACK) {
        return text.to_owned();
    }
    format!("{}: {text}", name(step))
}

fn name(step: &str) -> &str {
    step.strip_prefix(BACK)
        .or_else(|| step.strip_prefix("manual:"))
        .or_else(|| step.strip_prefix("hook:"))
        .unwrap_or(step)
}
