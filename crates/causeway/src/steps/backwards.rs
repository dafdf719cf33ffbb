//! All steps of a migration, backwards.

use causeway_core::migration::Step;

use super::engine::Engine;
use super::forwards::done_words;
use super::index::{self, was_there};
use super::keep_set::Kept;
use super::put_back::{Rebuild, Splicing, undo_step};
use super::sweep::sweep_all;
use super::take_away::TakingAway;
use super::validator;
use crate::failure::Result;
use crate::progress::Progress;
use crate::runs::Application;
use crate::transaction::{Done, changed};

/// Undoes every step, last one first; dropped indexes come back when all documents are back.
///
/// # Errors
/// Stopped when asked to or when trouble does not end.
pub async fn undo_all(engine: &Engine<'_>, application: &Application) -> Result<Done> {
    let mut total = Done::default();
    for (number, step) in engine.migration.steps.iter().enumerate().rev() {
        engine.begin(number).await?;
        let phase = format!("{}  undo {}", step.collection(), step.title());
        let names = (engine.application, engine.run);
        let (own, others) = changed(&engine.context.target, names, number).await?;
        let left = step.writes_documents().then(|| others.saturating_sub(own));
        let progress = Progress::start(&engine.context.reporter, phase, left, "documents");
        let (done, result) = undo(engine, application, number, &progress).await?;
        total.changed += done.changed;
        total.archived += done.archived;
        engine.end(number, &result).await?;
        progress.finish(result);
    }
    for (number, step) in engine.migration.steps.iter().enumerate() {
        if !matches!(step, Step::CreateIndex(_) | Step::DropIndex(_)) {
            continue;
        }
        engine.begin(number).await?;
        let names = index::restore_dropped(engine, number).await?.join(", ");
        engine.end(number, &names).await?;
        if !names.is_empty() {
            engine.context.reporter.fact("restored", format!("index {names} made again"));
        }
    }
    Ok(total)
}

async fn undo(
    engine: &Engine<'_>,
    application: &Application,
    number: usize,
    progress: &Progress,
) -> Result<(Done, String)> {
    let splicing = |collection, rebuild| Splicing { engine, collection, rebuild };
    let done = match &engine.migration.steps[number] {
        Step::AddField(step) => {
            let mut taking = TakingAway::new(engine, number, step);
            let mut done = undo_step(engine, number, &taking, progress).await?;
            let survey_epoch = application.survey_epoch().unwrap_or_default();
            let kept = Kept { application: engine.application, survey_epoch, step: number };
            let target = &engine.context.target;
            // Without a had-before list every document loses the field.
            let shares = if application.is_unrecorded() { 1 } else { kept.shares(target).await? };
            for share in 0..shares {
                if !application.is_unrecorded() {
                    taking.keep = Some(kept.load(target, share, shares).await?);
                }
                let taken = sweep_all(engine, &taking, progress).await?;
                done.changed += taken.changed;
                done.archived += taken.archived;
            }
            done
        }
        Step::RemoveField(step) => {
            let splicing = splicing(step.collection.as_str(), Rebuild::Removed);
            undo_step(engine, number, &splicing, progress).await?
        }
        Step::RenameField(step) => {
            let rebuild = Rebuild::Renamed { to: step.to.as_str() };
            let splicing = splicing(step.collection.as_str(), rebuild);
            undo_step(engine, number, &splicing, progress).await?
        }
        Step::SetComputed(step) => {
            let splicing = splicing(step.collection.as_str(), Rebuild::Computed);
            undo_step(engine, number, &splicing, progress).await?
        }
        Step::CreateIndex(step) => {
            let collection = step.collection.as_str();
            let was = match application.before() {
                Some(before) if !application.is_unrecorded() => {
                    was_there(before, collection, &step.index)
                }
                _ => index::WasThere::No,
            };
            return Ok((
                Done::default(),
                index::undo_create(engine, number, &step.index, was).await?,
            ));
        }
        Step::DropIndex(_) => {
            return Ok((Done::default(), "made again when the documents are back".to_owned()));
        }
        Step::ExtendEnum(step) => {
            return Ok((Done::default(), validator::retract(engine, number, step).await?));
        }
    };
    Ok((done, done_words(&done)))
}
