//! `causeway down VERSION`.

use causeway_core::outcome::Outcome;

use super::arguments::DownArguments;
use super::session::Session;
use super::up::digests;
use crate::down::{DownOptions, Unrecorded, down};
use crate::failure::Result;
use crate::live::Publisher;

/// Rolls a migration back.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub(super) async fn run(session: &Session, arguments: &DownArguments) -> Result<Outcome> {
    let context = session.context().await?;
    let unrecorded = match arguments.unrecorded {
        true => Unrecorded::ArchiveEverything,
        false => Unrecorded::Refuse,
    };
    let limits = session.config.limits(&arguments.limits);
    let options = DownOptions {
        unrecorded,
        limits,
        digests: digests(&arguments.digests),
        backups: session.backups(None),
    };
    let (context, live) = Publisher::of(&context);
    let result = down(&context, &arguments.version, &options).await;
    live.end().await;
    result
}
