//! Values that a rollback took away and that the next `up` could not put back by itself, because
//! somebody changed the document since: listed, and applied where a person says so.

use std::sync::Arc;

use bson::{Bson, Document, doc};
use causeway_core::event::Event;
use causeway_core::journal::Deed;
use causeway_core::migration::{AddField, Version};
use causeway_core::outcome::Outcome;
use causeway_core::packed::Entry;
use futures_util::StreamExt;
use mongodb::ClientSession;

use crate::archive::{self, Kind};
use crate::causes::id_text;
use crate::clock::thousands;
use crate::context::Context;
use crate::failure::{Attempt, Failure, Result};
use crate::governor::{Governor, Limits};
use crate::journal::Journal;
use crate::lease::Lease;
use crate::runs::frame::{self, finish};
use crate::runs::{self, Direction, NewRun};
use crate::steps::add_field::id_and_value;
use crate::steps::engine::{Engine, Parts};
use crate::steps::reapply;
use crate::transaction::{Batch, BatchError, Done, next_batch};
use crate::verify;
use crate::wire::{self, Statement};

/// What to do about conflicts.
#[derive(Debug, Clone)]
pub struct ConflictsOptions {
    /// Which to apply.
    pub apply: Apply,
    /// Limits on load.
    pub limits: Limits,
}

/// Which conflicts are applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Apply {
    /// None: they are listed.
    Nothing,
    /// Those of these documents, as the list names them.
    These(Vec<String>),
    /// All.
    All,
}

/// One value waiting for a decision.
#[derive(Debug)]
struct Conflict {
    step: usize,
    chunk: Bson,
    id: Vec<u8>,
    reason: String,
    value: Vec<u8>,
}

/// Lists conflicts, or applies some of them.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub async fn conflicts(
    context: &Context,
    version: &Version,
    options: &ConflictsOptions,
) -> Result<Outcome> {
    let migration = verify::find(context, version)?;
    verify::announce(context, migration);
    let open = read(context, version).await?;
    let wanted = match &options.apply {
        Apply::Nothing => {
            for conflict in &open {
                context.reporter.emit(Event::Row(row(conflict)));
            }
            context
                .reporter
                .fact("conflicts", format!("{} wait for a decision", thousands(open.len() as u64)));
            return Ok(Outcome::Done);
        }
        Apply::All => open,
        Apply::These(ids) => {
            let known: Vec<String> = open.iter().map(|conflict| id_text(&conflict.id)).collect();
            if let Some(unknown) = ids.iter().find(|id| !known.iter().any(|it| same_id(it, id))) {
                return Err(Failure::refused(format!(
                    "there is no open conflict of document {unknown}"
                ))
                .hint(format!("`causeway conflicts {version}` lists them")));
            }
            open.into_iter()
                .filter(|conflict| ids.iter().any(|id| same_id(&id_text(&conflict.id), id)))
                .collect()
        }
    };
    if wanted.is_empty() {
        return Ok(Outcome::NothingToDo);
    }
    let Some(application) = runs::application(&context.target, version).await? else {
        return Err(Failure::refused(format!("{version} is not applied"))
            .hint(format!("apply it first: causeway up {version}")));
    };
    if let Some(unfinished) = &application.unfinished {
        return Err(Failure::refused(format!("a run of {version} has not ended")).hint(format!(
            "go on with it first: `causeway {} {version}`",
            unfinished.direction.word()
        )));
    }
    context.confirmation.ask(
        &format!("{} archived values over what is there now", thousands(wanted.len() as u64)),
        context.target.name(),
    )?;
    let run = runs::new_id();
    let lease = frame::take_lease(context, &run).await?;
    let new = NewRun {
        epoch: lease.epoch,
        version,
        direction: Direction::Up,
        application: Some(&application.id),
        migration_sha256: &migration.sha256,
        plan_hash: "",
        unrecorded: false,
    };
    let job = Applying { context, lease: &lease, run: &run, limits: options.limits };
    let result = job.carry_out(migration, &new, wanted).await;
    finish(context, lease, &run, result).await
}

/// People copy an id as the list shows it, or only the hexadecimal digits of an ObjectId.
fn same_id(listed: &str, given: &str) -> bool {
    listed == given
        || listed.trim_matches('"') == given
        || listed.strip_prefix("{\"$oid\":\"").and_then(|it| it.strip_suffix("\"}")) == Some(given)
}

fn row(conflict: &Conflict) -> std::collections::BTreeMap<&'static str, serde_json::Value> {
    [
        ("_id", id_text(&conflict.id).into()),
        ("reason", conflict.reason.clone().into()),
        ("value", crate::lost_values::json(&conflict.value)),
    ]
    .into_iter()
    .collect()
}

