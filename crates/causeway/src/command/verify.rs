//! `causeway verify VERSION`.

use causeway_core::outcome::Outcome;

use super::arguments::VerifyArguments;
use super::session::Session;
use crate::failure::{Failure, Result};

/// Compares every document with what it was before.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub(super) async fn run(session: &Session, _arguments: &VerifyArguments) -> Result<Outcome> {
    let _ = session.context().await?;
    Err(Failure::usage("`verify` is not part of this build"))
}
