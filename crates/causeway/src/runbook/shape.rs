//! Which of the usual steps this run has, by what is configured.

use causeway_core::runbook::{Course, Shape, Step};

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

/// The course of a run.
///
/// # Errors
/// Usage when the configuration or the command line names a step that it has not.
pub(super) fn course(config: &Config, options: &RunOptions) -> Result<Course> {
    let maintenance = has_maintenance(config);
    let mut shape =
        Shape { own: own_steps::steps(&config.manuals, &config.hooks), ..Shape::default() };
    let mut without = |is_without: bool, ids: &[&'static str]| {
        if is_without {
            shape.without.extend(ids);
        }
    };
    without(!maintenance, &["maintenance", "tell-begin", "quiet", "lift-fence", "end-maintenance"]);
    without(!maintenance, &["announce", "tell-end"]);
    without(!maintenance || config.jobs.is_empty(), &["stop-jobs", "start-jobs"]);
    without(maintenance && !config.maintenance().fence(), &["lift-fence"]);
    without(config.smokes.is_empty(), &["smoke"]);
    without(options.up.backup.without, &["backup", "verify-backup", "prove", "rehearse"]);
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
