//! `backup restore`: puts a backup in the place of what is there.
//!
//! Every collection is filled beside the present one and compared before anything is replaced; then
//! each takes the place of the old one by a rename, so that a kill leaves the one or the other. How
//! far it came is kept in the database: the same command goes on.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use bson::doc;
use causeway_core::backup::Tally;
use causeway_core::backup::manifest::Kind;
use causeway_core::event::Event;
use causeway_core::journal::Deed;
use causeway_core::outcome::Outcome;

use super::contents::{Contents, Stored, Wanted, require_names_fit};
use super::create::{CreateOptions, make};
use super::rebuild::Rebuild;
use super::{listing, losses, quoted, room};
use crate::clock::{duration_words, thousands};
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::governor::{Governor, Limits};
use crate::journal::Journal;
use crate::lease::Lease;
use crate::permitted::is_unauthorized;
use crate::runs::frame::{self, finish};
use crate::runs::{self, Direction};
use crate::terminal::quantities::{bytes_words, counted};

mod applications;
pub(super) mod own;
mod replace;
mod selection;
pub(super) mod state;

use replace::Replacing;
use selection::{bytes, choose, describe, stays};
use state::{Kept, State};

pub use state::{command, require_none_part_way};

/// What to restore, and how.
#[derive(Debug, Clone)]
pub struct RestoreOptions {
    /// Folder of the backup, ours or one that `mongodump` wrote.
    pub folder: PathBuf,
    /// Database in it, where it holds several.
    pub of: Option<String>,
    /// Collections; all of them where none is named.
    pub collections: Vec<String>,
    /// Whether operations that `mongodump --oplog` left beside the documents may be left out.
    pub without_oplog: bool,
    /// Whether what is there is backed up first.
    pub present: Present,
    /// Folder in which that is done.
    pub home: PathBuf,
    /// Limits that the server is kept under.
    pub limits: Limits,
}

impl RestoreOptions {
    /// The flags that make another restore of it, as a shell takes them.
    fn flags(&self) -> String {
        let mut flags = String::new();
        let named = self.collections.iter().map(|name| ("collection", name));
        for (flag, value) in self.of.iter().map(|of| ("of", of)).chain(named) {
            flags.push_str(&format!(" --{flag} {}", quoted(value)));
        }
        if self.without_oplog {
            flags.push_str(" --without-oplog");
        }
        flags
    }
}

/// Whether what is there is backed up before it is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Present {
    /// It is.
    BackUp,
    /// The person knows that it is lost.
    Lose,
}

/// Restores a backup.
///
/// # Errors
/// See `docs/exit-codes.md`.
pub async fn restore(context: &Context, options: &RestoreOptions) -> Result<Outcome> {
    let wanted = Wanted { database: options.of.as_deref(), without_oplog: options.without_oplog };
    let contents = Contents::read(&options.folder, wanted)?;
    let chosen = choose(&contents, &options.collections)?;
    require_names_fit(context.target.name(), &chosen)?;
    let folder = std::path::absolute(&options.folder).unwrap_or_else(|_| options.folder.clone());
    describe(context, &folder, &contents, &chosen);
    let present = listing::read(&context.target).await?;
    stays(context, &contents, options, present.keys().cloned().collect());
    selection::leaves_fence(context, &chosen).await?;
    let state = state::begun(&context.target, &folder, (&contents.fingerprint, &chosen)).await?;
    if state.is_none() {
        room::require_on_server(&context.target, bytes(&chosen)).await?;
    }
    let replaces = chosen.keys().any(|name| present.contains_key(name));
    if replaces {
        losses::tell(context, contents.moment(), &chosen).await?;
    }
    let what = format!(
        "{} of {}{}",
        counted(chosen.len() as u64, "collections"),
        folder.display(),
        if replaces { " in the place of those that are there" } else { "" }
    );
    context.approve(&what).await?;
    let run =
        state.as_ref().map_or_else(|| runs::free_id(&context.state_dir), |state| state.run.clone());
    own::prepare(&context.target, &contents).await?;
    let lease = frame::take_lease(context, &run).await?;
    let restoring = Restoring { context, options, contents: &contents, chosen: &chosen, folder };
    let result = restoring.with_lease(&lease, &run, state).await;
    finish(context, lease, &run, result).await
}

