//! All steps of a migration, forwards, in the order of its file.

use bson::{Document, doc};
use causeway_core::migration::Step;
use causeway_core::plan::ReplaceIndex;

use super::add_field::Adding;
use super::computed::Computing;
use super::engine::Engine;
use super::moved_field::{Move, Moving};
use super::pending::{finds, to_do};
use super::sweep::sweep_all;
use super::{index, reapply, validator};
use crate::clock::thousands;
use crate::failure::{Attempt, Result};
use crate::progress::Progress;
use crate::runs::Application;
use crate::transaction::{Done, changed};

/// Applies the steps of an engine's migration.
#[derive(Debug)]
pub struct Forwards<'a> {
    /// The run.
    pub engine: &'a Engine<'a>,
    /// Whether an index of another definition may go.
    pub replace_index: ReplaceIndex,
}

impl Forwards<'_> {
    /// Applies every step, then brings back what a rollback took away.
    ///
    /// # Errors
    /// Stopped when asked to or when trouble does not end.
    pub async fn apply_all(&self, application: &Application) -> Result<Done> {
        let engine = self.engine;
        let mut total = Done::default();
        for (number, step) in engine.migration.steps.iter().enumerate() {
            let Step::CreateIndex(step) = step else { continue };
            engine.begin(number).await?;
            let wanted = (&step.index, self.replace_index);
            let cleared = index::clear_the_way(engine, number, wanted).await?;
            engine.end(number, &format!("{cleared:?}")).await?;
            if let index::Cleared::Dropped(names) = cleared {
                for name in names {
                    engine.context.reporter.fact(
                        "dropped",
                        format!(
                            "index {name}, in the way of {}; down makes it again",
                            step.index.name
                        ),
                    );
                }
            }
        }
        for (number, step) in engine.migration.steps.iter().enumerate() {
            engine.begin(number).await?;
            let phase = format!("{}  {}", step.collection(), step.title());
            let progress = Progress::start(
                &engine.context.reporter,
                phase,
                expected_documents(engine, application, number).await,
                "documents",
            );
            let (done, result) = self.step(number, &progress).await?;
            total.changed += done.changed;
            total.archived += done.archived;
            engine.end(number, &result).await?;
            progress.finish(result);
        }
        for (number, step) in reapply::steps(engine) {
            let pending = reapply::pending(engine.migration.version.as_str(), number);
            if !finds_chunk(engine, pending).await? {
                continue;
            }
            engine.begin(number).await?;
            let phase = format!("{}  putting back what a rollback took away", step.collection);
            let progress = Progress::start(&engine.context.reporter, phase, None, "documents");
            let done = reapply::bring_back(engine, number, step, &progress).await?;
            let result =
                format!("{} put back, {} conflicts", thousands(done.changed), thousands(done.left));
            engine.end(number, &result).await?;
            progress.finish(result);
            if done.left > 0 {
                engine.context.reporter.warning(format!(
                    "{} archived values could not be put back; `causeway conflicts {}` lists and applies them",
                    thousands(done.left),
                    engine.migration.version
                ));
            }
        }
        Ok(total)
    }

    /// Changes the documents that arrived after the sweeps, while an index was built or everything
    /// was read: the application that makes them may not know of the migration yet. Says whether
    /// there were any.
    ///
    /// # Errors
    /// As for applying.
    pub async fn catch_up(&self, total: &mut Done) -> Result<bool> {
        let engine = self.engine;
        let mut changed = 0;
        for (number, step) in engine.migration.steps.iter().enumerate() {
            let Some(filter) = to_do(step) else { continue };
            if !finds(engine.context, step.collection().as_str(), &filter).await? {
                continue;
            }
            engine.begin(number).await?;
            let phase = format!("{}  {}, late arrivals", step.collection(), step.title());
            let progress = Progress::start(&engine.context.reporter, phase, None, "documents");
            let (done, result) = self.step(number, &progress).await?;
            engine.end(number, &result).await?;
            progress.finish(result);
            changed += done.changed;
            total.changed += done.changed;
            total.archived += done.archived;
        }
        Ok(changed > 0)
    }

    async fn step(&self, number: usize, progress: &Progress) -> Result<(Done, String)> {
        let engine = self.engine;
        let done = match &engine.migration.steps[number] {
            Step::AddField(step) => {
                sweep_all(engine, &Adding::new(engine, number, step), progress).await?
            }
            Step::RemoveField(step) => {
                let moving = Moving {
                    engine,
                    number,
                    collection: step.collection.as_str(),
                    field: step.field.as_str(),
                    to: Move::Remove,
                };
                sweep_all(engine, &moving, progress).await?
            }
            Step::RenameField(step) => {
                let moving = Moving {
                    engine,
                    number,
                    collection: step.collection.as_str(),
                    field: step.from.as_str(),
                    to: Move::Rename { to: step.to.as_str() },
                };
                sweep_all(engine, &moving, progress).await?
            }
            Step::SetComputed(step) => {
                sweep_all(engine, &Computing { engine, number, step }, progress).await?
            }
            Step::CreateIndex(step) => {
                let wanted = (&step.index, self.replace_index);
                return Ok((Done::default(), index::create(engine, number, wanted).await?));
            }
            Step::DropIndex(step) => {
                return Ok((Done::default(), index::remove(engine, number, &step.name).await?));
            }
            Step::ExtendEnum(step) => {
                return Ok((Done::default(), validator::extend(engine, number, step).await?));
            }
        };
        Ok((done, done_words(&done)))
    }
}

/// Counts of a finished step in words.
#[must_use]
pub fn done_words(done: &Done) -> String {
    let archived = if done.archived > 0 {
        format!(", {} values archived", thousands(done.archived))
    } else {
        String::new()
    };
    format!("{} documents changed{archived}", thousands(done.changed))
}

/// Documents that a step still has to change, as far as the survey and the journal tell: for a
/// progress bar, so nothing depends on it.
async fn expected_documents(
    engine: &Engine<'_>,
    application: &Application,
    number: usize,
) -> Option<u64> {
    let step = &engine.migration.steps[number];
    if !step.writes_documents() {
        return None;
    }
    let counts = application.before()?.get_document("counts").ok()?;
    let counts = counts.get_document(step.collection().as_str()).ok()?;
    let lacking = counts.get_i64("absent").ok()? + counts.get_i64("malformed").ok()?;
    let names = (engine.application, engine.run);
    let (own, others) = changed(&engine.context.target, names, number).await.ok()?;
    Some(u64::try_from(lacking).ok()?.saturating_sub(own + others))
}

async fn finds_chunk(engine: &Engine<'_>, filter: Document) -> Result<bool> {
    let found = crate::archive::collection(&engine.context.target)
        .find_one(filter)
        .projection(doc! { "_id": 1 })
        .await
        .attempt(|| "look for values that a rollback took away".to_owned())?;
    Ok(found.is_some())
}
