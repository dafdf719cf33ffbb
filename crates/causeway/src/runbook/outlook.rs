//! `--noop`: the whole run with its real names, without doing anything.

use causeway_core::event::Event;
use causeway_core::migration::Migration;
use causeway_core::outcome::Outcome;
use causeway_core::runbook::{Course, RunRecord, Step, WindowRecord, has_evidence, last};
use serde_json::json;

use super::telling::{channels, window_of};
use super::{RunOptions, window};
use crate::command::session::Session;
use crate::config::own_steps::End;
use crate::config::run::OnFailure;
use crate::context::Context;
use crate::failure::Result;
use crate::notices::window::Window;
use crate::notices::{Channel, Moment};
use crate::terminal::rows::Row;

/// Shows every step: what it would do, with what, and whether it is done already.
///
/// # Errors
/// Usage when what is configured does not fit together.
pub(super) fn show(
    session: &Session,
    context: &Context,
    (migration, course): (&Migration, &Course),
    (options, open): (&RunOptions, Option<&RunRecord>),
) -> Result<Outcome> {
    let outlook = Outlook { session, context, migration, options, open };
    let steps = open.map_or(&[][..], |open| &open.steps);
    if let Some(open) = open {
        context.reporter.fact("run", format!("{} goes on", open.id));
    }
    for step in course.steps() {
        let (number, of) = course.number(step);
        let done = has_evidence(steps, step);
        let evidence = last(steps, step).filter(|_| done).map(|it| it.evidence.clone());
        let what = evidence.map_or_else(|| outlook.of(step), Ok)?;
        context.reporter.emit(Event::Row(Row::from([
            ("row", json!("plan_step")),
            ("number", json!(number.to_string())),
            ("of", json!(of)),
            ("step", json!(step.id())),
            ("state", json!(if done { "done" } else { "to do" })),
            ("what", json!(what)),
        ])));
    }
    let policy = match session.config.run.on_failure() {
        OnFailure::Ask => "a person is asked whether it goes back; without one it stays as it is",
        OnFailure::RollBack => {
            "it goes back by itself: rollback, verification, people let in, notices"
        }
        OnFailure::Stop => "it stays as it is, and says how to go on or back",
    };
    context.reporter.fact("failure", policy);
    for hook in &session.config.hooks {
        let end = match hook.on {
            Some(End::Success) => "when it went through",
            Some(End::Failure) => "when it failed",
            None => continue,
        };
        context.reporter.fact("hook", format!("{}, {end}: {}", hook.name(), hook.command.shown()));
    }
    for (kind, contact) in causeway_core::runbook::Kind::ALL
        .into_iter()
        .filter_map(|kind| Some((kind, session.config.contact(kind)?)))
    {
        context.reporter.fact("call", format!("{kind}: {contact}"));
    }
    context.reporter.fact("noop", "nothing was written, and nothing was sent");
    let commands = vec![format!("causeway run {}", migration.version)];
    context.reporter.emit(Event::Next { commands });
    Ok(Outcome::Done)
}

/// What is needed to say what a step would do.
pub(super) struct Outlook<'a> {
    pub(super) session: &'a Session,
    pub(super) context: &'a Context,
    pub(super) migration: &'a Migration,
    pub(super) options: &'a RunOptions,
    pub(super) open: Option<&'a RunRecord>,
}

