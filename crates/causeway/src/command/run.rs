//! `causeway run VERSION`: the whole plan, from the announcement to the watch.

use causeway_core::outcome::Outcome;

use super::arguments::PlanRunArguments;
use super::session::Session;
use super::up;
use crate::failure::{Failure, Result};
use crate::notices::window::moment_of;
use crate::runbook::{self, Manner, RunOptions};

/// Carries the plan through, or goes on with it.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub(super) async fn run(session: &Session, arguments: PlanRunArguments) -> Result<Outcome> {
    let zone = session.config.notices.zone();
    let start = arguments.start.as_deref().map(|text| moment_of(text, &zone));
    let start =
        start.transpose().map_err(|message| Failure::usage(format!("--start: {message}")))?;
    let (skip, reasons) = (arguments.skip, arguments.skip_reason);
    if skip.len() != reasons.len() || reasons.iter().any(|reason| reason.trim().is_empty()) {
        return Err(Failure::usage("each --skip needs its own --because")
            .hint("--skip rehearse --because \"rehearsed on staging this morning\""));
    }
    let manner = match (arguments.noop, arguments.paranoid, arguments.roll_back) {
        (true, ..) => Manner::Noop,
        (_, true, _) => Manner::Paranoid,
        (.., true) => Manner::Back,
        _ => Manner::Plain,
    };
    let options = RunOptions {
        start,
        minutes: arguments.minutes,
        to: arguments.to,
        from: arguments.from,
        skip: skip.into_iter().zip(reasons).collect(),
        confirmed: arguments.confirm,
        manner,
        up: up::options(session, arguments.up)?,
        backups: session.backups(None),
        version: arguments.version,
    };
    runbook::run(session, &options).await
}
