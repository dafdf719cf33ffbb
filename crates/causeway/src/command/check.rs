//! `causeway check VERSION`: the pre-migration checklist, each answer with its evidence.

use causeway_core::event::Event;
use causeway_core::migration::Version;
use causeway_core::outcome::Outcome;

use super::plan::migration;
use crate::check::{CheckSettings, Questions};
use crate::context::Context;
use crate::failure::Result;

/// Asks every question. Writes nothing.
///
/// # Errors
/// Usage when there is no such migration; refused when there is no primary to ask.
pub async fn run(
    context: &Context,
    version: &Version,
    settings: &CheckSettings,
) -> Result<Outcome> {
    let migration = migration(context, version)?;
    let reporter = &context.reporter;
    reporter.emit(Event::Migration {
        version: migration.version.to_string(),
        title: migration.title.clone(),
        file: migration.file.clone(),
    });
    let emit =
        |answer: &causeway_core::answer::Answer| reporter.emit(Event::Answer(answer.clone()));
    let questions =
        Questions { target: &context.target, migration, set: &context.migrations, settings };
    let checked = questions.answer_all(emit).await?;
    reporter.emit(Event::Checked { version: version.to_string(), tally: checked.tally });
    let commands = if checked.refuses() {
        vec![format!("mend what refuses, then causeway check {version}")]
    } else {
        vec![
            format!("causeway plan {version}"),
            format!("causeway up {version} --plan {}", checked.plan.hash),
        ]
    };
    reporter.emit(Event::Next { commands });
    Ok(if checked.refuses() { Outcome::Refused } else { Outcome::Done })
}
