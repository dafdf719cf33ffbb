//! Steps of the project's own: what people do by hand, and its hooks.

use causeway_core::outcome::Outcome;

use super::conductor::Conductor;
use super::jobs::borrowed;
use super::process;
use super::trying::Evidence;
use crate::backup::quoted;
use crate::config::own_steps::{End, HookSettings};
use crate::failure::{Failure, Result};

impl Conductor<'_> {
    /// Asks a person to do something, and keeps who said that it is done.
    pub(super) async fn manual(&mut self, name: &str) -> Result<Evidence> {
        let manuals = &self.session.config.manuals;
        let Some(manual) = manuals.iter().find(|it| it.name() == name) else {
            return Err(Failure::usage(format!(
                "causeway.toml has no [[manual]] `{name}` any more"
            )));
        };
        let by = self.context.operator.name.clone();
        if self.options.confirmed.iter().any(|confirmed| confirmed == name) {
            return Ok(Evidence::of(format!("confirmed by {by}, with --confirm")));
        }
        self.session.reporter.fact("by hand", manual.text.trim().to_owned());
        let question = format!("{name}: is it done?");
        match self.person.choose(&question, &["yes", "stop"]).await? {
            Some("yes") => Ok(Evidence::of(format!("confirmed by {by}, at the terminal"))),
            Some(_) => Err(Failure::stopped(format!("{name} is still to be done"))
                .hint("when it is done, the same command goes on")),
            None => Err(Failure::stopped(format!("nobody is there to say that `{name}` is done"))
                .hint(format!(
                    "when it is done, the same command with --confirm {} goes on",
                    quoted(name)
                ))),
        }
    }

    /// Runs a command of the project's own.
    pub(super) async fn hook(&mut self, name: &str) -> Result<Evidence> {
        let hooks = &self.session.config.hooks;
        let Some(hook) = hooks.iter().find(|it| it.name() == name).cloned() else {
            return Err(Failure::usage(format!("causeway.toml has no [[hook]] `{name}` any more")));
        };
        let ended = process::run(&hook.command, &borrowed(&self.variables()), hook.timeout()).await;
        if ended.is_well() {
            return Ok(Evidence::of(ended.words()));
        }
        let words = format!("the hook {name} {}", ended.words());
        if hook.may_fail {
            return Ok(Evidence { text: ended.words(), lacks: vec![words], left_out: false });
        }
        Err(Failure::refused(words).hint("mend it; then the same command goes on"))
    }
}

/// Runs the hooks of the end that it came to; returns what went wrong with them.
pub(super) async fn at_the_end(conductor: &Conductor<'_>, outcome: Outcome) -> Vec<String> {
    let well = matches!(outcome, Outcome::Done | Outcome::NothingToDo);
    let end = if well { End::Success } else { End::Failure };
    let of_this_end: Vec<HookSettings> = conductor
        .session
        .config
        .hooks
        .iter()
        .filter(|hook| hook.on == Some(end))
        .cloned()
        .collect();
    let failing = conductor.record.failing.as_ref();
    let mut wrong = Vec::new();
    for hook in of_this_end {
        let mut variables = conductor.variables();
        variables.push(("CAUSEWAY_EXIT_CODE", outcome.exit_code().to_string()));
        let message = failing.map(|failing| failing.message.clone()).unwrap_or_default();
        variables.push(("CAUSEWAY_FAILURE", message));
        let ended = process::run(&hook.command, &borrowed(&variables), hook.timeout()).await;
        if !ended.is_well() {
            wrong.push(format!("the hook {} {}", hook.name(), ended.words()));
        }
    }
    wrong
}
