//! Values that a rollback took away and that the next `up` could not put back by itself, because
//! somebody changed the document since: listed, and applied where a person says so. A value that is
//! not of the field's type is never applied, and of several of one document only the latest.

use bson::{Bson, doc};
use causeway_core::event::Event;
use causeway_core::journal::Deed;
use causeway_core::migration::{AddField, Migration, Version};
use causeway_core::outcome::Outcome;
use causeway_core::packed::Entry;
use mongodb::ClientSession;

use crate::archive::{self, Kind};
use crate::causes::id_text;
use crate::clock::thousands;
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::governor::Limits;
use crate::journal::Journal;
use crate::lease::Lease;
use crate::runs::frame::{self, finish};
use crate::runs::{self, Direction, NewRun};
use crate::steps::add_field::id_and_value;
use crate::steps::engine::{Engine, Parts};
use crate::steps::reapply;
use crate::transaction::{Batch, BatchError, Done};
use crate::verify;
use crate::wire::{self, Statement};

mod open;

use open::{Conflict, Standing, has_later, read, row};

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

/// How many wait for a decision.
///
/// # Errors
/// When the database can't be read.
pub async fn count(context: &Context, migration: &Migration) -> Result<usize> {
    Ok(read(context, migration).await?.len())
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
    let open = read(context, migration).await?;
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
        Apply::These(ids) => chosen(version, open, ids)?,
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
    warn_of_those_left(context, &wanted);
    let applicable = wanted.iter().filter(|it| it.standing == Standing::Applicable).count();
    if applicable == 0 {
        context.reporter.fact("applied", "nothing");
        return Ok(Outcome::NothingToDo);
    }
    context
        .approve(&format!(
            "{} archived values over what is there now",
            thousands(applicable as u64)
        ))
        .await?;
    let run = runs::free_id(&context.state_dir);
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

/// The conflicts of the documents that a person named. An older value is applied when it is the
/// only one left: its document is named, so that is what is wanted.
fn chosen(version: &Version, open: Vec<Conflict>, ids: &[String]) -> Result<Vec<Conflict>> {
    let is = |conflict: &Conflict, id: &str| same_id(&id_text(&conflict.id), id);
    for id in ids {
        let mut of_document = open.iter().filter(|conflict| is(conflict, id)).peekable();
        if of_document.peek().is_none() {
            return Err(Failure::refused(format!("there is no open conflict of document {id}"))
                .hint(format!("`causeway conflicts {version}` lists them")));
        }
        if of_document.all(|conflict| conflict.standing == Standing::WrongType) {
            return Err(Failure::refused(format!(
                "what was archived of document {id} is not of the field's type"
            ))
            .hint(format!(
                "it stays in {}; give the document a well-formed value in the application",
                archive::COLLECTION
            )));
        }
    }
    let mut wanted: Vec<Conflict> =
        open.into_iter().filter(|conflict| ids.iter().any(|id| is(conflict, id))).collect();
    for at in 0..wanted.len() {
        let (before, rest) = wanted.split_at_mut(at);
        let conflict = &mut rest[0];
        if conflict.standing == Standing::Older && !has_later(before, conflict) {
            conflict.standing = Standing::Applicable;
        }
    }
    Ok(wanted)
}

fn warn_of_those_left(context: &Context, wanted: &[Conflict]) {
    let count = |standing| wanted.iter().filter(|it| it.standing == standing).count() as u64;
    let (wrong, older) = (count(Standing::WrongType), count(Standing::Older));
    if wrong > 0 {
        context.reporter.warning(format!(
            "{} archived values are not of the field's type: left in the archive",
            thousands(wrong)
        ));
    }
    if older > 0 {
        context.reporter.warning(format!(
            "{} archived values are older than another of the same document: left in the archive; \
             --apply ID applies one when no later one waits",
            thousands(older)
        ));
    }
}

/// People copy an id as the list shows it, or only the hexadecimal digits of an ObjectId.
fn same_id(listed: &str, given: &str) -> bool {
    listed == given
        || listed.trim_matches('"') == given
        || listed.strip_prefix("{\"$oid\":\"").and_then(|it| it.strip_suffix("\"}")) == Some(given)
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
        migration: &Migration,
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
        migration: &Migration,
        new: &NewRun<'_>,
        (journal, wanted): (&Journal, Vec<Conflict>),
    ) -> Result<Outcome> {
        let context = self.context;
        let parts = Parts {
            context,
            migration,
            lease: self.lease,
            journal,
            run: self.run,
            application: new.application.unwrap_or(self.run),
        };
        let engine = Engine::start(parts, self.limits).await?;
        let (mut applied, mut left) = (0, 0);
        let mut worker = engine.worker(0).await?;
        for (number, step) in reapply::steps(&engine) {
            journal.intend(&Deed::Step { step: number }).await?;
            let here = |it: &&Conflict| it.step == number && it.standing == Standing::Applicable;
            for conflict in wanted.iter().filter(here) {
                let older = older_chunks(&wanted, conflict);
                let batch = engine.next_batch(number, 1);
                let done = worker
                    .commit(batch, async |session: &mut ClientSession| {
                        apply(&engine, step, session, (batch, conflict, &older)).await
                    })
                    .await?;
                applied += done.changed;
                left += done.left;
            }
            journal.done(&Deed::Step { step: number }, format!("{applied} applied")).await?;
        }
        if applied > 0 {
            context.reporter.fact("applied", format!("{} archived values", thousands(applied)));
            let kept = format!(
                "what they replaced, in {} as kind {} of run {}",
                archive::COLLECTION,
                Kind::Overwritten.word(),
                self.run
            );
            context.reporter.fact("kept", kept);
        } else {
            context.reporter.fact("applied", "nothing");
        }
        if left > 0 {
            context.reporter.warning(format!(
                "{} documents do not exist any more; nothing deleted is made again",
                thousands(left)
            ));
        }
        Ok(Outcome::Done)
    }
}

/// Chunks that hold older values of the same field of the same document.
fn older_chunks(wanted: &[Conflict], applied: &Conflict) -> Vec<Bson> {
    wanted
        .iter()
        .filter(|it| it.standing == Standing::Older)
        .filter(|it| (it.step, &it.id) == (applied.step, &applied.id))
        .map(|it| it.chunk.clone())
        .collect()
}

/// The value that is there now goes to the archive; the other comes in its place.
async fn apply(
    engine: &Engine<'_>,
    step: &AddField,
    session: &mut ClientSession,
    (batch, conflict, older): (Batch<'_>, &Conflict, &[Bson]),
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
    let id = runs::binary(id);
    if !older.is_empty() {
        // Else the next --apply-all would put an older value over the one that is applied here.
        let marking = doc! { "$set": { "conflicts.$[it].older": true } };
        archive::collection(target)
            .update_many(doc! { "_id": { "$in": older } }, marking)
            .array_filters([doc! { "it.id": id.clone() }])
            .session(&mut *session)
            .await?;
    }
    let solved = doc! { "$pull": { "conflicts": { "id": id } } };
    archive::collection(target)
        .update_one(doc! { "_id": &conflict.chunk }, solved)
        .session(&mut *session)
        .await?;
    Ok(Done { changed: updated.modified, archived: 1, left: 0 })
}
