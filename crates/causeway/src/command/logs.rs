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

use disk::{Disk, Shown};

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
    let asked = if disk.is_some() {
        committed_if_told(session, run).await
    } else {
        Some(committed_entries(session, run).await?)
    };
    let database = asked.as_ref().map(|(target, _)| target.name().to_owned());
    rows.extend(asked.into_iter().flat_map(|(_, committed)| committed));
    if rows.is_empty() && disk.is_none() {
        return Err(no_such_run(run, &folder, database.as_deref()));
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

/// The entries in the database.
async fn committed_entries(session: &Session, run: &str) -> Result<(Target, Vec<Shown>)> {
    let target = session.connect().await?;
    let entries = committed::read(&target, run).await?;
    Ok((target, entries))
}

/// The entries in the database, when one is named, answers and may be read: with a folder on disk it
/// is not needed.
async fn committed_if_told(session: &Session, run: &str) -> Option<(Target, Vec<Shown>)> {
    if !session.names_a_database() {
        return None;
    }
    let asking = committed_entries(session, run);
    let why = match tokio::time::timeout(DATABASE_WAIT, asking).await {
        Ok(Ok(asked)) => return Some(asked),
        Ok(Err(failure)) => session.told(failure).message,
        Err(_) => format!("no answer within {} s", DATABASE_WAIT.as_secs()),
    };
    session.reporter.warning(format!("shown is the disk's journal alone: {why}"));
    None
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

fn no_such_run(run: &str, folder: &Path, database: Option<&str>) -> Failure {
    let database =
        database.map_or_else(String::new, |name| format!(", nor in the journal of {name}"));
    Failure::usage(format!("there is no run {run} in {}{database}", folder.display()))
        .hint("see `causeway history`, or name the folder of runs with --state-dir DIR")
}
