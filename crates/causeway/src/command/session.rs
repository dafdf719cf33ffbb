//! From the command line to the context in which a command works.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::OnceLock;

use causeway_core::event::Event;
use causeway_core::migration::MigrationSet;

use super::arguments::Global;
use super::{hidden_uri, migrations_folder};
use crate::backup::{self, scratch};
use crate::config::Config;
use crate::confirm::Confirmation;
use crate::context::{Context, Interrupt, Operator};
use crate::failure::{Failure, Result};
use crate::maintenance;
use crate::permitted::forbidden;
use crate::reporter::Reporter;
use crate::target::{Target, TargetOptions};
use crate::terminal::Screen;

/// One start of the program.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) global: Global,
    pub(crate) config: Config,
    pub(crate) reporter: Reporter,
    pub(crate) interrupt: Interrupt,
    command_line: String,
    /// The run of the whole plan that this is a step of.
    part_of: Option<String>,
    /// Who asks, and the database: known once somebody answered.
    asked: OnceLock<(String, String)>,
}

impl Session {
    /// Reads the configuration.
    ///
    /// # Errors
    /// Usage when it is wrong.
    pub(crate) fn new(global: Global, screen: &Screen, arguments: &[OsString]) -> Result<Self> {
        Ok(Self {
            config: Config::read(global.config.as_deref())?,
            reporter: screen.reporter(),
            interrupt: Interrupt::default(),
            command_line: hidden_uri::command_line(arguments),
            part_of: None,
            asked: OnceLock::new(),
            global,
        })
    }

    /// Reads the migrations and connects. Files come first: a mistake in one is found without a
    /// database.
    ///
    /// # Errors
    /// Usage when a file or an address is wrong; refused when nothing answers.
    pub(crate) async fn context(&self) -> Result<Context> {
        let migrations = migrations_folder::load(&self.global.migrations, self.global.output)?;
        Ok(Context { migrations, ..self.context_without_migrations().await? })
    }

    /// Connects, for commands that are about no migration.
    ///
    /// # Errors
    /// Usage when an address is wrong; refused when nothing answers.
    pub(crate) async fn context_without_migrations(&self) -> Result<Context> {
        Ok(self.context_of(self.connect().await?))
    }

    /// What commands work with, on this database and without migrations.
    pub(crate) fn context_of(&self, target: Target) -> Context {
        Context {
            target,
            migrations: MigrationSet::default(),
            state_dir: self.global.state_dir.clone(),
            reporter: self.reporter.clone(),
            operator: self.operator(),
            confirmation: self.confirmation(),
            interrupt: self.interrupt.clone(),
            lease_life: self.config.lease_life(),
            part_of: self.part_of.clone(),
        }
    }

    /// Connects, and says to what.
    ///
    /// # Errors
    /// Usage when the address is wrong; refused when nothing answers.
    pub(crate) async fn connect(&self) -> Result<Target> {
        let target = self.connect_unreminded().await?;
        maintenance::remind(&target, &self.reporter).await;
        Ok(target)
    }

    /// The same, without a word on maintenance and fence.
    ///
    /// # Errors
    /// Usage when the address is wrong; refused when nothing answers.
    pub(crate) async fn connect_unreminded(&self) -> Result<Target> {
        let target = Target::connect(&self.target_options()).await?;
        self.asked.get_or_init(|| (target.who.clone(), target.name().to_owned()));
        self.reporter.emit(Event::Target(target.shown.clone()));
        Ok(target)
    }

    /// Connects to a database of another name: on the server that `--on` names, or on the usual one.
    ///
    /// # Errors
    /// Usage when the address is wrong; refused when nothing answers.
    pub(crate) async fn connect_scratch(&self, on: Option<String>) -> Result<Target> {
        let name = scratch::name();
        let options = match hidden_uri::given(hidden_uri::ON, on) {
            Some(uri) => TargetOptions::given(hidden_uri::ON.flag, uri, name),
            None => TargetOptions { database: Some(name), ..self.target_options() },
        };
        let target = Target::connect(&options).await?;
        self.reporter.emit(Event::Target(target.shown.clone()));
        Ok(target)
    }

    /// A failure in the words of this connection: who may not do what.
    pub(crate) fn told(&self, failure: Failure) -> Failure {
        match self.asked.get() {
            Some((who, database)) => forbidden(failure, who, database),
            None => failure,
        }
    }

    /// Whether a database is named at all.
    pub(crate) fn names_a_database(&self) -> bool {
        let options = self.target_options();
        options.uri.is_some()
            || options.env_file.is_some()
            || options.uri_from_environment.is_some()
    }

    /// How permission is asked for.
    pub(crate) fn confirmation(&self) -> Confirmation {
        Confirmation::new(self.global.yes.clone(), self.reporter.clone())
    }

    /// Folder of backups: what was given, what the configuration names, or the usual one.
    pub(crate) fn backups(&self, given: Option<PathBuf>) -> PathBuf {
        let named = given.or_else(|| self.config.backup_folder());
        named.unwrap_or_else(|| backup::home(&self.global.state_dir))
    }

    fn target_options(&self) -> TargetOptions {
        TargetOptions {
            uri: hidden_uri::given(hidden_uri::URI, self.global.uri.clone()),
            flag: hidden_uri::URI.flag,
            // An empty variable is what a script leaves that wanted to unset it.
            uri_from_environment: env::var("MONGODB_URI").ok().filter(|uri| !uri.trim().is_empty()),
            env_file: self.global.env_file.clone(),
            database: self.global.database.clone(),
        }
    }

    /// The same session inside a run of the whole plan: everything is heard by `reporter`, and what
    /// was permitted once, for the whole of it, is not asked for again.
    pub(crate) fn inside(&self, run: &str, reporter: Reporter, database: &str) -> Self {
        Self {
            global: Global { yes: Some(database.to_owned()), ..self.global.clone() },
            reporter,
            part_of: Some(run.to_owned()),
            ..self.clone()
        }
    }

    /// The same session, whose events somebody else hears.
    pub(crate) fn heard_by(&self, reporter: Reporter) -> Self {
        Self { reporter, ..self.clone() }
    }

    /// Who asks.
    pub(crate) fn operator(&self) -> Operator {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Operator {
            name: self.global.operator.clone().unwrap_or_else(system_user),
            host,
            command: self.command_line.clone(),
        }
    }
}

/// The user's name, or number where nobody gave it a name.
fn system_user() -> String {
    ["USER", "LOGNAME"]
        .iter()
        .find_map(|name| env::var(name).ok().filter(|user| !user.is_empty()))
        .unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}