impl Outlook<'_> {
    /// What a step does, and with what, where that says more than its title.
    pub(super) fn title(&self, step: &Step) -> String {
        let detail = match step {
            Step::Announce if self.open.is_none_or(|open| open.window.is_none()) => None,
            Step::Announce
            | Step::Backup
            | Step::BeginMaintenance
            | Step::TellBegin
            | Step::StopJobs
            | Step::Up
            | Step::Smoke
            | Step::StartJobs
            | Step::TellEnd
            | Step::Hook(_) => self.of(step).ok(),
            Step::Check
            | Step::VerifyBackup
            | Step::Prove
            | Step::Rehearse
            | Step::AwaitWindow
            | Step::Quiet
            | Step::Verify
            | Step::LiftFence
            | Step::EndMaintenance
            | Step::Watch
            | Step::Manual(_)
            | Step::Back(_) => None,
        };
        let title = step.title();
        detail.map_or_else(|| title.clone(), |detail| format!("{title}: {detail}"))
    }

    fn of(&self, step: &Step) -> Result<String> {
        let config = &self.session.config;
        let (version, database) = (&self.migration.version, self.context.target.name());
        Ok(match step {
            Step::Announce => match self.asked()? {
                Some(_) => format!("{}; {}", self.told(Moment::Before), self.window()?),
                None => {
                    "left out: the maintenance begins at once; --start gives it a time".to_owned()
                }
            },
            Step::Check => format!("every question of `causeway check {version}`"),
            Step::Backup => match &self.options.up.backup.named {
                Some(named) => format!("the one that was named: {}", named.display()),
                None => format!("{database}, into {}", self.options.backups.display()),
            },
            Step::VerifyBackup => "every byte of it against its manifest".to_owned(),
            Step::Prove => {
                "restored on a private mongod of this machine, compared, removed".to_owned()
            }
            Step::Rehearse => {
                "up, verify, down, verify, up on a copy of that backup; or one seen lately"
                    .to_owned()
            }
            Step::AwaitWindow => self.window()?,
            Step::BeginMaintenance => {
                let fence = if config.maintenance().fence() { ", with the fence" } else { "" };
                let scope = match config.maintenance().scope() {
                    [] => "the collections of the migration".to_owned(),
                    scope => scope.join(", "),
                };
                format!("{scope} can only be read{fence}")
            }
            Step::TellBegin => self.told(Moment::During),
            Step::StopJobs => self.jobs(|job| job.stop.shown()),
            Step::Quiet => format!(
                "until nobody has written for {} s, {} s at most",
                config.run.quiet().as_secs(),
                config.run.quiet_max().as_secs()
            ),
            Step::Up => {
                let steps: Vec<String> =
                    self.migration.steps.iter().map(|step| step.title()).collect();
                steps.join("; ")
            }
            Step::Verify => {
                "every document, byte by byte but for what the migration adds".to_owned()
            }
            Step::LiftFence => "validators come back".to_owned(),
            Step::Smoke => {
                let names: Vec<&str> = config.smokes.iter().map(|smoke| smoke.name()).collect();
                names.join(", ")
            }
            Step::StartJobs => self.jobs(|job| job.start.shown()),
            Step::EndMaintenance => "people can write again".to_owned(),
            Step::TellEnd => self.told(Moment::After),
            Step::Watch => "server and application against what they were before".to_owned(),
            Step::Manual(name) => {
                let manual = config.manuals.iter().find(|it| it.name() == name);
                manual.map_or_else(String::new, |it| it.text.trim().to_owned())
            }
            Step::Hook(name) => {
                let hook = config.hooks.iter().find(|it| it.name() == name);
                hook.map_or_else(String::new, |it| it.command.shown())
            }
            Step::Back(_) => step.title(),
        })
    }

    fn asked(&self) -> Result<Option<WindowRecord>> {
        match self.open.and_then(|open| open.window.clone()) {
            Some(told) if self.options.start.is_none() => Ok(Some(told)),
            Some(_) | None => window::asked(&self.session.config, self.options),
        }
    }

    fn window(&self) -> Result<String> {
        let config = &self.session.config;
        Ok(self.asked()?.map_or_else(
            || "begins at once".to_owned(),
            |asked| {
                let (start, minutes) = window_of(config, &asked);
                Window::new(start, minutes, &config.notices.zone()).words()
            },
        ))
    }

    fn told(&self, moment: Moment) -> String {
        let config = &self.session.config;
        let (channels, without) = channels(config, moment);
        let mut words: Vec<String> = channels
            .iter()
            .map(|channel| match channel {
                Channel::Email => {
                    let many = config.email.iter().flat_map(|email| email.to()).count();
                    format!("e-mail to {many}")
                }
                Channel::InApp => "in the application".to_owned(),
                Channel::StatusPage => "the status page".to_owned(),
                Channel::Webhook => format!("{} webhooks", config.webhooks.len()),
            })
            .collect();
        words.extend(
            without.iter().map(|channel| format!("no {channel}: nothing is configured for it")),
        );
        format!("\"{}\": {}", config.notices.wording(moment).subject, words.join(", "))
    }

    fn jobs(&self, command: impl Fn(&crate::config::own_steps::JobSettings) -> String) -> String {
        let jobs = self.session.config.jobs.iter();
        jobs.map(|job| format!("{}: {}", job.name(), command(job))).collect::<Vec<_>>().join("; ")
    }
}