struct Restoring<'a> {
    context: &'a Context,
    options: &'a RestoreOptions,
    contents: &'a Contents,
    chosen: &'a BTreeMap<String, Stored>,
    folder: PathBuf,
}

impl Restoring<'_> {
    async fn with_lease(&self, lease: &Lease, run: &str, state: Option<State>) -> Result<Outcome> {
        let direction = (Direction::Restore, state.is_some());
        let opened = frame::open_journal(self.context, run, direction).await?;
        let result = self.carry_out(lease, &opened.journal, (run, state)).await;
        frame::close_journal(&opened.journal, result).await
    }

    async fn carry_out(
        &self,
        lease: &Lease,
        journal: &Journal,
        (run, state): (&str, Option<State>),
    ) -> Result<Outcome> {
        let started = std::time::Instant::now();
        let context = self.context;
        let target = &context.target;
        journal.intend(&Deed::OpenRun).await?;
        let mut state = match state {
            Some(state) => state.go_on((context, lease)).await?,
            None => State::open((context, lease), run, (&self.folder, self)).await?,
        };
        journal.done(&Deed::OpenRun, "written down").await?;
        state.drop_leftovers(target).await?;
        self.back_up_present((context, lease), journal, &mut state).await?;
        let governor = {
            let watched = (&context.reporter, &context.interrupt);
            Governor::start(target, run, self.options.limits, watched)
        };
        let rebuild = Rebuild {
            target,
            reporter: &context.reporter,
            interrupt: &context.interrupt,
            governor: Some(Arc::as_ref(&governor)),
            compression: self.contents.compression,
        };
        let filled = self.fill_all(&rebuild, (lease, journal), &mut state).await;
        if filled.as_ref().is_err_and(|failure| failure.outcome == Outcome::VerificationFailed) {
            // Nobody goes on with it, and it fills the disk.
            lease.prove().await?;
            state.drop_all(target).await?;
        }
        let tally = filled?;
        let replacing = Replacing { context, lease, journal, rebuild: &rebuild };
        replacing.all(self.chosen, &mut state).await?;
        if state.brings_own {
            own::bring(&rebuild, self.contents).await?;
        }
        applications::settle((context, lease), run, self).await?;
        state::supersede_others((target, lease), run, self.chosen).await?;
        journal.note("everything is in its place").await?;
        self.report(tally, &state, started.elapsed().as_secs_f64());
        Ok(Outcome::Done)
    }

    async fn back_up_present(
        &self,
        (context, lease): (&Context, &Lease),
        journal: &Journal,
        state: &mut State,
    ) -> Result<()> {
        let present = listing::read(&context.target).await?;
        let replaces = self.chosen.keys().any(|name| present.contains_key(name));
        // One that goes on backs up again what was written meanwhile, as long as all of it is there.
        if self.options.present == Present::Lose || state.replaces || !replaces {
            return Ok(());
        }
        journal.intend(&Deed::BackUp).await?;
        let options = CreateOptions {
            to: self.options.home.clone(),
            compression: causeway_core::backup::manifest::Compression::None,
            migration: None,
        };
        let made = make(context, &options).await;
        if context.interrupt.is_set() && made.is_err() {
            return Err(Failure::stopped("stopped while backing up what is there"));
        }
        let folder = made.map_err(|failure| match failure.outcome {
            Outcome::Refused => failure.hint(
                "make room, name another place with --state-dir, or lose what is there: --without-backup",
            ),
            _ => failure,
        })?;
        journal.done(&Deed::BackUp, folder.display().to_string()).await?;
        let path = std::path::absolute(&folder).unwrap_or(folder).display().to_string();
        runs::set((&context.target, lease), &state.run, doc! { "present_backup": &path }).await?;
        state.present_backup = Some(path);
        Ok(())
    }

    /// Fills everything beside what is there; nothing is replaced yet.
    async fn fill_all(
        &self,
        rebuild: &Rebuild<'_>,
        (lease, journal): (&Lease, &Journal),
        state: &mut State,
    ) -> Result<Tally> {
        let mut total = Tally::default();
        for (name, stored) in self.chosen {
            let Some(kept) = state.of(name) else { continue };
            let replaced = kept.replaced;
            if in_place(name, stored) || replaced || state.is_ready(rebuild.target, name).await? {
                if stored.definition.kind == Kind::Timeseries && !replaced {
                    self.try_beside(rebuild, (lease, journal), (name, stored), state).await?;
                }
                total.merge(stored.tally.unwrap_or_default());
                continue;
            }
            let temporary = kept.temporary.clone();
            let deed = Deed::Fill { collection: name.clone() };
            journal.intend(&deed).await?;
            lease.prove().await?;
            state::drop(rebuild.target, &temporary).await?;
            let rebuilt = rebuild.make((name, &temporary), stored).await?;
            let mut problems = rebuilt.problems;
            if problems.is_empty() {
                problems = rebuild.complete((name, &temporary), stored).await?;
            }
            if !problems.is_empty() {
                journal.not_done(&deed, problems.join("; ")).await?;
                return Err(wrong(self.context, state, &problems));
            }
            state.ready((self.context, lease), name).await?;
            journal
                .done(&deed, format!("{} documents", thousands(rebuilt.tally.documents)))
                .await?;
            total.merge(rebuilt.tally);
        }
        Ok(total)
    }

    /// A time-series collection can't be renamed: it is made beside the present one, compared, and
    /// removed, so that the present one goes only when it is known to come back.
    async fn try_beside(
        &self,
        rebuild: &Rebuild<'_>,
        (lease, journal): (&Lease, &Journal),
        (name, stored): (&str, &Stored),
        state: &State,
    ) -> Result<()> {
        let temporary = state.tried();
        let deed = Deed::Fill { collection: name.to_owned() };
        journal.intend(&deed).await?;
        lease.prove().await?;
        state::drop(rebuild.target, &temporary).await?;
        let tried = async {
            let mut problems = rebuild.make((name, &temporary), stored).await?.problems;
            if problems.is_empty() {
                problems = rebuild.complete((name, &temporary), stored).await?;
            }
            Ok(problems)
        };
        let tried = tried.await;
        state::drop(rebuild.target, &temporary).await?;
        let problems = tried.map_err(|failure: Failure| {
            if !failure.driver_error().is_some_and(is_unauthorized) {
                return failure;
            }
            failure.hint(format!(
                "for the time-series collection {name} it takes the role `restore` on admin"
            ))
        })?;
        if !problems.is_empty() {
            journal.not_done(&deed, problems.join("; ")).await?;
            return Err(wrong(self.context, state, &problems));
        }
        journal.done(&deed, "it comes back").await
    }

    fn report(&self, tally: Tally, state: &State, seconds: f64) {
        let reporter = &self.context.reporter;
        reporter.fact(
            "restored",
            format!(
                "{} documents, {}, of {} as they were in {}, in {}",
                thousands(tally.documents),
                bytes_words(tally.bytes),
                counted(self.chosen.len() as u64, "collections"),
                self.folder.display(),
                duration_words(seconds)
            ),
        );
        if let Some(present) = &state.present_backup {
            reporter.fact("before", format!("what was there is in {present}"));
        }
        reporter.emit(Event::Next { commands: vec!["causeway status".to_owned()] });
    }
}

/// Whether it can't be put in the place of the present one by a rename.
fn in_place(name: &str, stored: &Stored) -> bool {
    matches!(stored.definition.kind, Kind::View | Kind::Timeseries) || name == "system.js"
}

/// A restore that stopped because something does not come back as it was.
fn wrong(context: &Context, state: &State, problems: &[String]) -> Failure {
    for problem in problems {
        context.reporter.warning(problem.clone());
    }
    if state.replaces {
        return Failure::unexpected(
            "the backup does not come back as it was, and part of it is in its place already",
        )
        .ending(Outcome::RollbackFailed)
        .hint("restore another one: causeway backup list");
    }
    Failure::unexpected("the backup does not come back as it was; nothing was replaced")
        .ending(Outcome::VerificationFailed)
        .hint("restore another one: causeway backup list")
}

impl Kept {
    /// Whether a rename puts it in its place.
    const fn by_rename(&self) -> bool {
        !self.temporary.is_empty()
    }
}
