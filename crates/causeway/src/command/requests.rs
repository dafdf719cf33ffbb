//! `causeway pause | resume | cancel | throttle RUN`, from another terminal.
//!
//! None asks for permission: a request holds a run back or lets it go on, and can be taken back.

use causeway_core::event::Event;
use causeway_core::outcome::Outcome;

use super::arguments::{RunArguments, ThrottleArguments};
use super::session::Session;
use crate::clock::thousands;
use crate::failure::Result;
use crate::requests;

/// Lets a run wait after the batch in hand.
///
/// # Errors
/// Refused when no runner is working on it.
pub(super) async fn pause(session: &Session, arguments: &RunArguments) -> Result<Outcome> {
    let run = arguments.run.as_str();
    requests::pause(&session.connect().await?, run).await?;
    asked(session, format!("run {run} waits after the batch in hand"));
    let commands = vec![format!("causeway resume {run}")];
    session.reporter.emit(Event::Next { commands });
    Ok(Outcome::Done)
}

/// Lets a paused run go on.
///
/// # Errors
/// Refused when no runner is working on it.
pub(super) async fn resume(session: &Session, arguments: &RunArguments) -> Result<Outcome> {
    let run = arguments.run.as_str();
    requests::resume(&session.connect().await?, run).await?;
    asked(session, format!("run {run} goes on, unless a limit holds it"));
    Ok(Outcome::Done)
}

/// Stops a run after the batch in hand.
///
/// # Errors
/// Refused when no runner is working on it.
pub(super) async fn cancel(session: &Session, arguments: &RunArguments) -> Result<Outcome> {
    let run = arguments.run.as_str();
    requests::cancel(&session.connect().await?, run).await?;
    asked(session, format!("run {run} stops after the batch in hand"));
    let commands = vec!["the command that started the run, to resume it".to_owned()];
    session.reporter.emit(Event::Next { commands });
    Ok(Outcome::Done)
}

/// Slows a run down.
///
/// # Errors
/// Refused when no runner is working on it.
pub(super) async fn throttle(session: &Session, arguments: &ThrottleArguments) -> Result<Outcome> {
    let run = arguments.run.as_str();
    let rate = arguments.documents_per_second.value();
    requests::throttle(&session.connect().await?, run, rate).await?;
    asked(
        session,
        match rate {
            Some(rate) => {
                format!("run {run} changes at most {} documents a second", thousands(rate))
            }
            None => format!("run {run} goes at the rate that it was started with"),
        },
    );
    Ok(Outcome::Done)
}

fn asked(session: &Session, what: String) {
    session.reporter.fact("asked", what);
}
