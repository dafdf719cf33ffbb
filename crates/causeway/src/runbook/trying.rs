//! One try of one step: that it begins is written down before it, its evidence after it.

use bson::DateTime;
use causeway_core::event::Event;
use causeway_core::journal::Deed;
use causeway_core::runbook::{Step, StepRecord, StepState};

use super::conductor::Conductor;
use super::fault::{self, Point};
use super::outlook::Outlook;
use crate::failure::Result;

/// What a step leaves behind.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// What was seen.
    pub(super) text: String,
    /// What a person should look at; the step is incomplete then.
    pub(super) lacks: Vec<String>,
    /// It was not needed, for the reason in the text.
    pub(super) left_out: bool,
}

impl Evidence {
    /// It is done.
    pub(super) fn of(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// It was not needed.
    pub(super) fn not_needed(why: impl Into<String>) -> Self {
        Self { text: why.into(), left_out: true, ..Self::default() }
    }
}

impl Conductor<'_> {
    /// Does a step, and keeps what it left: before it that it was begun, afterwards its evidence.
    pub(super) async fn step(&mut self, step: &Step) -> Result<()> {
        let began = std::time::Instant::now();
        self.begin(step).await?;
        match &self.monitor {
            // It has its own looks.
            _ if *step == Step::Watch => self.stop_monitor().await,
            Some(monitor) => monitor.step(&step.id()),
            None => {}
        }
        fault::point(Point::Begun, &step.id());
        self.heard.take();
        let done = Box::pin(self.carry_out(step)).await;
        fault::point(Point::Done, &step.id());
        let seconds = began.elapsed().as_secs_f64();
        if let Ok(evidence) = &done {
            for lack in &evidence.lacks {
                self.session.reporter.warning(lack.clone());
            }
        }
        let warnings = self.heard.take().warnings;
        let (state, text, warnings) = match &done {
            Ok(Evidence { text, left_out: true, .. }) => {
                (StepState::Skipped, text.clone(), warnings)
            }
            Ok(Evidence { text, lacks, .. }) if lacks.is_empty() => {
                (StepState::Done, text.clone(), warnings)
            }
            Ok(Evidence { text, .. }) => (StepState::Incomplete, text.clone(), warnings),
            Err(failure) => {
                let causes = failure.causes();
                let because = causes.first().map_or_else(String::new, |cause| format!(": {cause}"));
                (StepState::Failed, format!("{}{because}", failure.message), warnings)
            }
        };
        let seconds = (state != StepState::Skipped).then_some(seconds);
        let ended = self.ended(step, (state, &text, warnings), seconds).await;
        fault::point(Point::Evident, &step.id());
        // Why it failed matters more than that this can't be written down.
        done.map(drop)?;
        ended
    }

    async fn begin(&mut self, step: &Step) -> Result<()> {
        self.journal.intend(&Deed::Part { step: step.id() }).await?;
        let (number, of) = self.course.number(step);
        let outlook = Outlook {
            session: &self.session,
            context: &self.context,
            migration: &self.migration,
            options: self.options,
            open: Some(&self.record),
        };
        self.session.reporter.emit(Event::Step {
            number,
            of,
            step: step.id(),
            text: outlook.title(step),
            state: StepState::Open,
            seconds: None,
        });
        self.record.steps.push(StepRecord {
            step: step.id(),
            title: step.title(),
            state: StepState::Open,
            began: DateTime::now(),
            ended: None,
            evidence: String::new(),
            warnings: Vec::new(),
            by: self.context.operator.name.clone(),
            host: self.context.operator.host.clone(),
        });
        self.save().await
    }

    async fn ended(
        &mut self,
        step: &Step,
        (state, text, warnings): (StepState, &str, Vec<String>),
        seconds: Option<f64>,
    ) -> Result<()> {
        let id = step.id();
        let mut tries = self.record.steps.iter_mut().rev();
        if let Some(tried) = tries.find(|record| record.step == id) {
            tried.state = state;
            tried.ended = Some(DateTime::now());
            text.clone_into(&mut tried.evidence);
            tried.warnings = warnings;
        }
        let (number, of) = self.course.number(step);
        let text = text.to_owned();
        self.session.reporter.emit(Event::Step {
            number,
            of,
            step: id.clone(),
            text: text.clone(),
            state,
            seconds,
        });
        let deed = Deed::Part { step: id };
        let written = match state {
            StepState::Failed | StepState::Void => self.journal.not_done(&deed, text).await,
            StepState::Open | StepState::Done | StepState::Incomplete | StepState::Skipped => {
                self.journal.done(&deed, text).await
            }
        };
        self.save().await?;
        written
    }

    /// Does without a step.
    pub(super) async fn leave_out(&mut self, step: &Step, why: &str) -> Result<()> {
        self.begin(step).await?;
        self.ended(step, (StepState::Skipped, why, Vec::new()), None).await
    }
}
