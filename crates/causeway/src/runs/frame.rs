//! How every run begins and ends: its journal, its lease, its record of how it stands.

use std::path::PathBuf;

use causeway_core::event::Event;
use causeway_core::journal::Said;
use causeway_core::outcome::Outcome;
use mongodb::error::{ErrorKind, RETRYABLE_WRITE_ERROR, WriteFailure};

use super::Direction;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::journal::Journal;
use crate::lease::Lease;
use crate::runs;
use crate::transaction::is_transient;

/// Takes the lease for `run`. A server that goes away meanwhile leaves nothing to look after: the
/// same command begins again.
///
/// # Errors
/// [`Outcome::LockHeld`] when somebody else holds it.
pub async fn take_lease(context: &Context, run: &str) -> Result<Lease> {
    let (target, operator) = (&context.target, &context.operator);
    Lease::take(target, operator, run, context.lease_life, &context.reporter)
        .await
        .map_err(resumable)
}

/// A run's journal and the folder it is in.
#[derive(Debug)]
pub struct Opened {
    /// The journal.
    pub journal: Journal,
    /// The folder.
    pub folder: PathBuf,
}

/// Opens the journal of a run and says that the run goes on or starts.
///
/// # Errors
/// When the journal can't be written: then nothing may be done.
pub async fn open_journal(
    context: &Context,
    run: &str,
    (direction, resumed): (Direction, bool),
) -> Result<Opened> {
    let folder = runs::make_folder(&context.state_dir, run)?;
    let (journal, past) = Journal::open(&folder)?;
    let operator = context.operator.name.clone();
    let host = context.operator.host.clone();
    journal
        .write(match past {
            None => Said::Started { command: context.operator.command.clone(), operator, host },
            Some(_) => Said::Resumed { operator, host },
        })
        .await?;
    context.reporter.emit(Event::RunStarted {
        run: run.to_owned(),
        command: direction.word(),
        resumed,
        folder: folder.display().to_string(),
    });
    Ok(Opened { journal, folder })
}

/// Writes the journal's last entry.
///
/// # Errors
/// Those of the run, else those of the journal.
pub async fn close_journal(journal: &Journal, result: Result<Outcome>) -> Result<Outcome> {
    let outcome = outcome_of(&result);
    let ended = journal.write(Said::Ended { outcome: format!("{outcome:?}") }).await;
    let outcome = result?;
    ended?;
    Ok(outcome)
}

fn outcome_of(result: &Result<Outcome>) -> Outcome {
    match result {
        Ok(outcome) => *outcome,
        Err(failure) => failure.outcome,
    }
}

/// Writes down how a run ended and gives the lease back; the result is the command's.
///
/// # Errors
/// Those of the run, else those of writing down how it ended.
pub async fn finish(
    context: &Context,
    lease: Lease,
    run: &str,
    result: Result<Outcome>,
) -> Result<Outcome> {
    let result = result.map_err(|failure| resumable(failure).in_a_run());
    let outcome = match &result {
        Ok(outcome) => *outcome,
        Err(failure) => failure.outcome,
    };
    // Only who still holds the lease may say how the run stands.
    if !lease.is_lost() {
        let ended = runs::end((&context.target, &lease), run, outcome).await;
        let released = lease.release().await;
        if result.is_ok() {
            ended?;
            released?;
        }
    }
    result
}

/// A server that went away in the middle is nothing unforeseen: whatever a run does, the same
/// command goes on with it.
pub(crate) fn resumable(failure: Failure) -> Failure {
    let away = failure.driver_error().is_some_and(|error| {
        matches!(
            error.kind.as_ref(),
            ErrorKind::Io(_)
                | ErrorKind::ServerSelection { .. }
                | ErrorKind::ConnectionPoolCleared { .. }
                | ErrorKind::Write(WriteFailure::WriteConcernError(_))
        ) || error.contains_label(RETRYABLE_WRITE_ERROR)
            || is_transient(error)
    });
    // What only looked says that nothing was written: true of itself, not of the run around it.
    let looked = failure.outcome == Outcome::Refused && failure.driver_error().is_some();
    if looked || (away && failure.outcome == Outcome::Failed) {
        let hint = "when the server answers again, the same command resumes";
        return failure.ending(Outcome::Stopped).hint(hint);
    }
    failure
}
