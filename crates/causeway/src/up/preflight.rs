//! What `up` asks before it asks for permission: checks, who began what, whether anything is to be
//! done at all.

use causeway_core::answer::{Tally, Verdict as AnswerVerdict};
use causeway_core::event::Event;
use causeway_core::inventory::RecordStatus;
use causeway_core::migration::{Migration, Step};
use causeway_core::plan::{Action, PlanOptions};

use super::UpOptions;
use crate::check::{self, CheckSettings, Checked, Patience};
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::runs::{Application, Direction};
use crate::steps::pending::{finds, to_do};

/// The quick subset of the checks; what is not `ok` is shown.
pub(super) async fn preflight(
    context: &Context,
    migration: &Migration,
    options: &UpOptions,
) -> Result<Checked> {
    let settings = CheckSettings {
        assume_applied: options.assume_applied.clone(),
        plan: PlanOptions { replace_index: options.replace_index },
        limits: options.limits.measured,
        approved_plan: options.plan_hash.clone(),
        backup: options.backup.clone(),
        patience: Patience::Moment,
    };
    let checked = check::gate(&context.target, migration, &context.migrations, &settings).await?;
    for answer in &checked.answers {
        if answer.answer != AnswerVerdict::Ok {
            context.reporter.emit(Event::Answer(answer.clone()));
        }
    }
    if checked.refuses() {
        let tally = Tally::of(&checked.answers);
        context.reporter.emit(Event::Checked { version: migration.version.to_string(), tally });
    }
    Ok(checked)
}

/// A rollback that is under way is ended before anybody goes forwards again.
pub(super) fn may_go_on(migration: &Migration, application: &Application) -> Result<()> {
    if application.unfinished.as_ref().is_some_and(|it| it.direction == Direction::Down) {
        return Err(Failure::refused(format!("a rollback of {} is under way", migration.version))
            .hint(format!("go on with it: causeway down {}", migration.version)));
    }
    Ok(())
}

/// For the question to the person.
pub(super) fn what_is_written(
    migration: &Migration,
    checked: &Checked,
    application: Option<&Application>,
) -> String {
    let steps: Vec<String> = migration.steps.iter().map(Step::title).collect();
    let how = match application {
        None => "apply",
        Some(it) if it.unfinished.is_some() => "go on with",
        Some(_) => "heal",
    };
    format!("{how} {}: {} (plan {})", migration.version, steps.join("; "), checked.plan.hash)
}

/// Whether everything is as the migration wants it, without writing anything.
pub(super) async fn is_complete(
    context: &Context,
    migration: &Migration,
    checked: &Checked,
    application: Option<&Application>,
) -> Result<bool> {
    let completed = |it: &Application| it.is_completed() && it.unfinished.is_none();
    let recorded =
        checked.inventory.records.iter().any(|record| {
            record.is_of(&migration.version) && record.status == RecordStatus::Completed
        });
    if !recorded || !application.is_none_or(completed) {
        return Ok(false);
    }
    for (step, planned) in migration.steps.iter().zip(&checked.plan.steps) {
        let pending = match to_do(step) {
            Some(filter) => finds(context, step.collection().as_str(), &filter).await?,
            None => !matches!(
                planned.action,
                Action::Nothing
                    | Action::IndexPresent
                    | Action::IndexAbsent
                    | Action::EnumNotRestricted
                    | Action::EnumAlready
            ),
        };
        if pending {
            return Ok(false);
        }
    }
    Ok(true)
}
