//! `[[job]]`, `[[manual]]` and `[[hook]]`: what a run has to do that only this project knows.

use std::collections::BTreeSet;
use std::time::Duration;

use causeway_core::runbook::{Place, Step};
use serde::Deserialize;
use toml::Spanned;

use super::notices::Mistake;

const TIMEOUT_SECONDS: u64 = 60;
const TIMEOUT_SECONDS_MAX: u64 = 24 * 3600;
const NAME_CHARACTERS_MAX: usize = 60;

/// A command: words, or a line for the shell.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum CommandLine {
    /// A line for `sh -c`.
    Shell(String),
    /// A program and its arguments.
    Words(Vec<String>),
}

impl CommandLine {
    fn is_empty(&self) -> bool {
        match self {
            Self::Shell(line) => line.trim().is_empty(),
            Self::Words(words) => words.first().is_none_or(|word| word.trim().is_empty()),
        }
    }

    /// As a person reads it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Shell(line) => line.trim().to_owned(),
            Self::Words(words) => words.join(" "),
        }
    }
}

/// `[[job]]`: something that writes by itself, and has to be stopped meanwhile.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobSettings {
    name: Spanned<String>,
    /// Stops it.
    pub(crate) stop: CommandLine,
    /// Starts it again.
    pub(crate) start: CommandLine,
    /// Ends with 0 when it is stopped.
    pub(crate) stopped: Option<CommandLine>,
    timeout_seconds: Option<Spanned<u64>>,
}

/// `[[manual]]`: something that a person does.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ManualSettings {
    name: Spanned<String>,
    /// What is to be done.
    pub(crate) text: String,
    before: Option<Spanned<String>>,
    after: Option<Spanned<String>>,
}

/// `[[hook]]`: a command at a point of a run.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HookSettings {
    name: Spanned<String>,
    /// The command.
    pub(crate) command: CommandLine,
    before: Option<Spanned<String>>,
    after: Option<Spanned<String>>,
    /// At the end of a run, by how it ended.
    pub(crate) on: Option<End>,
    /// Whether the run goes on when the command fails.
    #[serde(default)]
    pub(crate) may_fail: bool,
    timeout_seconds: Option<Spanned<u64>>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum End {
    /// As asked.
    Success,
    /// It stopped, was rolled back, or a person is needed.
    Failure,
}

impl JobSettings {
    pub(crate) fn name(&self) -> &str {
        self.name.get_ref()
    }

    /// How long each of its commands may take, and how long it may go on after it was stopped.
    pub(crate) fn timeout(&self) -> Duration {
        timeout(self.timeout_seconds.as_ref())
    }
}

impl ManualSettings {
    pub(crate) fn name(&self) -> &str {
        self.name.get_ref()
    }
}

impl HookSettings {
    pub(crate) fn name(&self) -> &str {
        self.name.get_ref()
    }

    pub(crate) fn timeout(&self) -> Duration {
        timeout(self.timeout_seconds.as_ref())
    }
}

fn timeout(given: Option<&Spanned<u64>>) -> Duration {
    Duration::from_secs(given.map_or(TIMEOUT_SECONDS, |given| *given.get_ref()))
}

/// Steps of the project's own, with their places, in the order of the file.
pub(crate) fn steps(manuals: &[ManualSettings], hooks: &[HookSettings]) -> Vec<(Place, Step)> {
    let manual = manuals.iter().filter_map(|it| {
        let place = place((it.before.as_ref(), it.after.as_ref()))?;
        Some((place, Step::Manual(it.name().to_owned())))
    });
    let hook = hooks.iter().filter_map(|it| {
        let place = place((it.before.as_ref(), it.after.as_ref()))?;
        Some((place, Step::Hook(it.name().to_owned())))
    });
    manual.chain(hook).collect()
}

fn place((before, after): (Option<&Spanned<String>>, Option<&Spanned<String>>)) -> Option<Place> {
    match (before, after) {
        (Some(before), None) => Some(Place::Before(before.get_ref().clone())),
        (None, Some(after)) => Some(Place::After(after.get_ref().clone())),
        _ => None,
    }
}

pub(super) fn check(
    jobs: &[JobSettings],
    manuals: &[ManualSettings],
    hooks: &[HookSettings],
) -> Result<(), Mistake> {
    let mut names = BTreeSet::new();
    for job in jobs {
        check_name(&job.name, &mut names)?;
        let commands = [Some(&job.stop), Some(&job.start), job.stopped.as_ref()];
        if commands.into_iter().flatten().any(CommandLine::is_empty) {
            return Err((job.name.span().start, "a command of this job is empty".to_owned()));
        }
        check_timeout(job.timeout_seconds.as_ref())?;
    }
    names.clear();
    for manual in manuals {
        check_name(&manual.name, &mut names)?;
        if manual.text.trim().is_empty() {
            return Err((manual.name.span().start, "nothing says what is to be done".to_owned()));
        }
        check_place(&manual.name, (manual.before.as_ref(), manual.after.as_ref()), false)?;
    }
    names.clear();
    for hook in hooks {
        check_name(&hook.name, &mut names)?;
        if hook.command.is_empty() {
            return Err((hook.name.span().start, "the command of this hook is empty".to_owned()));
        }
        check_timeout(hook.timeout_seconds.as_ref())?;
        check_place(&hook.name, (hook.before.as_ref(), hook.after.as_ref()), hook.on.is_some())?;
    }
    Ok(())
}

fn check_place(
    name: &Spanned<String>,
    (before, after): (Option<&Spanned<String>>, Option<&Spanned<String>>),
    at_the_end: bool,
) -> Result<(), Mistake> {
    let given = usize::from(before.is_some()) + usize::from(after.is_some());
    if given + usize::from(at_the_end) != 1 {
        let message = format!("`{}` needs one place: before or after a step", name.get_ref());
        return Err((name.span().start, message));
    }
    for place in [before, after].into_iter().flatten() {
        if !Step::USUAL.iter().any(|step| step.id() == *place.get_ref()) {
            let known: Vec<String> = Step::USUAL.iter().map(Step::id).collect();
            let message =
                format!("there is no step `{}`; there are {}", place.get_ref(), known.join(", "));
            return Err((place.span().start, message));
        }
    }
    Ok(())
}

pub(super) fn check_name(
    name: &Spanned<String>,
    names: &mut BTreeSet<String>,
) -> Result<(), Mistake> {
    let text = name.get_ref();
    if text.trim().is_empty() || text.contains(char::is_control) {
        return Err((name.span().start, "a name is needed, of one line".to_owned()));
    }
    if text.chars().count() > NAME_CHARACTERS_MAX {
        let message = format!("a name has at most {NAME_CHARACTERS_MAX} characters");
        return Err((name.span().start, message));
    }
    if !names.insert(text.clone()) {
        return Err((name.span().start, format!("`{text}` stands here twice")));
    }
    Ok(())
}

pub(super) fn check_timeout(given: Option<&Spanned<u64>>) -> Result<(), Mistake> {
    match given {
        Some(given) if !(1..=TIMEOUT_SECONDS_MAX).contains(given.get_ref()) => {
            Err((given.span().start, format!("expected 1 to {TIMEOUT_SECONDS_MAX} seconds")))
        }
        Some(_) | None => Ok(()),
    }
}
