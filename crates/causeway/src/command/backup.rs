//! `causeway backup create | verify | list`.

use std::collections::BTreeMap;
use std::path::Path;

use causeway_core::event::Event;
use causeway_core::outcome::Outcome;
use serde_json::Value;

use super::arguments::{
    BackupCommand, BackupCreateArguments, BackupListArguments, BackupVerifyArguments,
};
use super::session::Session;
use crate::backup::create::{CreateOptions, create};
use crate::backup::verify::{Verifying, verify};
use crate::backup::{folder, home};
use crate::clock::thousands;
use crate::failure::Result;
use crate::terminal::quantities::bytes_words;

/// Carries out a command about backups.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub(super) async fn run(session: &Session, command: BackupCommand) -> Result<Outcome> {
    match command {
        BackupCommand::Create(arguments) => make(session, arguments).await,
        BackupCommand::Verify(arguments) => test(session, &arguments),
        BackupCommand::List(arguments) => list(session, &arguments),
    }
}

async fn make(session: &Session, arguments: BackupCreateArguments) -> Result<Outcome> {
    let context = session.context_without_migrations().await?;
    let options = CreateOptions { to: arguments.to, compression: arguments.compress.into() };
    create(&context, &options).await
}

fn test(session: &Session, arguments: &BackupVerifyArguments) -> Result<Outcome> {
    verify(Verifying { folder: &arguments.folder, reporter: &session.reporter })
}

fn list(session: &Session, arguments: &BackupListArguments) -> Result<Outcome> {
    let home = arguments.home.clone().unwrap_or_else(|| home(&session.global.state_dir));
    let folders = folder::complete(&home)?;
    if folders.is_empty() {
        session.reporter.fact("backups", format!("none in {}", home.display()));
        return Ok(Outcome::Done);
    }
    for path in folders {
        session.reporter.emit(Event::Row(row(&path)));
    }
    Ok(Outcome::Done)
}

fn row(path: &Path) -> BTreeMap<&'static str, Value> {
    let shown = path.display().to_string();
    let cells: Vec<(&'static str, String)> = match folder::manifest(path) {
        Ok(manifest) => {
            let total = manifest.total();
            let files: u64 = manifest.files.values().map(|file| file.bytes).sum();
            vec![
                ("database", manifest.database.clone()),
                ("taken", manifest.finished_at.clone()),
                ("documents", thousands(total.documents)),
                ("size", bytes_words(files)),
                (
                    "verified",
                    folder::verified_at(path, &manifest).unwrap_or_else(|| "no".to_owned()),
                ),
                ("backup", shown),
            ]
        }
        Err(failure) => vec![("backup", shown), ("verified", failure.message)],
    };
    let cells = cells.into_iter().chain([("row", "backup".to_owned())]);
    cells.map(|(name, text)| (name, text.into())).collect()
}
