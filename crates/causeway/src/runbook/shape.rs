//! Which of the usual steps this run has, by what is configured.

use causeway_core::runbook::{Course, RunRecord, Shape, Step};

use super::RunOptions;
use crate::config::Config;
use crate::config::own_steps;
use crate::config::run::WithMaintenance;
use crate::failure::{Failure, Result};

/// Whether people are kept from writing.
pub(super) fn has_maintenance(config: &Config) -> bool {
    match config.run.maintenance() {
        WithMaintenance::On => true,
        WithMaintenance::None => false,
    }
}

/// The course of a run: of one that was begun already, what it switched is switched back, whatever the
/// configuration says by now.
///
/// # Errors
/// Usage when the configuration or the command line names a step that it has not.
pub(super) fn course(
    config: &Config,
    options: &RunOptions,
    begun: Option<&RunRecord>,
) -> Result<Course> {
    let maintenance = begun.map_or_else(|| has_maintenance(config), |begun| begun.maintenance);
    let touched = begun.is_some_and(|begun| !begun.jobs.is_empty());
    let mut shape =
        Shape { own: own_steps::steps(&config.manuals, &config.hooks), ..Shape::default() };
    let mut without = |is_without: bool, ids: &[&'static str]| {
        if is_without {
            shape.without.extend(ids);
        }
    };
    without(!maintenance, &["maintenance", "tell-begin", "quiet", "lift-fence", "end-maintenance"]);
    without(!maintenance, &["announce", "tell-end"]);
    let without_jobs = !maintenance || config.jobs.is_empty();
    without(without_jobs && !touched, &["stop-jobs", "start-jobs"]);
    // A fence that was raised before somebody took it out of the configuration still stands.
    let without_fence = maintenance && !config.maintenance().fence() && begun.is_none();
    without(without_fence, &["lift-fence"]);
    without(config.smokes.is_empty(), &["smoke"]);
    let without_backup = begun.map_or(options.up.backup.without, |begun| {
        begun.without_backup || options.up.backup.without
    });
    without(without_backup, &["backup", "verify-backup", "prove", "rehearse"]);
    let course = Course::of(&shape).map_err(|id| {
        Failure::usage(format!("a step of causeway.toml stands beside `{id}`, which is none"))
    })?;
    let named = options.skip.iter().map(|(id, _)| ("--skip", id));
    let named = named.chain(options.to.iter().map(|id| ("--to", id)));
    for (flag, id) in named.chain(options.from.iter().map(|id| ("--from", id))) {
        let Some(step) = course.find(id) else {
            let known: Vec<String> = course.steps().iter().map(Step::id).collect();
            return Err(Failure::usage(format!("{flag}: this run has no step `{id}`"))
                .hint(format!("its steps are {}", known.join(", "))));
        };
        if flag == "--skip" && !step.may_be_skipped() {
            return Err(Failure::usage(format!("{flag}: no run can do without `{id}`")));
        }
    }
    for name in &options.confirmed {
        if !config.manuals.iter().any(|manual| manual.name() == name) {
            return Err(Failure::usage(format!(
                "--confirm: causeway.toml has no [[manual]] `{name}`"
            )));
        }
    }
    Ok(course)
}
