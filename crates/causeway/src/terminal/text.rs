//! Every event as text: data for stdout, talk for stderr.

use causeway_core::event::{Event, TargetShown};
use causeway_core::outcome::Outcome;

use super::answers::Place;
use super::layout::Page;
use super::moment;
use super::progress::{Lines, Progress, Step};
use super::rows::Table;
use super::style::Meaning;
use super::{answers, plan, steps, verification};
use crate::clock::duration_words;

/// Which stream a line goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output: what was asked for.
    Data,
    /// Standard error: what is said about it.
    Talk,
    /// Standard error, even with `--quiet`.
    Alarm,
}

/// A line, or several that belong together, without the last line break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it goes.
    pub to: Stream,
    /// What it says.
    pub text: String,
}

/// Turns events into lines. Keeps what has to wait for a later event.
#[derive(Debug)]
pub struct Renderer {
    data: Page,
    talk: Page,
    pub(super) progress: Progress,
    table: Table,
    failure: Option<Told>,
    exit_said: bool,
    place: Place,
}

/// A failure, waiting for the outcome that names it.
#[derive(Debug)]
struct Told {
    message: String,
    causes: Vec<String>,
    hint: Option<String>,
}

impl Renderer {
    /// A renderer that shows progress in plain lines.
    #[must_use]
    pub fn new(data: Page, talk: Page) -> Self {
        Self {
            data,
            talk,
            progress: Progress::Lines(Lines::default()),
            table: Table::default(),
            failure: None,
            exit_said: false,
            place: Place::Command,
        }
    }

    /// The same with bars.
    #[must_use]
    pub(super) fn with_bars(mut self, columns: usize) -> Self {
        self.progress = Progress::bars(columns);
        self
    }

    /// Lines to print now because of `event`.
    pub fn render(&mut self, event: &Event) -> Vec<Line> {
        let mut lines = Vec::new();
        if !matches!(event, Event::Row(_)) {
            lines.extend(self.flush());
        }
        match event {
            Event::Target(shown) => lines.push(talk(target(self.talk, shown))),
            Event::Migration { version, title, file } => {
                let file = self.talk.paint.paint(Meaning::Detail, &format!("({file})"));
                let line = self.talk.keyed("migration", None, &format!("{version}  {title}"));
                lines.push(talk(format!("{line}  {file}\n")));
            }
            Event::Answer(answer) => lines.extend(data([answers::answer(self.data, answer)])),
            Event::Checked { version, tally } => {
                self.exit_said = self.place == Place::Command;
                let found = (version.as_str(), tally);
                lines.extend(data([answers::checked(self.data, found, self.place)]));
            }
            Event::Plan(found) => lines.extend(data(plan::plan(self.data, found))),
            Event::RunStarted { run, command, resumed, folder } => {
                let verb = if *resumed { "resumed" } else { "started" };
                let text = format!("{run}: {command} {verb}, journal in {folder}");
                lines.push(talk(self.talk.keyed("run", None, &text)));
            }
            Event::Step { number, of, step, text, state, seconds } => {
                self.place = Place::Run;
                let step = steps::Shown {
                    number: (*number, *of),
                    step,
                    text,
                    state: *state,
                    seconds: *seconds,
                };
                lines.push(talk(steps::step(self.talk, &step)));
            }
            Event::PhaseStarted { phase, total, unit } => {
                lines.extend(self.progress.start(phase, *total, unit).map(talk));
            }
            Event::Progress { phase, done, total, per_second, eta_seconds, lag_seconds } => {
                let step = Step {
                    phase,
                    done: *done,
                    total: *total,
                    per_second: *per_second,
                    eta_seconds: *eta_seconds,
                    lag_seconds: *lag_seconds,
                };
                lines.extend(self.progress.advance(&step).map(talk));
            }
            Event::PhaseFinished { phase, result, seconds } => {
                let result = format!("{result}, {}", duration_words(*seconds));
                lines.push(talk(self.progress.finish(phase, &result)));
            }
            Event::Paused { reason } => {
                let text = format!("{reason}, since {}", moment::time_now());
                lines.push(talk(self.talk.keyed("paused", Some(Meaning::Attention), &text)));
            }
            Event::Unpaused { seconds } => {
                let text = format!("after {}", duration_words(*seconds));
                lines.push(talk(self.talk.keyed("goes on", None, &text)));
            }
            Event::Fact { key, text } => lines.push(talk(self.talk.keyed(key, None, text))),
            Event::Warning { text } => {
                lines.push(alarm(self.talk.keyed("warning", Some(Meaning::Attention), text)));
            }
            Event::Verified(found) => {
                lines.extend(data(verification::verification(self.data, found)));
            }
            Event::Row(row) => lines.extend(data(self.table.push(self.data, row))),
            Event::Failure { message, causes, hint } => {
                self.failure = Some(Told {
                    message: message.clone(),
                    causes: causes.clone(),
                    hint: hint.clone(),
                });
            }
            Event::Next { commands } => {
                lines.extend(talk_all(next(self.talk, commands)));
            }
            Event::Finished { outcome, exit_code, database } => {
                self.progress.clear();
                lines.extend(self.finished(*outcome, *exit_code, database));
            }
        }
        lines
    }

