//! A version as people type it: `10` for the migration 010.

use causeway_core::migration::Version;

use super::arguments::{BackupCommand, Command};
use super::migrations_folder;
use super::session::Session;

/// Writes the version of a command as its file does: records and runs are found by it. A folder that
/// can't be read is reported by the command itself.
pub(super) fn as_in_file(command: &mut Command, session: &Session) {
    let Some(typed) = version(command) else { return };
    let Ok(set) = migrations_folder::load(&session.global.migrations, session.global.output) else {
        return;
    };
    if let Some(migration) = set.of_number(typed) {
        typed.clone_from(&migration.version);
    }
}

const fn version(command: &mut Command) -> Option<&mut Version> {
    Some(match command {
        Command::Check(it) => &mut it.version,
        Command::Plan(it) => &mut it.version,
        Command::Up(it) => &mut it.version,
        Command::Down(it) => &mut it.version,
        Command::Verify(it) => &mut it.version,
        Command::Watch(it) => &mut it.version,
        Command::Conflicts(it) => &mut it.version,
        Command::Rehearse(it) => &mut it.version,
        Command::Run(it) => &mut it.version,
        Command::Backup(BackupCommand::Create(it)) => return it.migration.as_mut(),
        _ => return None,
    })
}
