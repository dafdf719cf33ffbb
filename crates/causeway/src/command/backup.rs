//! `causeway backup create | verify | list`.

use std::collections::BTreeMap;
use std::path::Path;

use causeway_core::backup::Moment;
use causeway_core::event::Event;
use causeway_core::outcome::Outcome;
use serde_json::Value;

use super::arguments::{
    BackupCommand, BackupCreateArguments, BackupListArguments, BackupProveArguments,
    BackupPruneArguments, BackupRestoreArguments, BackupVerifyArguments, ScratchPlace,
};
use super::session::Session;
use crate::backup::create::{CreateOptions, create};
use crate::backup::proof::Proof;
use crate::backup::prove::Proving;
use crate::backup::restore::{Present, RestoreOptions, restore};
use crate::backup::scratch::Place;
use crate::backup::verify::{Verifying, verify};
use crate::backup::{folder, prune};
use crate::clock::{duration_words, thousands};
use crate::failure::{Failure, Result};
use crate::live::Publisher;
use crate::terminal::quantities::{bytes_words, counted};
use crate::verify::find;

/// Carries out a command about backups.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub(super) async fn run(session: &Session, command: BackupCommand) -> Result<Outcome> {
    match command {
        BackupCommand::Create(arguments) => make(session, arguments).await,
        BackupCommand::Verify(arguments) => test(session, &arguments),
        BackupCommand::Prove(arguments) => prove(session, arguments).await,
        BackupCommand::Restore(arguments) => put_back(session, arguments).await,
        BackupCommand::List(arguments) => list(session, &arguments),
        BackupCommand::Prune(arguments) => prune(session, &arguments),
    }
}

async fn make(session: &Session, arguments: BackupCreateArguments) -> Result<Outcome> {
    let (context, migration) = match &arguments.migration {
        None => (session.context_without_migrations().await?, None),
        Some(version) => {
            let context = session.context().await?;
            let migration = find(&context, version)?.clone();
            (context, Some(migration))
        }
    };
    let options = CreateOptions {
        to: session.backups(arguments.to),
        compression: arguments.compress.into(),
        migration,
    };
    create(&context, &options).await
}

fn test(session: &Session, arguments: &BackupVerifyArguments) -> Result<Outcome> {
    verify(Verifying { folder: &arguments.folder, reporter: &session.reporter })
}

async fn prove(session: &Session, arguments: BackupProveArguments) -> Result<Outcome> {
    let operator = session.operator();
    let proving = Proving {
        folder: &arguments.folder,
        state_dir: &session.global.state_dir,
        limits: session.config.limits(&arguments.limits),
        reporter: &session.reporter,
        interrupt: &session.interrupt,
        operator: &operator,
    };
    let of = folder::manifest(&arguments.folder)?.database;
    proving.prove(place(session, &of, arguments.place).await?).await
}

async fn put_back(session: &Session, arguments: BackupRestoreArguments) -> Result<Outcome> {
    let context = session.context_without_migrations().await?;
    let options = RestoreOptions {
        folder: arguments.folder,
        of: arguments.of,
        collections: arguments.collections,
        without_oplog: arguments.without_oplog,
        home: session.backups(None),
        present: if arguments.without_backup { Present::Lose } else { Present::BackUp },
        limits: session.config.limits(&arguments.limits),
    };
    let (context, live) = Publisher::of(&context);
    let result = restore(&context, &options).await;
    live.end().await;
    result
}

/// Where a copy is made; a server that others use is asked for first.
pub(super) async fn place(session: &Session, of: &str, place: ScratchPlace) -> Result<Place> {
    if place.on.is_none() && !place.here {
        return Ok(Place::Private);
    }
    let target = session.connect_scratch(place.on).await?;
    let what = format!("a copy of {of} into the scratch database {}, removed again", target.name());
    session.confirmation().ask_for(&what, of)?;
    Ok(Place::On(Box::new(target)))
}

fn list(session: &Session, arguments: &BackupListArguments) -> Result<Outcome> {
    let home = session.backups(arguments.home.clone());
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

fn prune(session: &Session, arguments: &BackupPruneArguments) -> Result<Outcome> {
    let keep = arguments.keep.or_else(|| session.config.backups_kept()).ok_or_else(|| {
        Failure::usage("nobody said how many backups are kept")
            .hint("give --keep N, or write keep = N under [backup] into causeway.toml")
    })?;
    let home = session.backups(arguments.home.clone());
    let place = (home.as_path(), arguments.of.as_deref());
    let Some(pruning) = prune::look(place, keep, &session.reporter)? else {
        session.reporter.fact("removes", "nothing");
        return Ok(Outcome::NothingToDo);
    };
    let many = counted(pruning.folders.len() as u64, "backups");
    let what = format!("removes {many} of {} from {}", pruning.database, home.display());
    session.confirmation().ask_for(&what, &pruning.database)?;
    for folder in &pruning.folders {
        prune::remove(folder)?;
    }
    session.reporter.fact("removed", many);
    Ok(Outcome::Done)
}

fn row(path: &Path) -> BTreeMap<&'static str, Value> {
    let mut row = BTreeMap::from([
        ("row", Value::from("backup")),
        ("backup", path.display().to_string().into()),
    ]);
    let manifest = match folder::manifest(path) {
        Ok(manifest) => manifest,
        Err(failure) => {
            row.insert("verified", failure.message.into());
            return row;
        }
    };
    let (total, proof) = (manifest.total(), Proof::read(path, &manifest));
    let files: u64 = manifest.files.values().map(|file| file.bytes).sum();
    let verified_at = folder::verified_at(path, &manifest);
    let proved = match &proof {
        None => "no",
        Some(proof) if proof.passed => "yes",
        Some(_) => "FAILED",
    };
    row.extend([
        ("database", Value::from(manifest.database.clone())),
        ("taken", manifest.finished_at.clone().into()),
        ("age", age(manifest.moment).into()),
        ("documents", thousands(total.documents).into()),
        ("size", bytes_words(files).into()),
        ("verified", if verified_at.is_some() { "yes" } else { "no" }.into()),
        ("verified_at", verified_at.into()),
        ("proved", proved.into()),
        ("proved_at", proof.map(|proof| proof.proved_at).into()),
    ]);
    row
}

/// How long ago a backup's moment was.
fn age(moment: Moment) -> String {
    let since = jiff::Timestamp::now().as_second() - i64::from(moment.seconds);
    #[expect(clippy::cast_precision_loss, reason = "seconds, for people")]
    duration_words(since.max(0) as f64)
}
