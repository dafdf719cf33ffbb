//! Migrations that are not what their record says: documents without the field, indexes, validators,
//! files that were changed, values that a rollback took away and that nobody put back.

use causeway_core::answer::Answer;
use causeway_core::inventory::{Depth, Inventory, RecordStatus};
use causeway_core::migration::{Migration, Step};
use causeway_core::plan::{Action, PlanOptions, StepPlan, plan};

use super::Patient;
use crate::check::findings::Findings;
use crate::conflicts;
use crate::failure::Result;
use crate::inventory;
use crate::runs::{self, Direction};

/// One answer for each kind of trouble, over all migrations of the project.
pub(super) async fn look(patient: &Patient<'_>) -> Result<Vec<Answer>> {
    let mut kinds = Kinds {
        documents: Findings::new("documents", "are documents not as applied migrations want them?"),
        indexes: Findings::new("indexes", "is an index missing, or does one stand in the way?"),
        validators: Findings::new("validators", "do validators refuse what migrations allow?"),
        files: Findings::new("files", "was a migration file changed after it was applied?"),
        records: Findings::new("records", "does a record say that a migration failed?"),
        conflicts: Findings::new("conflicts", "did a rollback take something that is not back?"),
    };
    for migration in &patient.context.migrations {
        kinds.look_at(patient, migration).await?;
    }
    Ok(kinds.answers())
}

struct Kinds {
    documents: Findings,
    indexes: Findings,
    validators: Findings,
    files: Findings,
    records: Findings,
    conflicts: Findings,
}

impl Kinds {
    async fn look_at(&mut self, patient: &Patient<'_>, migration: &Migration) -> Result<()> {
        let target = &patient.context.target;
        let version = &migration.version;
        let inventory = inventory::take(target, migration, Depth::Full).await?;
        let record = inventory.records.iter().rfind(|record| record.is_of(version));
        let applied = record.is_some_and(|record| record.status == RecordStatus::Completed);
        if let Some(record) = record.filter(|record| record.status == RecordStatus::Failed) {
            let error = record.error.as_deref().unwrap_or("it does not say why");
            self.records.warn(
                format!("{version} failed: {error}"),
                format!("mend the cause, then go on: causeway up {version}; or go back: causeway down {version}"),
            );
        }
        let application = runs::application(target, version).await?;
        let unfinished =
            application.as_ref().and_then(|application| application.unfinished.as_ref());
        if let Some(run) = unfinished.filter(|run| run.direction == Direction::Down) {
            self.records.warn(
                format!("{version} is being rolled back by run {}, which did not end", run.run),
                format!(
                    "go on with it: causeway down {version}; or causeway run {version}, when a run of the \
                     plan began it"
                ),
            );
            return Ok(());
        }
        let planned = plan(migration, &inventory, &PlanOptions::default());
        for (number, step) in planned.steps.iter().enumerate() {
            self.judge(migration, (&migration.steps[number], step), (&inventory, number, applied));
        }
        if !applied {
            return Ok(());
        }
        if let Some(application) = application
            && application.require_same_file(migration).is_err()
        {
            self.files.warn(
                format!("{} is not the file that was applied", migration.file),
                "bring the file back as it was; a further change is a migration of its own",
            );
        }
        let open = conflicts::count(patient.context, migration).await?;
        if open > 0 {
            self.conflicts.warn(
                format!("{open} values of {version} were archived by a rollback and are not back"),
                format!("decide on each: causeway conflicts {version}"),
            );
        }
        Ok(())
    }

    fn judge(
        &mut self,
        migration: &Migration,
        (step, planned): (&Step, &StepPlan),
        (inventory, number, applied): (&Inventory, usize, bool),
    ) {
        let heals = format!("run it again, which heals: causeway up {}", migration.version);
        let title = &planned.title;
        match &planned.action {
            Action::ChangeDocuments if applied => {
                let census = inventory.collection(step.collection());
                let census = census.and_then(|found| found.census.get(&number));
                let count = census.map_or(0, |census| census.to_change);
                self.documents.warn(
                    format!(
                        "{} is applied, and {count} documents are not as it wants them: {title}",
                        migration.version
                    ),
                    heals,
                );
            }
            Action::CreateIndex | Action::ReplaceIndex { .. } | Action::DropIndex if applied => {
                self.indexes.warn(
                    format!("{} is applied, and yet: {title} is to be done", migration.version),
                    heals,
                );
            }
            Action::ReplaceIndexRefused { difference } => self.indexes.warn(
                format!("{title}: another index stands in the way: {difference}"),
                format!(
                    "let it be replaced: causeway up {} --replace-index; or drop it by hand",
                    migration.version
                ),
            ),
            Action::ExtendEnum { added } if applied => self.validators.warn(
                format!("the validator of {} refuses {}", planned.collection, added.join(", ")),
                heals,
            ),
            Action::EnumNotUnderstood { reason } => self.validators.warn(
                format!(
                    "the validator of {} can't be changed with certainty: {reason}",
                    planned.collection
                ),
                "change it by hand, as the migration file says",
            ),
            _ => {}
        }
    }

    fn answers(mut self) -> Vec<Answer> {
        self.documents.ok("all of applied migrations are");
        self.indexes.ok("none");
        self.validators.ok("none");
        self.files.ok("none");
        self.records.ok("none");
        self.conflicts.ok("nothing");
        vec![
            self.documents.answer(),
            self.indexes.answer(),
            self.validators.answer(),
            self.files.answer(),
            self.records.answer(),
            self.conflicts.answer(),
        ]
    }
}
