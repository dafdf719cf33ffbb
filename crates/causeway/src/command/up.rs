//! `causeway up VERSION`: applies, or resumes.

use causeway_core::migration::Version;
use causeway_core::outcome::Outcome;
use causeway_core::plan::{PlanOptions, ReplaceIndex};

use super::arguments::{
    Assumed, BackupChoice, CheckArguments, DigestChoice, PlanChoices, UpArguments, UpChoices,
};
use super::session::Session;
use crate::backup::proven::Need;
use crate::check::{CheckSettings, Patience};
use crate::failure::{Failure, Result};
use crate::live::Publisher;
use crate::up::{UpOptions, up};
use crate::verify::Digests;

/// Applies a migration.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub(super) async fn run(session: &Session, arguments: UpArguments) -> Result<Outcome> {
    let context = session.context().await?;
    let options = options(session, arguments.how)?;
    let (context, live) = Publisher::of(&context);
    let result = up(&context, &arguments.version, &options).await;
    live.end().await;
    result
}

/// What `up` goes by.
///
/// # Errors
/// Usage when versions and reasons do not pair up.
pub(super) fn options(session: &Session, how: UpChoices) -> Result<UpOptions> {
    Ok(UpOptions {
        plan_hash: how.plan,
        replace_index: plan_options(&how.choices).replace_index,
        assume_applied: assumed(&how.assumed)?,
        limits: session.config.limits(&how.limits),
        digests: digests(&how.digests),
        backup: backup_need(session, &how.backup),
    })
}

/// Whether digests from before are insisted on.
pub(super) const fn digests(choice: &DigestChoice) -> Digests {
    if choice.without_digests { Digests::DoWithout } else { Digests::Require }
}

/// What is needed of a backup.
fn backup_need(session: &Session, choice: &BackupChoice) -> Need {
    Need {
        max_age: session.config.backup_max_age(),
        home: session.backups(None),
        named: choice.backup.clone(),
        without: choice.without_backup,
    }
}

/// What `check` goes by.
///
/// # Errors
/// Usage when versions and reasons do not pair up.
pub(super) fn check_settings(
    session: &Session,
    arguments: &CheckArguments,
) -> Result<CheckSettings> {
    Ok(CheckSettings {
        assume_applied: assumed(&arguments.assumed)?,
        plan: plan_options(&arguments.plan),
        limits: session.config.limits(&arguments.limits).measured,
        approved_plan: None,
        backup: backup_need(session, &arguments.backup),
        patience: Patience::Seconds,
    })
}

/// What is left to the plan.
pub(super) const fn plan_options(choices: &PlanChoices) -> PlanOptions {
    let replace_index =
        if choices.replace_index { ReplaceIndex::Allow } else { ReplaceIndex::Refuse };
    PlanOptions { replace_index }
}

/// Versions with their reasons, paired by their order.
pub(super) fn assumed(given: &Assumed) -> Result<Vec<(Version, String)>> {
    let (versions, reasons) = (given.assume_applied.len(), given.reason.len());
    if versions != reasons {
        return Err(Failure::usage(format!(
            "--assume-applied is given for {versions} and --reason for {reasons} versions"
        ))
        .hint("give one --reason after each --assume-applied"));
    }
    if let Some(at) = given.reason.iter().position(|reason| reason.trim().is_empty()) {
        return Err(Failure::usage(format!(
            "the reason to assume that {} is applied is empty",
            given.assume_applied[at]
        )));
    }
    Ok(given.assume_applied.iter().cloned().zip(given.reason.iter().cloned()).collect())
}
