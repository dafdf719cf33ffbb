//! `causeway verify VERSION`.

use causeway_core::outcome::Outcome;

use super::arguments::VerifyArguments;
use super::session::Session;
use super::up;
use crate::failure::Result;
use crate::verify::{VerifyOptions, verify};

/// Compares every document with what it was before.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub(super) async fn run(session: &Session, arguments: &VerifyArguments) -> Result<Outcome> {
    let context = session.context().await?;
    let options =
        VerifyOptions { state: arguments.state.into(), digests: up::digests(&arguments.digests) };
    verify(&context, &arguments.version, &options).await
}
