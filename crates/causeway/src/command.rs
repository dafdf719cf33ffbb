//! The `causeway` command: from arguments to an exit code.
//!
//! The engine emits events and returns how it ended; only this module and [`crate::terminal`]
//! print, and only `conclude` turns a result into an exit code.

use std::env;
use std::ffi::OsString;
use std::io::{Write, stderr};
use std::process::ExitCode;
use std::time::Duration;

use causeway_core::event::Event;
use causeway_core::migration::Version;
use causeway_core::outcome::Outcome;
use clap::Parser;
use clap::error::ErrorKind;

use crate::context::Context;
use crate::failure::{Attempt, Failure, Result};
use crate::terminal::{Form, Screen, Talk};

pub mod arguments;

mod init;
mod status;

mod backup;
pub mod check;
pub mod plan;
mod rehearse;
mod up;

mod verify;

mod conflicts;
mod down;

mod run;

mod maintenance;

mod requests;

mod doctor;
pub(crate) mod notice;

mod report;

mod watch;

mod history;
mod logs;
mod unlock;

mod bug;
mod hidden_uri;
mod migrations_folder;
pub(crate) mod session;
mod signals;
mod spelling;

use arguments::{
    Arguments, BackupCommand, Command, DoctorArguments, MaintenanceCommand, NoticeCommand,
    OutputForm,
};
use session::Session;
use signals::Nature;

/// Runs the command that the process was started with.
#[must_use]
pub fn main() -> ExitCode {
    let given: Vec<OsString> = env::args_os().collect();
    let hidden = hidden_uri::hide(&given);
    let arguments = match Arguments::try_parse_from(&given) {
        Ok(arguments) => arguments,
        Err(error) => return misunderstood(&error, &given),
    };
    let form = match arguments.global.output {
        OutputForm::Text => Form::Text,
        OutputForm::Json => Form::Json,
    };
    let talk = if arguments.global.quiet { Talk::Quiet } else { Talk::Full };
    let screen = Screen::new(form, talk);
    let result = hidden.and_then(|()| bug::guarded(|| run(arguments, &screen, &given)));
    conclude(&screen, result).exit_code().into()
}

/// Says how the command ended. The one place where a result becomes an outcome.
fn conclude(screen: &Screen, result: Result<Outcome>) -> Outcome {
    let in_a_run = result.as_ref().is_err_and(Failure::is_in_a_run);
    let outcome = match result {
        Ok(outcome) => outcome,
        Err(failure) => {
            screen.show(&told(&failure));
            failure_outcome(&failure)
        }
    };
    screen.flush();
    let outcome = match screen.lost_data() {
        Some(reason) if outcome.exit_code() == 0 => {
            let lost = Failure::unexpected("failed to write to standard output").because(reason);
            screen.show(&told(&lost));
            lost.outcome
        }
        Some(_) | None => outcome,
    };
    screen.show(&Event::Finished {
        outcome,
        exit_code: outcome.exit_code(),
        database: match outcome {
            // There is no journal to be read then.
            Outcome::Failed if !in_a_run => "no run had begun".to_owned(),
            _ => outcome.database_state().to_owned(),
        },
    });
    outcome
}

fn told(failure: &Failure) -> Event {
    Event::Failure {
        message: failure.message.clone(),
        causes: failure.causes(),
        hint: failure.hint.clone(),
    }
}

/// A failure never counts as success, whatever it says of itself.
const fn failure_outcome(failure: &Failure) -> Outcome {
    if failure.outcome.exit_code() == 0 { Outcome::Failed } else { failure.outcome }
}

/// Help and version, or what is wrong with the command line.
fn misunderstood(error: &clap::Error, given: &[OsString]) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // Nobody may be reading any more: `causeway --help | head -1`.
        let _ = error.print();
        return Outcome::Done.exit_code().into();
    }
    let text = hidden_uri::without_secrets(&error.render().to_string(), given);
    let _ = write!(stderr().lock(), "{text}");
    if wants_json(given) {
        let first = text.lines().next().unwrap_or_default();
        let message = first.strip_prefix("error: ").unwrap_or(first);
        let screen = Screen::data_only(Form::Json);
        return conclude(&screen, Err(Failure::usage(message))).exit_code().into();
    }
    Outcome::Usage.exit_code().into()
}

/// Whether a command line that clap could not read asks for JSON.
fn wants_json(given: &[OsString]) -> bool {
    given.iter().any(|argument| argument == "--output=json")
        || given.windows(2).any(|pair| pair[0] == "--output" && pair[1] == "json")
}

