//! `causeway conflicts VERSION`: selections that could not be put back.

use causeway_core::outcome::Outcome;

use super::arguments::{ConflictsArguments, LimitArguments};
use super::session::Session;
use crate::conflicts::{Apply, ConflictsOptions, conflicts};
use crate::failure::Result;

/// Lists them, or applies some.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub(super) async fn run(session: &Session, arguments: ConflictsArguments) -> Result<Outcome> {
    let context = session.context().await?;
    let apply = match (arguments.apply_all, arguments.apply.is_empty()) {
        (true, _) => Apply::All,
        (false, true) => Apply::Nothing,
        (false, false) => Apply::These(arguments.apply),
    };
    let limits = session.config.limits(&LimitArguments::default());
    conflicts(&context, &arguments.version, &ConflictsOptions { apply, limits }).await
}
