//! `causeway rehearse VERSION`.

use causeway_core::outcome::Outcome;

use super::arguments::RehearseArguments;
use super::session::Session;
use super::up::{assumed, plan_options};
use crate::backup::proven::Need;
use crate::failure::Result;
use crate::rehearse::{RehearseOptions, rehearse};

/// Rehearses a migration.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub(super) async fn run(session: &Session, arguments: RehearseArguments) -> Result<Outcome> {
    let context = session.context().await?;
    let options = RehearseOptions {
        backup: Need { home: session.backups(None), named: arguments.backup, ..Need::default() },
        replace_index: plan_options(&arguments.choices).replace_index,
        assume_applied: assumed(&arguments.assumed)?,
        limits: session.config.limits(&arguments.limits),
    };
    let place = super::backup::place(session, context.target.name(), arguments.place).await?;
    rehearse(&context, &arguments.version, &options, place).await
}
