//! The checklist before a migration: one function for each question, each answer with its evidence
//! and, when it refuses, with what to do. Writes nothing.

use causeway_core::answer::{Answer, Tally};
use causeway_core::inventory::{Depth, Inventory};
use causeway_core::migration::{Migration, MigrationSet, Version};
use causeway_core::plan::{Plan, PlanOptions, plan};

use crate::backup::proven::Need;
use crate::failure::{Failure, Result};
use crate::inventory;
use crate::runs::{self, Application};
use crate::target::Target;

mod amounts;
mod approval;
mod backup;
mod clock;
mod collections;
mod connection;
mod disk;
mod duplicates;
mod fields;
pub(crate) mod findings;
mod indexes;
pub(crate) mod limits;
mod oplog;
mod others;
mod privileges;
mod requirements;
pub(crate) mod seen;
mod server;
mod sizes;
mod validator;
mod writers;

pub use limits::Limits;

use seen::Seen;

/// What the person who asks has decided already.
#[derive(Debug, Clone, Default)]
pub struct CheckSettings {
    /// Required versions that count as applied without a record, and why.
    pub assume_applied: Vec<(Version, String)>,
    /// What is left to the plan.
    pub plan: PlanOptions,
    /// Limits under which a run has to stay.
    pub limits: Limits,
    /// The hash of a plan that somebody approved: another plan is refused. Makes [`gate`] count
    /// documents, for that plan counted them.
    pub approved_plan: Option<String>,
    /// What is needed of a backup.
    pub backup: Need,
    /// How long [`Questions::answer_all`] watches the connection and the writers.
    pub patience: Patience,
}

/// How long to watch what only shows with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patience {
    /// Five seconds for the connection, one for the writers: long enough to see an election.
    #[default]
    Seconds,
    /// A few pings, and 200 ms for the writers.
    Moment,
}

/// The answers, and what they rest on.
#[derive(Debug, Clone)]
pub struct Checked {
    /// In the order asked.
    pub answers: Vec<Answer>,
    /// How many of each kind.
    pub tally: Tally,
    /// What was found.
    pub inventory: Inventory,
    /// What applying would do.
    pub plan: Plan,
}

impl Checked {
    /// Whether an answer refuses.
    #[must_use]
    pub const fn refuses(&self) -> bool {
        self.tally.refusals > 0
    }
}

/// Asks what can be answered within a moment: for `up`, before it asks for permission. Whether
/// somebody holds the lease is left to taking it, which knows better and has its own exit code.
///
/// # Errors
/// Refused when there is no primary to ask.
pub async fn gate(
    target: &Target,
    migration: &Migration,
    set: &MigrationSet,
    settings: &CheckSettings,
) -> Result<Checked> {
    let depth = if settings.approved_plan.is_some() { Depth::Full } else { Depth::Quick };
    let pace = Pace { patience: Patience::Moment, depth, lease: Ask::No };
    Questions { target, migration, set, settings }.ask(&pace, |_| {}).await
}

/// Asks only whether this user may do what the migration does, forwards and backwards.
///
/// # Errors
/// Refused when there is no primary to ask.
pub async fn privileges(target: &Target, migration: &Migration) -> Result<Answer> {
    Ok(privileges::enough(target, migration, &Seen::look(target).await?))
}

/// How much time to take.
struct Pace {
    patience: Patience,
    depth: Depth,
    lease: Ask,
}

/// Whether a question is asked.
#[derive(PartialEq, Eq)]
enum Ask {
    Yes,
    No,
}

/// Everything that questions may look at.
pub(crate) struct Facts<'a> {
    target: &'a Target,
    migration: &'a Migration,
    set: &'a MigrationSet,
    settings: &'a CheckSettings,
    seen: Seen,
    inventory: Inventory,
    plan: Plan,
    application: Option<Application>,
}

/// What is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Questions<'a> {
    /// The database.
    pub target: &'a Target,
    /// The migration.
    pub migration: &'a Migration,
    /// All migrations of the project.
    pub set: &'a MigrationSet,
    /// What has been decided already.
    pub settings: &'a CheckSettings,
}

impl Questions<'_> {
    /// Asks every question; takes some seconds, and reads every document of the touched
    /// collections. `emit` gets each answer as it comes.
    ///
    /// # Errors
    /// Refused when there is no primary to ask.
    pub async fn answer_all(self, emit: impl FnMut(&Answer)) -> Result<Checked> {
        let patience = self.settings.patience;
        self.ask(&Pace { patience, depth: Depth::Full, lease: Ask::Yes }, emit).await
    }

    async fn ask(self, pace: &Pace, emit: impl FnMut(&Answer)) -> Result<Checked> {
        let mut told = Told { answers: Vec::new(), emit };
        let Self { target, migration, set, settings } = self;
        told.take(server::target(target));
        let connected = connection::stable(target, pace.patience).await;
        told.take(connected.answer);
        if !connected.lasted {
            return Err(unstable(&told.answers));
        }
        // Refusals about the server come before the documents are read, which can take minutes.
        told.take(server::version(target));
        told.take(server::topology(target));
        let seen = Seen::look(target).await?;
        told.take(server::majority(target, &seen));
        told.take(privileges::enough(target, migration, &seen));
        told.take(clock::difference(target).await?);
        told.take(limits::measurable(target, &seen, &settings.limits));
        let inventory = inventory::take(target, migration, pace.depth).await?;
        let plan = plan(migration, &inventory, &settings.plan);
        let application = runs::application(target, &migration.version).await?;
        let facts = Facts { target, migration, set, settings, seen, inventory, plan, application };
        told.take(backup::proved(&facts)?);
        told.take(disk::free(&facts));
        told.take(oplog::window(&facts));
        told.take(others::running_records(&facts));
        if pace.lease == Ask::Yes {
            told.take(others::lease(target).await?);
        }
        told.take(others::other_tools(target).await?);
        told.take(others::operations(&facts));
        told.take(requirements::required(&facts));
        told.take(requirements::own_record(&facts));
        told.take(collections::present(&facts));
        told.take(validator::agrees(&facts));
        told.take(indexes::in_conflict(&facts));
        if let Some(answer) = duplicates::in_the_way(&facts).await? {
            told.take(answer);
        }
        told.take(fields::types(&facts));
        told.take(sizes::near_limit(&facts).await?);
        told.take(writers::writing(&facts, pace.patience).await?);
        if let Some(approved) = &settings.approved_plan {
            told.take(approval::same_plan(&facts, approved));
        }
        let answers = told.answers;
        let tally = Tally::of(&answers);
        Ok(Checked { answers, tally, inventory: facts.inventory, plan: facts.plan })
    }
}

/// Answers given so far, each passed on as it comes.
struct Told<F> {
    answers: Vec<Answer>,
    emit: F,
}

impl<F: FnMut(&Answer)> Told<F> {
    fn take(&mut self, answer: Answer) {
        debug_assert!(
            self.answers.iter().all(|earlier| earlier.check != answer.check),
            "two answers of one name"
        );
        (self.emit)(&answer);
        self.answers.push(answer);
    }
}

fn unstable(answers: &[Answer]) -> Failure {
    let seen = answers.last().map(|answer| answer.evidence.clone()).unwrap_or_default();
    Failure::refused(format!("failed to check the database over a connection that fails: {seen}"))
        .hint("see the members with rs.status(), and run the same command when there is a primary")
}
