//! `causeway run VERSION`: the whole plan, from the announcement to the watch.

use causeway_core::outcome::Outcome;

use super::arguments::PlanRunArguments;
use super::session::Session;
use super::up;
use crate::failure::{Failure, Result};
use crate::notices::window::moment_of;
use crate::runbook::{self, Manner, RunOptions};
use crate::up::UpOptions;

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
        up: UpOptions {
            plan_hash: arguments.plan,
            replace_index: up::plan_options(&arguments.choices).replace_index,
            assume_applied: up::assumed(&arguments.assumed)?,
            limits: session.config.limits(&arguments.limits),
            digests: up::digests(&arguments.digests),
            backup: up::backup_need(session, &arguments.backup),
        },
        backups: session.backups(None),
        version: arguments.version,
    };
    runbook::run(session, &options).await
}
