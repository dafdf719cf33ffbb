//! `causeway logs RUN`: the journal of a run, from disk and from the database. Writes nothing.
//!
//! What was attempted is told by the disk, what was changed by the entries committed with the data.
//! Either can be read without the other: the journal is wanted most when something is down.

use std::path::Path;
use std::time::Duration;

use causeway_core::event::Event;
use causeway_core::outcome::Outcome;

use super::arguments::LogsArguments;
use super::session::Session;
use crate::failure::{Failure, Result};
use crate::runs;
use crate::target::Target;
use crate::terminal::moment;

mod committed;
mod disk;
mod words;

use disk::Disk;

/// When there is a folder, the database is asked as well, but not waited for.
const DATABASE_WAIT: Duration = Duration::from_secs(3);
/// How often to look for more.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

/// Shows the journal of a run.
///
/// # Errors
/// Usage when there is no such run; when there is no folder, whatever keeps from asking the
/// database.
pub(super) async fn run(session: &Session, arguments: &LogsArguments) -> Result<Outcome> {
    let run = arguments.run.as_str();
    let folder = runs::folder(&session.global.state_dir, run);
    let mut disk = Disk::open(&folder)?;
    let mut rows = match &mut disk {
        Some(disk) => disk.read()?,
        None => Vec::new(),
    };
    let target = database(session, disk.is_some()).await?;
    if let Some(target) = &target {
        rows.extend(committed::read(target, run).await?);
    }
    if rows.is_empty() && disk.is_none() {
        return Err(no_such_run(run, &folder, target.as_ref()));
    }
    rows.sort_by_key(|row| row.at);
    session.reporter.fact("times", moment::zone());
    for row in rows {
        session.reporter.emit(Event::Row(row.into_row()));
    }
    if let (true, Some(mut disk)) = (arguments.follow, disk) {
        follow(session, &mut disk).await?;
    }
    Ok(Outcome::Done)
}

/// The database, when one is named and answers; with a folder on disk it may be away.
async fn database(session: &Session, has_folder: bool) -> Result<Option<Target>> {
    if !has_folder {
        return session.connect().await.map(Some);
    }
    if !session.names_a_database() {
        return Ok(None);
    }
    let away = match tokio::time::timeout(DATABASE_WAIT, session.connect()).await {
        Ok(Ok(target)) => return Ok(Some(target)),
        Ok(Err(failure)) => failure.message,
        Err(_) => format!("no answer within {} s", DATABASE_WAIT.as_secs()),
    };
    session.reporter.warning(format!("shown is the disk's journal alone: {away}"));
    Ok(None)
}

/// Shows what is added on disk until the run has ended.
async fn follow(session: &Session, disk: &mut Disk) -> Result<()> {
    while !disk.has_ended() {
        tokio::time::sleep(FOLLOW_EVERY).await;
        for row in disk.read()? {
            session.reporter.emit(Event::Row(row.into_row()));
        }
    }
    Ok(())
}

fn no_such_run(run: &str, folder: &Path, target: Option<&Target>) -> Failure {
    let database = target
        .map_or_else(String::new, |target| format!(", nor in the journal of {}", target.name()));
    Failure::usage(format!("there is no run {run} in {}{database}", folder.display()))
        .hint("see `causeway history`, or name the folder of runs with --state-dir DIR")
}