    /// Rows that wait for more of their kind.
    pub fn flush(&mut self) -> Vec<Line> {
        data(self.table.flush(self.data))
    }

    fn finished(&mut self, outcome: Outcome, exit_code: u8, database: &str) -> Vec<Line> {
        let mut lines = Vec::new();
        let told = self.failure.take();
        let failed = told.is_some();
        if let Some(told) = &told {
            let (word, meaning) = name(outcome);
            lines.push(alarm(self.talk.keyed(word, Some(meaning), &told.message)));
            lines.extend(told.causes.iter().map(|cause| {
                let cause = self.talk.below_key(&format!("because {cause}"));
                alarm(self.talk.paint.paint(Meaning::Detail, &cause))
            }));
        }
        let said = self.exit_said && !failed;
        if outcome != Outcome::Done && !said {
            let line = self.talk.keyed("database", None, database);
            let to = if outcome == Outcome::NothingToDo { Stream::Talk } else { Stream::Alarm };
            lines.push(Line { to, text: self.talk.with_exit(&line, exit_code) });
        }
        if let Some(hint) = told.and_then(|told| told.hint) {
            lines.push(alarm(self.talk.keyed("next", None, &hint)));
        }
        lines
    }
}

/// `shop on rs0 (…)`, as the first line of every command that connects.
fn target(page: Page, shown: &TargetShown) -> String {
    let place = match shown.topology.strip_prefix("replica set ").and_then(|it| it.split_once(", "))
    {
        Some((set, members)) => format!("{set} ({}, {members}", shown.host),
        None => format!("{} ({}", shown.host, shown.topology),
    };
    let text = format!("{} on {place}, MongoDB {})", shown.database, shown.version);
    let source = page.paint.paint(Meaning::Detail, &format!("from {}", shown.source));
    format!("{}  {source}", page.keyed("target", None, &text))
}

fn next(page: Page, commands: &[String]) -> Vec<String> {
    let mut commands = commands.iter();
    let first = commands.next().map(|command| page.keyed("next", None, command));
    first.into_iter().chain(commands.map(|command| page.below_key(command))).collect()
}

/// What a failure is called, by what it means for the database.
const fn name(outcome: Outcome) -> (&'static str, Meaning) {
    match outcome {
        Outcome::Done | Outcome::NothingToDo | Outcome::Failed => ("failed", Meaning::Bad),
        Outcome::Usage => ("usage", Meaning::Bad),
        Outcome::Refused => ("refused", Meaning::Bad),
        Outcome::LockHeld => ("locked", Meaning::Attention),
        Outcome::Stopped => ("stopped", Meaning::Attention),
        Outcome::VerificationFailed => ("wrong", Meaning::Bad),
        Outcome::RolledBack => ("undone", Meaning::Attention),
        Outcome::RollbackFailed => ("failed", Meaning::Bad),
        Outcome::Pending => ("pending", Meaning::Attention),
    }
}

fn data(texts: impl IntoIterator<Item = String>) -> Vec<Line> {
    texts.into_iter().map(|text| Line { to: Stream::Data, text }).collect()
}

fn talk_all(texts: Vec<String>) -> Vec<Line> {
    texts.into_iter().map(talk).collect()
}

const fn talk(text: String) -> Line {
    Line { to: Stream::Talk, text }
}

const fn alarm(text: String) -> Line {
    Line { to: Stream::Alarm, text }
}
