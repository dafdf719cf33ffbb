//! `causeway doctor`: which of the known troubles is there, and what cures it.

use causeway_core::outcome::Outcome;

use super::arguments::DoctorArguments;
use super::session::Session;
use crate::doctor::{Cure, doctor};
use crate::failure::Result;

/// Looks, and with `--fix` mends what is safe to mend.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub(super) async fn run(session: &Session, arguments: &DoctorArguments) -> Result<Outcome> {
    let context = session.context().await?;
    let limits = session.config.limits(&arguments.limits).measured;
    doctor(&context, &limits, if arguments.fix { Cure::Mend } else { Cure::Tell }).await
}