async fn read(context: &Context, version: &Version) -> Result<Vec<Conflict>> {
    let reading = || format!("read the conflicts of {version}");
    let filter = doc! { "version": version.as_str(), "kind": Kind::TakenAway.word(),
    "conflicts": { "$exists": true, "$ne": [] } };
    let mut found: Vec<(Document, usize)> = Vec::new();
    let mut cursor = archive::collection(&context.target)
        .find(filter.clone())
        .projection(doc! { "_id": 1, "conflicts": 1, "step": 1 })
        .await
        .attempt(reading)?;
    while let Some(chunk) = cursor.next().await {
        let chunk = chunk.attempt(reading)?;
        let step = usize::try_from(chunk.get_i64("step").unwrap_or_default()).unwrap_or_default();
        found.push((chunk, step));
    }
    let mut open = Vec::new();
    archive::each_chunk(&context.target, filter, async |chunk| {
        let noted = found.iter().find(|(noted, _)| noted.get("_id") == Some(&chunk.id));
        let Some((noted, step)) = noted else { return Ok(()) };
        for conflict in noted.get_array("conflicts").into_iter().flatten() {
            let Some(conflict) = conflict.as_document() else { continue };
            let id = conflict.get_binary_generic("id").attempt(reading)?.clone();
            let entry = chunk.entries.iter().find(|entry| entry.id == id);
            let value = entry.and_then(|entry: &Entry| entry.value.clone()).unwrap_or_default();
            let reason = conflict.get_str("reason").unwrap_or("?").to_owned();
            open.push(Conflict { step: *step, chunk: chunk.id.clone(), id, reason, value });
        }
        Ok(())
    })
    .await?;
    Ok(open)
}

struct Applying<'a> {
    context: &'a Context,
    lease: &'a Lease,
    run: &'a str,
    limits: Limits,
}

impl Applying<'_> {
    async fn carry_out(
        &self,
        migration: &causeway_core::migration::Migration,
        new: &NewRun<'_>,
        wanted: Vec<Conflict>,
    ) -> Result<Outcome> {
        let context = self.context;
        runs::insert(context, new, self.run).await?;
        runs::set((&context.target, self.lease), self.run, doc! { "by_hand": true }).await?;
        let opened = frame::open_journal(context, self.run, (Direction::Up, false)).await?;
        let result = self.apply_all(migration, new, (&opened.journal, wanted)).await;
        frame::close_journal(&opened.journal, result).await
    }

    async fn apply_all(
        &self,
        migration: &causeway_core::migration::Migration,
        new: &NewRun<'_>,
        (journal, wanted): (&Journal, Vec<Conflict>),
    ) -> Result<Outcome> {
        let context = self.context;
        let governor = Governor::start(
            &context.target,
            self.run,
            self.limits,
            (&context.reporter, &context.interrupt),
        );
        let engine = Engine::new(Parts {
            context,
            migration,
            lease: self.lease,
            journal,
            run: self.run,
            application: new.application.unwrap_or(self.run),
            governor: Arc::clone(&governor),
            first_batch: next_batch(&context.target, self.run).await?,
        });
        let (mut applied, mut left) = (0, 0);
        let mut worker = engine.worker(0).await?;
        for (number, step) in reapply::steps(&engine) {
            journal.intend(&Deed::Step { step: number }).await?;
            for conflict in wanted.iter().filter(|conflict| conflict.step == number) {
                let batch = engine.next_batch(number, 1);
                let done = worker
                    .commit(batch, async |session: &mut ClientSession| {
                        apply(&engine, step, session, (batch, conflict)).await
                    })
                    .await?;
                applied += done.changed;
                left += done.left;
            }
            journal.done(&Deed::Step { step: number }, format!("{applied} applied")).await?;
        }
        context.reporter.fact("applied", format!("{} archived values", thousands(applied)));
        if left > 0 {
            context.reporter.warning(format!(
                "{} documents do not exist any more; nothing deleted is made again",
                thousands(left)
            ));
        }
        Ok(Outcome::Done)
    }
}

/// The value that is there now goes to the archive; the other comes in its place.
async fn apply(
    engine: &Engine<'_>,
    step: &AddField,
    session: &mut ClientSession,
    (batch, conflict): (Batch<'_>, &Conflict),
) -> Result<Done, BatchError> {
    let target = &engine.context.target;
    let (collection, field) = (step.collection.as_str(), step.field.as_str());
    let mut present = None;
    let names = (collection, wire::id_is(&conflict.id));
    wire::find(target, session, names, None, |document| {
        present = id_and_value(document, field)?;
        Ok(())
    })
    .await?;
    let Some((id, value)) = present else {
        return Ok(Done { left: 1, ..Done::default() });
    };
    // Of the kind that no rollback and no `up` touches: only a person asked for it.
    let key = engine.chunk_key(batch, Kind::Overwritten, field);
    let entry = Entry { id: id.clone(), value: Some(value), after: None, rest: 0 };
    archive::store(target, session, key, &[entry]).await?;
    let statement =
        Statement { filter: wire::id_is(&id), update: wire::set(field, &conflict.value) };
    let comment = engine.comment(batch);
    let updated = wire::update(target, session, (collection, &comment), vec![statement]).await?;
    let solved = doc! { "$pull": { "conflicts": { "id": runs::binary(id) } } };
    archive::collection(target)
        .update_one(doc! { "_id": &conflict.chunk }, solved)
        .session(&mut *session)
        .await?;
    Ok(Done { changed: updated.modified, archived: 1, left: 0 })
}
