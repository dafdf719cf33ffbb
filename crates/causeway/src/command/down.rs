//! `causeway down VERSION`.

use causeway_core::outcome::Outcome;

use super::arguments::DownArguments;
use super::session::Session;
use crate::failure::{Failure, Result};

/// Rolls a migration back.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub(super) async fn run(session: &Session, _arguments: &DownArguments) -> Result<Outcome> {
    let _ = session.context().await?;
    Err(Failure::usage("`down` is not part of this build"))
}
