//! The steps of a run, forwards and back, and what each is for.

use std::fmt;

use super::escalation::Kind;

/// A step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// People are told of the maintenance that is to come.
    Announce,
    /// The pre-migration checklist.
    Check,
    /// A backup of the whole database.
    Backup,
    /// Every byte of it is read again.
    VerifyBackup,
    /// It is restored and compared.
    Prove,
    /// The migration is tried on a copy.
    Rehearse,
    /// Until the window begins, nothing of what people notice is done.
    AwaitWindow,
    /// The application, and with a fence the database, refuse writes.
    BeginMaintenance,
    /// People are told that it has begun.
    TellBegin,
    /// Background jobs are stopped.
    StopJobs,
    /// Nobody writes any more.
    Quiet,
    /// The migration is applied.
    Up,
    /// Every document is compared with what it was before.
    Verify,
    /// The database lets writers in again.
    LiftFence,
    /// The application is tried.
    Smoke,
    /// Background jobs are started again.
    StartJobs,
    /// The application lets people write again.
    EndMaintenance,
    /// People are told that it is over.
    TellEnd,
    /// Server and application are compared with what they were before.
    Watch,
    /// A person does something, and confirms it.
    Manual(String),
    /// A command of the project's own.
    Hook(String),
    /// A step of the way back.
    Back(Back),
}

/// A step of the way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Back {
    /// Maintenance is on, if it is not.
    BeginMaintenance,
    /// Background jobs that were started again are stopped once more.
    StopJobs,
    /// The migration is rolled back.
    Down,
    /// Every document is compared with what it was before.
    Verify,
    /// The backup is put in the place of what is there.
    Restore,
    /// The database lets writers in again.
    LiftFence,
    /// Background jobs are started again.
    StartJobs,
    /// The application lets people write again.
    EndMaintenance,
    /// People are told that it failed.
    Tell,
}

impl Back {
    /// Every one, in order.
    pub const ALL: [Self; 9] = [
        Self::BeginMaintenance,
        Self::StopJobs,
        Self::Down,
        Self::Verify,
        Self::Restore,
        Self::LiftFence,
        Self::StartJobs,
        Self::EndMaintenance,
        Self::Tell,
    ];
}

impl Step {
    /// Those that every project has, in their order.
    pub const USUAL: [Self; 19] = [
        Self::Announce,
        Self::Check,
        Self::Backup,
        Self::VerifyBackup,
        Self::Prove,
        Self::Rehearse,
        Self::AwaitWindow,
        Self::BeginMaintenance,
        Self::TellBegin,
        Self::StopJobs,
        Self::Quiet,
        Self::Up,
        Self::Verify,
        Self::LiftFence,
        Self::Smoke,
        Self::StartJobs,
        Self::EndMaintenance,
        Self::TellEnd,
        Self::Watch,
    ];