fn run(arguments: Arguments, screen: &Screen, given: &[OsString]) -> Result<Outcome> {
    let session = Session::new(arguments.global, screen, given)?;
    let nature = nature(&arguments.command, session.config.lease_life());
    let mut command = arguments.command;
    spelling::as_in_file(&mut command, &session);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .attempt(|| "start the program's threads".to_owned())?;
    let result = runtime.block_on(async {
        signals::listen(nature, session.interrupt.clone(), screen.clone())?;
        dispatch(&session, command).await
    });
    // Connections close by themselves; a lookup or a read that hangs must not keep anybody waiting.
    runtime.shutdown_background();
    result.map_err(|failure| session.told(failure))
}

/// What a signal means to a command.
const fn nature(command: &Command, lease_life: Duration) -> Nature {
    match command {
        Command::Up(_)
        | Command::Down(_)
        | Command::Conflicts(_)
        | Command::Backup(BackupCommand::Restore(_)) => Nature::Runs(lease_life),
        Command::Run(_) => Nature::CarriesPlan(lease_life),
        Command::Init
        | Command::Backup(
            BackupCommand::Create(_) | BackupCommand::Prove(_) | BackupCommand::Prune(_),
        )
        | Command::Maintenance(MaintenanceCommand::On(_) | MaintenanceCommand::Off)
        | Command::Pause(_)
        | Command::Resume(_)
        | Command::Cancel(_)
        | Command::Throttle(_)
        | Command::Doctor(DoctorArguments { fix: true, .. })
        | Command::Rehearse(_)
        | Command::Notice(NoticeCommand::Send(_) | NoticeCommand::Cancel(_))
        | Command::Unlock(_) => Nature::Writes,
        Command::Status(_)
        | Command::Maintenance(MaintenanceCommand::Status)
        | Command::Doctor(DoctorArguments { fix: false, .. })
        | Command::Check(_)
        | Command::Plan(_)
        | Command::Verify(_)
        | Command::Backup(BackupCommand::Verify(_) | BackupCommand::List(_))
        | Command::Notice(NoticeCommand::List(_))
        | Command::History(_) => Nature::Looks,
        // It writes files at the least.
        Command::Report(_) => Nature::Writes,
        Command::Watch(_) => Nature::Watches,
        Command::Logs(logs) if logs.follow => Nature::Follows,
        Command::Logs(_) => Nature::Looks,
    }
}

async fn dispatch(session: &Session, command: Command) -> Result<Outcome> {
    match command {
        Command::Init => init::run(session),
        Command::Status(arguments) => status::run(session, &arguments).await,
        Command::Check(arguments) => {
            let settings = up::check_settings(session, &arguments)?;
            check::run(&session.context().await?, &arguments.version, &settings).await
        }
        Command::Plan(arguments) => {
            let options = up::plan_options(&arguments.plan);
            let context = session.context().await?;
            announce(&context, &arguments.version)?;
            plan::run(&context, &arguments.version, options).await
        }
        Command::Backup(command) => backup::run(session, command).await,
        Command::Rehearse(arguments) => rehearse::run(session, arguments).await,
        Command::Up(arguments) => up::run(session, arguments).await,
        Command::Verify(arguments) => verify::run(session, &arguments).await,
        Command::Down(arguments) => down::run(session, &arguments).await,
        Command::Conflicts(arguments) => conflicts::run(session, arguments).await,
        Command::Run(arguments) => run::run(session, arguments).await,
        Command::Maintenance(command) => maintenance::run(session, command).await,
        Command::Pause(arguments) => requests::pause(session, &arguments).await,
        Command::Resume(arguments) => requests::resume(session, &arguments).await,
        Command::Cancel(arguments) => requests::cancel(session, &arguments).await,
        Command::Throttle(arguments) => requests::throttle(session, &arguments).await,
        Command::Watch(arguments) => watch::run(session, &arguments).await,
        Command::Doctor(arguments) => doctor::run(session, &arguments).await,
        Command::Notice(command) => notice::run(session, command).await,
        Command::Report(arguments) => report::run(session, arguments).await,
        Command::History(arguments) => history::run(session, &arguments).await,
        Command::Logs(arguments) => logs::run(session, &arguments).await,
        Command::Unlock(arguments) => unlock::run(session, &arguments).await,
    }
}

/// Says which migration the command is about.
fn announce(context: &Context, version: &Version) -> Result<()> {
    let migration = plan::migration(context, version)?;
    context.reporter.emit(Event::Migration {
        version: migration.version.to_string(),
        title: migration.title.clone(),
        file: migration.file.clone(),
    });
    Ok(())
}
