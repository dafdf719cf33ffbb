//! `causeway plan VERSION`: what applying would do, in numbers. Never writes: not a document, not a
//! collection, not an index.

use causeway_core::event::Event;
use causeway_core::inventory::Depth;
use causeway_core::migration::{Migration, Version};
use causeway_core::outcome::Outcome;
use causeway_core::plan::{PlanOptions, plan};

use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::inventory;
use crate::rehearse::rehearsal::Rehearsal;
use crate::runs;

/// Counts, and says what would be done.
///
/// # Errors
/// Usage when there is no such migration; refused when there is no primary to ask.
pub async fn run(context: &Context, version: &Version, options: PlanOptions) -> Result<Outcome> {
    let migration = migration(context, version)?;
    if let Some(application) = runs::application(&context.target, version).await? {
        application.require_same_file(migration)?;
    }
    let inventory = inventory::take(&context.target, migration, Depth::Full).await?;
    let plan = plan(migration, &inventory, &options);
    let (hash, refused) = (plan.hash.clone(), !plan.refusals.is_empty());
    context.reporter.emit(Event::Plan(Box::new(plan)));
    let rehearsed = Rehearsal::last(&context.state_dir, migration, context.target.name());
    if let Some(rehearsal) = &rehearsed {
        let text = format!("at {}: {}", rehearsal.rehearsed_at, rehearsal.forecast.words());
        context.reporter.fact("rehearsed", text);
    }
    let commands = if refused {
        vec![format!("causeway check {version}")]
    } else {
        vec![format!("causeway check {version}"), format!("causeway up {version} --plan {hash}")]
    };
    context.reporter.emit(Event::Next { commands });
    Ok(if refused { Outcome::Refused } else { Outcome::Done })
}

/// The migration of this version.
///
/// # Errors
/// Usage when there is none.
pub(crate) fn migration<'a>(context: &'a Context, version: &Version) -> Result<&'a Migration> {
    context.migrations.get(version).ok_or_else(|| {
        let known: Vec<&str> =
            context.migrations.iter().map(|migration| migration.version.as_str()).collect();
        let hint = if known.is_empty() {
            "there are no migration files at all: see --migrations DIR".to_owned()
        } else {
            format!("there are: {}", known.join(", "))
        };
        Failure::usage(format!("there is no migration {version}")).hint(hint)
    })
}
