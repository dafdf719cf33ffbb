//! Maintenance on, with the fence; off again.

use std::collections::BTreeSet;

use bson::DateTime;
use causeway_core::runbook::WindowRecord;

use super::conductor::Conductor;
use super::trying::Evidence;
use super::window::seconds_between;
use crate::clock::duration_words;
use crate::failure::{Failure, Result};
use crate::maintenance::{self, Switch, fence, switching};

impl Conductor<'_> {
    /// Collections that may only be read meanwhile: those of the configuration, else the migration's.
    pub(super) fn scope(&self) -> Vec<String> {
        match self.session.config.maintenance().scope() {
            [] => {
                let of_steps = self.migration.steps.iter().map(|step| step.collection().as_str());
                let names: BTreeSet<String> = of_steps.map(str::to_owned).collect();
                names.into_iter().collect()
            }
            scope => scope.to_vec(),
        }
    }

    pub(super) async fn begin_maintenance(&mut self) -> Result<Evidence> {
        let settings = self.session.config.maintenance();
        let scope = self.scope();
        if let Some(own) = scope.iter().find(|name| !maintenance::may_be_covered(name)) {
            return Err(Failure::refused(format!("{own} is not the application's to write"))
                .hint("name collections that the application writes under maintenance.scope"));
        }
        let unknown = maintenance::unknown_in_scope(&self.context.target, &scope).await?;
        if let Some(words) = self.is_others().await?.filter(|_| !self.record.goes_back()) {
            return Err(Failure::refused(format!("maintenance is on for something else: {words}"))
                .hint("end it first: causeway maintenance off"));
        }
        let mut scope = scope;
        if self.record.goes_back() {
            // What somebody dropped can't be kept from anybody, and must not keep jobs from starting.
            scope.retain(|name| !unknown.contains(name));
        } else if !unknown.is_empty() {
            let (name, unknown) = (self.context.target.name(), unknown.join(", "));
            return Err(Failure::refused(format!("{name} has no collection {unknown}"))
                .hint("name collections that there are under maintenance.scope"));
        }
        let minutes = i64::from(settings.minutes()) * 60_000;
        let planned = DateTime::from_millis(DateTime::now().timestamp_millis() + minutes);
        // A window that is over already would be overdue from the first second.
        let window = self.record.window.as_ref().map(WindowRecord::until);
        let until = window.filter(|until| *until > DateTime::now()).unwrap_or(planned);
        let switch = Switch {
            until: Some(until),
            message: settings.message().to_owned(),
            fence: settings.fence() && !scope.is_empty(),
            scope,
            run: Some(self.record.id.clone()),
        };
        let permission = self.context.confirmation.ask(
            &format!("maintenance of {}", switch.scope.join(", ")),
            self.context.target.name(),
        )?;
        self.turn.prove().await?;
        let present = switching::begin(&self.context, &permission, &switch).await?;
        let mut text = maintenance::words(&present, DateTime::now());
        if let Some(fence) = fence::read(&self.context.target).await? {
            text = format!("{text}; {}", fence.words(DateTime::now()));
        }
        Ok(Evidence::of(text))
    }

    /// What is on for something else, in words: it is not this run's to end.
    async fn is_others(&self) -> Result<Option<String>> {
        let present = maintenance::read(&self.context.target).await?;
        let is_others = present.on && present.run.as_ref() != Some(&self.record.id);
        Ok(is_others.then(|| maintenance::words(&present, DateTime::now())))
    }

    pub(super) async fn lift_fence(&mut self) -> Result<Evidence> {
        if let Some(words) = self.is_others().await? {
            return Ok(Evidence::not_needed(format!(
                "maintenance is on for something else, and stays: {words}"
            )));
        }
        let lifted = switching::lift(&self.context).await?;
        if lifted.is_empty() {
            return Ok(Evidence::of("no fence stands"));
        }
        let words = |odd: bool| -> Vec<String> {
            let those = lifted.iter().filter(|it| it.is_odd == odd);
            those.map(|it| format!("{} {}", it.name, it.words)).collect()
        };
        let all: Vec<String> = [words(false), words(true)].concat();
        Ok(Evidence { text: all.join("; "), lacks: words(true), left_out: false })
    }

    pub(super) async fn end_maintenance(&mut self) -> Result<Evidence> {
        if let Some(words) = self.is_others().await? {
            return Ok(Evidence::not_needed(format!(
                "it is on for something else, and stays: {words}"
            )));
        }
        let Some(period) = switching::end(&self.context).await? else {
            return Ok(Evidence::of("it was off already"));
        };
        let took = duration_words(period.seconds());
        let late = self.record.window.as_ref();
        let late = late.map(|window| seconds_between(window.until(), period.ended));
        let late = late.filter(|seconds| *seconds > 0.0).map_or_else(String::new, |seconds| {
            format!(", {} later than people were told", duration_words(seconds))
        });
        Ok(Evidence::of(format!("off after {took}{late}")))
    }
}
