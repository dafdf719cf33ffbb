//! How far a run is, kept in the database about once a second, so that an application can show what the
//! terminal of the operator shows. Nothing depends on it.

use bson::DateTime;
use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::runbook::StepState;

/// Collection that holds it.
pub const COLLECTION: &str = crate::maintenance::COLLECTION;
/// `_id` of the document.
pub const ID: &str = "progress";
/// So many rates are kept, one for each second.
const RATES_MAX: usize = 120;

/// How far a run is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Live {
    /// The process that tells it, by a name that no other has: one that slept while another took its work
    /// over must not say any more how far it is.
    pub teller: String,
    /// The run that a person began: of the whole plan, or of one command.
    pub run: String,
    /// The run that changes documents for it, by which it is paused; the same for one command.
    pub working: String,
    /// What it does: `run`, `up`, `down`, `restore`.
    pub command: String,
    /// The step of the plan in hand.
    pub step: Option<StepShown>,
    /// The phase in hand.
    pub phase: Option<Phase>,
    /// Why it waits, when it does.
    pub waits: Option<String>,
    /// Units a second of the phase in hand, each second the last.
    pub rates: Vec<f64>,
    /// Its process has ended.
    pub ended: bool,
    /// When this was written, on the server's clock.
    pub at: Option<DateTime>,
}

/// A step of the plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StepShown {
    /// Its number, from 1; 0 on the way back.
    pub number: i64,
    /// How many there are.
    pub of: i64,
    /// Which one.
    pub id: String,
    /// What it does, in words.
    pub title: String,
}

/// A phase, with the numbers of its bar.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Phase {
    /// What is being done, in words.
    pub name: String,
    /// Unit of progress: `documents`.
    pub unit: String,
    /// Units done.
    pub done: i64,
    /// Units to be done, when known.
    pub total: Option<i64>,
    /// Units a second, over the last seconds.
    pub per_second: f64,
    /// Seconds left, when known.
    pub eta_seconds: Option<f64>,
    /// Replication lag of the slowest member in seconds, when measured.
    pub lag_seconds: Option<f64>,
}

impl Live {
    /// Follows what the run says.
    pub fn hear(&mut self, event: &Event) {
        match event {
            Event::RunStarted { run, command, .. } => {
                if self.run.is_empty() {
                    self.run.clone_from(run);
                    (*command).clone_into(&mut self.command);
                }
                self.working.clone_from(run);
                self.waits = None;
            }
            Event::Step { number, of, step, text, state: StepState::Open, .. } => {
                self.step = Some(StepShown {
                    number: whole(*number),
                    of: whole(*of),
                    id: step.clone(),
                    title: text.clone(),
                });
                self.phase = None;
                self.rates.clear();
                // What ended the step before may have ended a wait.
                self.waits = None;
            }
            Event::PhaseStarted { phase, total, unit } => {
                self.phase = Some(Phase {
                    name: phase.clone(),
                    unit: (*unit).to_owned(),
                    total: total.map(large),
                    ..Phase::default()
                });
                self.rates.clear();
            }
            Event::Progress { phase, done, total, per_second, eta_seconds, lag_seconds } => {
                // Two phases may go on at the same time: the one that began last is shown.
                let Some(shown) = self.phase.as_mut().filter(|it| it.name == *phase) else {
                    return;
                };
                shown.done = large(*done);
                shown.total = total.map(large);
                shown.per_second = *per_second;
                shown.eta_seconds = *eta_seconds;
                shown.lag_seconds = *lag_seconds;
            }
            Event::PhaseFinished { phase, .. }
                if self.phase.as_ref().is_some_and(|it| it.name == *phase) =>
            {
                self.phase = None;
            }
            Event::Paused { reason } => self.waits = Some(reason.clone()),
            Event::Unpaused { .. } => self.waits = None,
            _ => {}
        }
    }

    /// A second has gone by since `before`. Where nothing was done in it the rate was nothing, whatever
    /// was said last.
    pub fn tick(&mut self, before: &Self) {
        let Some(phase) = &self.phase else { return };
        let same = before.phase.as_ref().filter(|it| it.name == phase.name);
        let stood = same.is_some_and(|it| it.done == phase.done);
        self.rates.push(if stood { 0.0 } else { phase.per_second });
        if self.rates.len() > RATES_MAX {
            self.rates.remove(0);
        }
    }
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn large(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::Live;
    use crate::event::Event;
    use crate::runbook::StepState;

    fn began(run: &str, command: &'static str) -> Event {
        Event::RunStarted { run: run.to_owned(), command, resumed: false, folder: String::new() }
    }

    fn step(text: &str, state: StepState) -> Event {
        let (step, text) = ("up".to_owned(), text.to_owned());
        Event::Step { number: 12, of: 19, step, text, state, seconds: None }
    }

    fn progress(phase: &str, done: u64) -> Event {
        Event::Progress {
            phase: phase.to_owned(),
            done,
            total: Some(1_000),
            per_second: 250.0,
            eta_seconds: Some(2.0),
            lag_seconds: None,
        }
    }

    fn phase(name: &str) -> Event {
        Event::PhaseStarted { phase: name.to_owned(), total: Some(1_000), unit: "documents" }
    }

    #[test]
    fn a_run_of_the_plan_is_paused_by_the_run_that_works_for_it() {
        let mut live = Live::default();
        live.hear(&began("whole", "run"));
        live.hear(&step("apply the migration", StepState::Open));
        live.hear(&began("part", "up"));
        assert_eq!((live.run.as_str(), live.working.as_str()), ("whole", "part"));
        assert_eq!(live.command, "run");
        let shown = live.step.unwrap();
        assert_eq!((shown.number, shown.of, shown.title.as_str()), (12, 19, "apply the migration"));
    }

    #[test]
    fn the_phase_that_began_last_is_shown_and_none_after_it() {
        let mut live = Live::default();
        live.hear(&began("one", "up"));
        live.hear(&phase("reading"));
        live.hear(&phase("writing"));
        live.hear(&progress("reading", 900));
        live.hear(&progress("writing", 500));
        let shown = live.phase.clone().unwrap();
        assert_eq!((shown.name.as_str(), shown.done, shown.total), ("writing", 500, Some(1_000)));
        live.tick(&Live::default());
        live.hear(&Event::Paused { reason: "asked".to_owned() });
        live.tick(&live.clone());
        assert_eq!(live.rates, [250.0, 0.0]);
        assert_eq!(live.waits.as_deref(), Some("asked"));
        live.hear(&Event::Unpaused { seconds: 1.0 });
        live.hear(&Event::PhaseFinished {
            phase: "writing".to_owned(),
            result: String::new(),
            seconds: 1.0,
        });
        live.hear(&step("done", StepState::Done));
        assert_eq!((live.phase, live.waits), (None, None));
    }

    #[test]
    fn a_wait_ends_with_what_waited() {
        let mut live = Live::default();
        for next in [began("one", "up"), step("roll back", StepState::Open)] {
            live.hear(&Event::Paused { reason: "error rate".to_owned() });
            live.hear(&next);
            assert_eq!(live.waits, None, "{next:?}");
        }
    }

    #[test]
    fn no_more_than_two_minutes_of_rates_are_kept() {
        let mut live = Live::default();
        live.hear(&phase("writing"));
        for done in 0..500 {
            let before = live.clone();
            live.hear(&progress("writing", done));
            live.tick(&before);
        }
        assert_eq!(live.rates.len(), 120);
    }
}
