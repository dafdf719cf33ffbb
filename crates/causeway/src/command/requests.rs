//! `causeway pause | resume | cancel | throttle RUN`, from another terminal.

use causeway_core::outcome::Outcome;

use super::arguments::{RunArguments, ThrottleArguments};
use super::session::Session;
use crate::failure::{Failure, Result};

fn not_built<T>(what: &str) -> Result<T> {
    Err(Failure::usage(format!("`{what}` is not part of this build")))
}

/// Lets a run wait after the batch in hand.
///
/// # Errors
/// When there is no such run.
pub(super) async fn pause(_session: &Session, _arguments: &RunArguments) -> Result<Outcome> {
    not_built("pause")
}

/// Lets a paused run go on.
///
/// # Errors
/// When there is no such run.
pub(super) async fn resume(_session: &Session, _arguments: &RunArguments) -> Result<Outcome> {
    not_built("resume")
}

/// Stops a run after the batch in hand.
///
/// # Errors
/// When there is no such run.
pub(super) async fn cancel(_session: &Session, _arguments: &RunArguments) -> Result<Outcome> {
    not_built("cancel")
}

/// Slows a run down.
///
/// # Errors
/// When there is no such run.
pub(super) async fn throttle(
    _session: &Session,
    _arguments: &ThrottleArguments,
) -> Result<Outcome> {
    not_built("throttle")
}
