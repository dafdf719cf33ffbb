//! `causeway conflicts VERSION`: selections that could not be put back.

use causeway_core::outcome::Outcome;

use super::arguments::ConflictsArguments;
use super::session::Session;
use crate::failure::{Failure, Result};

/// Lists them, or applies some.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub(super) async fn run(session: &Session, _arguments: ConflictsArguments) -> Result<Outcome> {
    let _ = session.context().await?;
    Err(Failure::usage("`conflicts` is not part of this build"))
}
