//! `causeway init`: what a new project begins with. Overwrites nothing.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use causeway_core::event::Event;
use causeway_core::outcome::Outcome;

use super::session::Session;
use crate::config;
use crate::failure::{Attempt, Result};

/// Not `*.toml`, so that it is never taken for a migration.
const SAMPLE: &str = "000-example.toml.sample";
const SAMPLE_TEXT: &str = include_str!("init/000-example.toml.sample");
const CONFIG_TEXT: &str = include_str!("init/causeway.toml");

/// Writes what is not there yet. Does not connect.
///
/// # Errors
/// When a folder or file can't be written.
pub(super) fn run(session: &Session) -> Result<Outcome> {
    let folder = &session.global.migrations;
    fs::create_dir_all(folder).attempt(|| format!("make the folder {}", folder.display()))?;
    let config = session.global.config.as_deref().unwrap_or(Path::new(config::FILE));
    for (path, text) in [(folder.join(SAMPLE).as_path(), SAMPLE_TEXT), (config, CONFIG_TEXT)] {
        if write_new(path, text)? {
            session.reporter.fact("wrote", path.display().to_string());
        } else {
            session.reporter.fact("kept", format!("{}, which is there already", path.display()));
        }
    }
    let state = session.global.state_dir.display();
    session.reporter.emit(Event::Next {
        commands: vec![
            format!("copy {} to 001-NAME.toml and edit it", folder.join(SAMPLE).display()),
            format!("add {state}/ to .gitignore: runs, digests and archived values stay here"),
            "causeway status".to_owned(),
        ],
    });
    Ok(Outcome::Done)
}

/// Whether the file was not there and is now.
fn write_new(path: &Path, text: &str) -> Result<bool> {
    let writing = || format!("write {}", path.display());
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => {
            file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).attempt(writing)?;
            Ok(true)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error).attempt(writing),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use causeway_core::migration::Migration;

    use super::{CONFIG_TEXT, SAMPLE_TEXT};
    use crate::config::Config;

    #[test]
    fn the_sample_is_a_migration() {
        let migration = Migration::parse("001-sample.toml", SAMPLE_TEXT).unwrap();
        assert_eq!(migration.version.as_str(), "001");
    }

    #[test]
    fn the_configuration_can_be_read_with_and_without_its_marks() {
        let written = CONFIG_TEXT.replace("#: ", "").replace("#:\n", "\n");
        for text in [CONFIG_TEXT.to_owned(), written] {
            Config::parse(Path::new("causeway.toml"), &text).unwrap();
        }
    }
}
