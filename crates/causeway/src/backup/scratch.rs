//! A place for a copy of the database that goes again: on a server of its own, or in a database whose
//! name nobody else has.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bson::doc;
use causeway_core::backup::{Manifest, Tally};
use local_mongod::{Kind, Private, program};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

use super::contents::{Contents, require_names_fit};
use super::rebuild::Rebuild;
use super::{folder, room};
use crate::context::Interrupt;
use crate::failure::{Attempt, Failure, Result};
use crate::governor::{Governor, Limits};
use crate::reporter::Reporter;
use crate::runs;
use crate::target::{Target, TargetOptions};

/// Names of scratch databases begin like this; no application's does.
const PREFIX: &str = "causeway_scratch_";
/// A server that takes longer to start does not start.
const BEING_STARTED_MAX: Duration = Duration::from_secs(600);
/// Folder in the state folder for the data of private servers.
const FOLDER: &str = "scratch";
/// How often what is copied fits into the oplog of a private server; the disk fills as it does.
const OPLOG_FACTOR: u64 = 4;
const OPLOG_MEGABYTES_MIN: u64 = 2_000;
/// Below this a server spends its time on making room.
const CACHE_GIGABYTES_MIN: f64 = 0.25;
/// More does not make a restore faster.
const CACHE_GIGABYTES_MAX: f64 = 1.0;

/// Where the copy is made.
#[derive(Debug)]
pub enum Place {
    /// A `mongod` of its own on this machine, started for it.
    Private,
    /// A scratch database on a server.
    On(Box<Target>),
}

/// A scratch database, until it is removed.
#[derive(Debug)]
pub(crate) struct Scratch {
    /// The database.
    pub(crate) target: Target,
    /// Goes, and everything in it, when it is dropped.
    private: Option<Private>,
}

/// A name for a scratch database, which can't be that of an application.
#[must_use]
pub fn name() -> String {
    format!("{PREFIX}{}", runs::new_id())
}

impl Scratch {
    /// A place for a copy of what is in a backup; says which others are there.
    ///
    /// # Errors
    /// Refused when it can't be had.
    pub(super) async fn open(
        place: Place,
        (kind, contents, manifest): (Kind, &Contents, &Manifest),
        (state_dir, reporter): (&Path, &Reporter),
    ) -> Result<Self> {
        let scratch = match place {
            Place::Private => {
                let bytes = manifest.total().bytes;
                // An oplog holds all of it once more.
                let times = if kind == Kind::ReplicaSet { 2 } else { 1 };
                room::require_scratch(state_dir, bytes.saturating_mul(times))?;
                Self::private(state_dir, (kind, manifest)).await?
            }
            Place::On(target) => {
                require_names_fit(target.name(), &contents.collections)?;
                Self::on(*target).await?
            }
        };
        scratch.tell_of_others(reporter).await;
        Ok(scratch)
    }

    /// Makes everything in it; says what came back, and what is not as it was.
    ///
    /// # Errors
    /// A failed verification when the backup is damaged; when the server can't be used.
    pub(super) async fn fill(
        &self,
        contents: &Contents,
        limits: Limits,
        (reporter, interrupt): (&Reporter, &Interrupt),
    ) -> Result<(Tally, Vec<String>)> {
        let is_shared = self.private.is_none();
        let governor = is_shared.then(|| {
            // It is no run that somebody could ask for something: its name is that of the database.
            Governor::start(&self.target, self.target.name(), limits, (reporter, interrupt))
        });
        let rebuild = Rebuild {
            target: &self.target,
            reporter,
            interrupt,
            governor: governor.as_ref().map(Arc::as_ref),
            compression: contents.compression,
        };
        rebuild.all(contents).await
    }

