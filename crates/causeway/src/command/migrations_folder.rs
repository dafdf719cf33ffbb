//! Reads the migration files of a folder.

use std::fs;
use std::io::{IsTerminal, stderr};
use std::path::Path;

use causeway_core::migration::{MigrationFileError, MigrationSet, load_set};
use miette::{GraphicalReportHandler, GraphicalTheme};

use super::arguments::OutputForm;
use crate::failure::{Failure, Result};

/// Columns of the source shown around a mistake: what fits into every terminal.
const WIDTH: usize = 68;

/// Reads every `*.toml` of `folder`.
///
/// # Errors
/// Usage when the folder or a file can't be read, or a file is wrong.
pub(super) fn load(folder: &Path, form: OutputForm) -> Result<MigrationSet> {
    let cannot = |error| {
        Failure::usage(format!("failed to read the folder of migrations {}", folder.display()))
            .because(error)
            .hint("name it with --migrations DIR, or make it with `causeway init`")
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") && !path.is_dir() {
            let text = fs::read_to_string(&path).map_err(|error| {
                Failure::usage(format!("failed to read the migration {}", path.display()))
                    .because(error)
            })?;
            files.push((path.display().to_string(), text));
        }
    }
    load_set(files).map_err(|error| shown(&error, form))
}

/// With the source around the place on a terminal, in one line for editors and scripts.
fn shown(error: &MigrationFileError, form: OutputForm) -> Failure {
    if form == OutputForm::Text && stderr().is_terminal() {
        let mut text = String::new();
        let handler =
            GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(WIDTH);
        if handler.render_report(&mut text, error).is_ok() {
            return Failure::usage(format!("a migration file can not be used\n{text}"));
        }
    }
    let failure = Failure::usage(error.one_line());
    match error.help() {
        Some(help) => failure.hint(help),
        None => failure,
    }
}
