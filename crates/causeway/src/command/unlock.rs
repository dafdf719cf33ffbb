//! `causeway unlock`: takes the lease from a runner that is gone. Raises its epoch, deletes nothing.

use causeway_core::event::Event;
use causeway_core::outcome::Outcome;

use super::arguments::UnlockArguments;
use super::session::Session;
use super::status::Lease;
use crate::failure::{Failure, Result};
use crate::lease;

/// Shows who holds the lease and takes it away.
///
/// # Errors
/// Refused when the holder is alive and nobody insists, or permission is not given.
pub(super) async fn run(session: &Session, arguments: &UnlockArguments) -> Result<Outcome> {
    let target = session.connect().await?;
    let (held, turn) = (Lease::read(&target).await?, Lease::read_turn(&target).await?);
    session.reporter.emit(Event::Row(held.row()));
    if !turn.is_free() {
        session.reporter.emit(Event::Row(turn.turn_row()));
    }
    if held.is_free() && turn.is_free() {
        return Ok(Outcome::NothingToDo);
    }
    if (held.is_held() || turn.is_held()) && !arguments.force {
        return Err(Failure::refused("the holder of the lease renewed it within its life: it is alive")
            .hint("stop it with `causeway cancel RUN`, or wait: a dead runner's lease expires by itself; --force takes it from a living one, which then stops"));
    }
    let context = session.context_of(target.clone());
    let permission = context.approve("the lease's next epoch, which ends its holder").await?;
    lease::unlock(&target, &permission, &session.reporter).await?;
    session.reporter.fact("unlocked", "the former holder can not write any more");
    session.reporter.emit(Event::Next {
        commands: vec![
            "causeway status".to_owned(),
            "the command that was stopped, to resume it".to_owned(),
        ],
    });
    Ok(Outcome::Done)
}
