//! What a plan needs, looked at before anything is begun: found behind maintenance it keeps people out.

use std::env;
use std::path::{Path, PathBuf};

use bson::DateTime;

use crate::command::session::Session;
use crate::config::Config;
use crate::config::own_steps::CommandLine;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::maintenance;

/// What stands against a run.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// It can't go through like this.
    pub(super) refuses: Vec<String>,
    /// Somebody should look.
    pub(super) warns: Vec<String>,
}

/// Looks; `run` is the one that goes on.
///
/// # Errors
/// When the database can't be read.
pub(super) async fn look(session: &Session, context: &Context, run: Option<&str>) -> Result<Found> {
    let config = &session.config;
    let mut found = Found::default();
    if let Some(name) = config.run.smoke_token_env()
        && !config.smokes.is_empty()
        && env::var(name).map_or(true, |token| token.is_empty())
    {
        let why = format!(
            "the variable {name}, which run.smoke_token_env names, is not in the environment"
        );
        found.refuses.push(why);
    }
    let configured = config.maintenance().scope();
    let unknown = maintenance::unknown_in_scope(&context.target, configured).await?;
    for name in unknown {
        let database = context.target.name();
        found
            .refuses
            .push(format!("maintenance.scope names {name}, and {database} has no such collection"));
    }
    let present = maintenance::read(&context.target).await?;
    if present.on && (run.is_none() || present.run.as_deref() != run) {
        let words = maintenance::words(&present, DateTime::now());
        let why = format!("maintenance is on for something else ({words}): end it first");
        found.refuses.push(why);
    }
    for (whose, program) in programs(config) {
        if !is_there(&program) {
            found.warns.push(format!("{whose}: the program {program} is not on this machine"));
        }
    }
    let contacts = causeway_core::runbook::Kind::ALL.into_iter();
    let nobody: Vec<&str> =
        contacts.filter(|kind| config.contact(*kind).is_none()).map(|kind| kind.word()).collect();
    if config.is_production() && !nobody.is_empty() {
        let kinds = nobody.join(", ");
        found.warns.push(format!("[escalation] says nobody to call for {kinds}"));
    }
    Ok(found)
}

impl Found {
    /// Refuses where something stands against it; says the rest.
    ///
    /// # Errors
    /// Refused.
    pub(super) fn judge(self, context: &Context) -> Result<()> {
        for words in &self.warns {
            context.reporter.warning(words.clone());
        }
        if self.refuses.is_empty() {
            return Ok(());
        }
        Err(Failure::refused(format!(
            "this plan would not go through: {}",
            self.refuses.join("; ")
        ))
        .hint("mend that; nothing was begun"))
    }
}

/// Programs of commands that are words: what a shell does with a line, only a shell knows.
fn programs(config: &Config) -> Vec<(String, String)> {
    let jobs = config.jobs.iter().flat_map(|job| {
        let commands = [Some(&job.stop), Some(&job.start), job.stopped.as_ref()];
        commands.into_iter().flatten().map(move |command| (format!("job {}", job.name()), command))
    });
    let hooks = config.hooks.iter().map(|hook| (format!("hook {}", hook.name()), &hook.command));
    let smokes = config.smokes.iter().filter_map(|smoke| {
        Some((format!("smoke check {}", smoke.name()), smoke.command.as_ref()?))
    });
    let all = jobs.chain(hooks).chain(smokes);
    let mut programs: Vec<(String, String)> = all
        .filter_map(|(whose, command)| match command {
            CommandLine::Words(words) => Some((whose, words.first()?.clone())),
            CommandLine::Shell(_) => None,
        })
        .collect();
    programs.dedup();
    programs
}

fn is_there(program: &str) -> bool {
    if program.contains('/') {
        return Path::new(program).exists();
    }
    // Without one the system looks where it always does.
    let Some(path) = env::var_os("PATH") else { return true };
    env::split_paths(&path).map(|folder: PathBuf| folder.join(program)).any(|file| file.is_file())
}