    /// Starts a server on this machine for a copy of a backup, with its data in the state folder. The
    /// database has the name of the one that is copied: a longer one leaves less room for names of
    /// collections.
    ///
    /// # Errors
    /// Refused when there is no `mongod`, or it does not start.
    async fn private(state_dir: &Path, (kind, manifest): (Kind, &Manifest)) -> Result<Self> {
        let found = program::installed()
            .map_err(|error| Failure::usage("there is no mongod to be used").because(error))?;
        let program = found.ok_or_else(|| {
            Failure::refused("there is no mongod on this machine").hint(format!(
                "install MongoDB's server (it need not run), or name the program in {}; or use another server: --on URI",
                program::VARIABLE
            ))
        })?;
        let folder = state_dir.join(FOLDER);
        folder::make(&folder)?;
        sweep(&folder);
        let mut arguments = vec![
            "--wiredTigerCacheSizeGB".to_owned(),
            format!("{:.2}", cache_gigabytes()),
            "--setParameter".to_owned(),
            "diagnosticDataCollectionEnabled=false".to_owned(),
            // What expires would be gone before it was compared.
            "--setParameter".to_owned(),
            "ttlMonitorEnabled=false".to_owned(),
        ];
        if kind == Kind::ReplicaSet {
            // Everything is written there as well, and a run wants to see back to its beginning.
            let megabytes =
                (OPLOG_FACTOR * manifest.total().bytes / 1_000_000).max(OPLOG_MEGABYTES_MIN);
            arguments.extend(["--oplogSize".to_owned(), megabytes.to_string()]);
        }
        let private =
            Private::start(&program, (kind, &arguments), &folder).await.map_err(|error| {
                Failure::refused("failed to start a mongod on this machine")
                    .because(error)
                    .hint("use another server: --on URI")
            })?;
        let options =
            TargetOptions::given("--on", private.uri().to_owned(), manifest.database.clone());
        Ok(Self { target: Target::connect(&options).await?, private: Some(private) })
    }

    /// Uses a database on a running server; its name must be new there.
    ///
    /// # Errors
    /// Refused when there is a database of that name.
    async fn on(target: Target) -> Result<Self> {
        let present = target.database.list_collection_names().await;
        let name = target.name();
        if !present.attempt(|| format!("look whether there is a database {name}"))?.is_empty() {
            return Err(Failure::refused(format!("there is a database {name} already")));
        }
        Ok(Self { target, private: None })
    }

    /// Says which scratch databases are on the same server that are not this one.
    async fn tell_of_others(&self, reporter: &Reporter) {
        // Who may not list databases is not told of them.
        let names = self.target.client.list_database_names().await.unwrap_or_default();
        let others = names.into_iter().filter(|name| name.starts_with(PREFIX));
        for other in others.filter(|name| name != self.target.name()) {
            reporter.warning(format!(
                "there is a scratch database {other}: another proof or rehearsal is under way, or was killed; when it is none, remove it with db.getSiblingDB('{other}').dropDatabase()"
            ));
        }
    }

    /// Where it is, for people.
    pub(crate) fn described(&self) -> String {
        let server = &self.target.server;
        match &self.private {
            Some(_) => format!("a private mongod {} on this machine", server.version_text()),
            None => format!(
                "{} at {}, MongoDB {}, database {}",
                server.topology(),
                self.target.shown.host,
                server.version_text(),
                self.target.name()
            ),
        }
    }

    /// Removes it, and says so when that fails.
    pub(crate) async fn remove(self, reporter: &Reporter) {
        if self.private.is_some() {
            // With the server everything goes.
            self.target.client.clone().shutdown().immediate(true).await;
            return;
        }
        let name = self.target.name();
        if let Err(error) = self.target.database.run_command(doc! { "dropDatabase": 1 }).await {
            reporter.warning(format!(
                "the scratch database {name} at {} is still there: {}; remove it with db.getSiblingDB('{name}').dropDatabase()",
                self.target.shown.host,
                crate::failure::undecorated(&error.to_string())
            ));
        }
    }
}

/// Removes what servers left that died with everything that was to clean up after them, as in a power
/// cut: the data of customers would lie there for ever.
fn sweep(folder: &Path) {
    for left in folder::folders(folder).unwrap_or_default() {
        let servers = folder::folders(&left).unwrap_or_default();
        let is_used = |server: &PathBuf| {
            let lock = fs::read_to_string(server.join("data/mongod.lock")).unwrap_or_default();
            lock.trim()
                .parse()
                .ok()
                .and_then(Pid::from_raw)
                .is_some_and(|process| !matches!(test_kill_process(process), Err(Errno::SRCH)))
        };
        let age =
            left.metadata().and_then(|it| it.modified()).ok().and_then(|it| it.elapsed().ok());
        // One that is being started has no process yet.
        let is_old = age.is_some_and(|age| age > BEING_STARTED_MAX);
        if is_old && !servers.iter().any(is_used) {
            let _ = fs::remove_dir_all(&left);
        }
    }
}

/// A quarter of the machine's memory, within reason.
fn cache_gigabytes() -> f64 {
    let memory = rustix::system::sysinfo();
    #[expect(clippy::cast_precision_loss, reason = "a size of memory, for a rough share of it")]
    let gigabytes = memory.totalram as f64 * f64::from(memory.mem_unit) / f64::from(1 << 30);
    (gigabytes / 4.0).clamp(CACHE_GIGABYTES_MIN, CACHE_GIGABYTES_MAX)
}