    /// As it is written on the command line, in files and in the database.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Announce => "announce".to_owned(),
            Self::Check => "check".to_owned(),
            Self::Backup => "backup".to_owned(),
            Self::VerifyBackup => "verify-backup".to_owned(),
            Self::Prove => "prove".to_owned(),
            Self::Rehearse => "rehearse".to_owned(),
            Self::AwaitWindow => "window".to_owned(),
            Self::BeginMaintenance => "maintenance".to_owned(),
            Self::TellBegin => "tell-begin".to_owned(),
            Self::StopJobs => "stop-jobs".to_owned(),
            Self::Quiet => "quiet".to_owned(),
            Self::Up => "up".to_owned(),
            Self::Verify => "verify".to_owned(),
            Self::LiftFence => "lift-fence".to_owned(),
            Self::Smoke => "smoke".to_owned(),
            Self::StartJobs => "start-jobs".to_owned(),
            Self::EndMaintenance => "end-maintenance".to_owned(),
            Self::TellEnd => "tell-end".to_owned(),
            Self::Watch => "watch".to_owned(),
            Self::Manual(name) => format!("manual:{name}"),
            Self::Hook(name) => format!("hook:{name}"),
            Self::Back(back) => format!("back:{}", back.word()),
        }
    }

    /// What it does, as a person says it.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::Announce => "announce the maintenance".to_owned(),
            Self::Check => "ask every question of the checklist".to_owned(),
            Self::Backup => "back the database up".to_owned(),
            Self::VerifyBackup => "read every byte of the backup again".to_owned(),
            Self::Prove => "restore the backup beside, and compare".to_owned(),
            Self::Rehearse => "try the migration on a copy".to_owned(),
            Self::AwaitWindow => "wait for the window".to_owned(),
            Self::BeginMaintenance => "switch maintenance on".to_owned(),
            Self::TellBegin => "tell people that it has begun".to_owned(),
            Self::StopJobs => "stop background jobs".to_owned(),
            Self::Quiet => "wait until nobody writes".to_owned(),
            Self::Up => "apply the migration".to_owned(),
            Self::Verify => "compare every document with what it was".to_owned(),
            Self::LiftFence => "lift the fence".to_owned(),
            Self::Smoke => "try the application".to_owned(),
            Self::StartJobs => "start background jobs".to_owned(),
            Self::EndMaintenance => "switch maintenance off".to_owned(),
            Self::TellEnd => "tell people that it is over".to_owned(),
            Self::Watch => "watch server and application".to_owned(),
            Self::Manual(name) => format!("by hand: {name}"),
            Self::Hook(name) => format!("hook: {name}"),
            Self::Back(back) => back.title().to_owned(),
        }
    }

    /// What is in trouble when it fails: whom to call goes by it.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Check | Self::Rehearse | Self::Up | Self::Verify => Kind::Migration,
            Self::Announce
            | Self::TellBegin
            | Self::TellEnd
            | Self::StopJobs
            | Self::Quiet
            | Self::Smoke
            | Self::StartJobs
            | Self::Watch
            | Self::Manual(_)
            | Self::Hook(_) => Kind::Application,
            Self::Backup | Self::VerifyBackup | Self::Prove | Self::AwaitWindow => {
                Kind::Infrastructure
            }
            // People can't write, or would write into what is half done.
            Self::BeginMaintenance | Self::LiftFence | Self::EndMaintenance | Self::Back(_) => {
                Kind::Outage
            }
        }
    }

    /// Whether a run may do without it, when a person says why.
    #[must_use]
    pub const fn may_be_skipped(&self) -> bool {
        match self {
            Self::Announce
            | Self::Backup
            | Self::VerifyBackup
            | Self::Prove
            | Self::Rehearse
            | Self::AwaitWindow
            | Self::TellBegin
            | Self::StopJobs
            | Self::Quiet
            | Self::Smoke
            | Self::TellEnd
            | Self::Watch
            | Self::Manual(_)
            | Self::Hook(_) => true,
            Self::Check
            | Self::BeginMaintenance
            | Self::Up
            | Self::Verify
            | Self::LiftFence
            | Self::StartJobs
            | Self::EndMaintenance
            | Self::Back(_) => false,
        }
    }
}

impl Back {
    const fn word(self) -> &'static str {
        match self {
            Self::BeginMaintenance => "maintenance",
            Self::StopJobs => "stop-jobs",
            Self::Down => "down",
            Self::Verify => "verify",
            Self::Restore => "restore",
            Self::LiftFence => "lift-fence",
            Self::StartJobs => "start-jobs",
            Self::EndMaintenance => "end-maintenance",
            Self::Tell => "tell",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::BeginMaintenance => "switch maintenance on",
            Self::StopJobs => "stop background jobs",
            Self::Down => "roll the migration back",
            Self::Verify => "compare every document with what it was",
            Self::Restore => "put the backup in the place of what is there",
            Self::LiftFence => "lift the fence",
            Self::StartJobs => "start background jobs",
            Self::EndMaintenance => "switch maintenance off",
            Self::Tell => "tell people that it failed",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id())
    }
}
