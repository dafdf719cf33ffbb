//! What is kept of a run in `causeway_runs`, step by step with its evidence.

use bson::DateTime;
use serde::{Deserialize, Serialize};

/// A run of the whole plan. Whoever resumes it, reports it or watches after it goes by this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Run id.
    #[serde(rename = "_id")]
    pub id: String,
    /// Its own id: it is no part of an application of the migration.
    pub application: String,
    /// `run`; other documents of the collection are of `up`, `down` and `restore`.
    pub direction: String,
    /// Version of the migration.
    pub version: String,
    /// Title of the migration.
    pub title: String,
    /// SHA-256 of the migration file.
    pub migration_sha256: String,
    /// `running`, `stopped`, `completed`, `failed`.
    pub status: String,
    /// How it ended: the exit code of the command, and its outcome in words. None while it can go on.
    #[serde(default)]
    pub exit_code: Option<i32>,
    /// Command line that began it, without secrets.
    pub command: String,
    /// Who began it.
    pub operator: String,
    /// On which machine.
    pub host: String,
    /// Folder with journal, events and samples, on that machine.
    pub folder: String,
    /// When it began, on the clock of the machine that began it.
    pub started_at: DateTime,
    /// When it ended, or stopped so that it can be resumed.
    #[serde(default)]
    pub ended_at: Option<DateTime>,
    /// The window that people were told.
    #[serde(default)]
    pub window: Option<WindowRecord>,
    /// Whether people are kept from writing meanwhile.
    pub maintenance: bool,
    /// Whether a person wanted it without a backup: asked once, for all of it.
    #[serde(default)]
    pub without_backup: bool,
    /// Folder of the backup made for it.
    #[serde(default)]
    pub backup: Option<String>,
    /// The run of `up` that it began, by its id in the same collection.
    #[serde(default)]
    pub up: Option<String>,
    /// The run of `down`.
    #[serde(default)]
    pub down: Option<String>,
    /// Steps in the order in which they were begun; one that was tried again stands there again.
    #[serde(default)]
    pub steps: Vec<StepRecord>,
    /// Background jobs, as far as it touched them.
    #[serde(default)]
    pub jobs: Vec<JobRecord>,
    /// Addresses to which DELETE is still to be sent: what smoke checks made.
    #[serde(default)]
    pub left_behind: Vec<String>,
    /// What went wrong, where something did.
    #[serde(default)]
    pub failing: Option<Failing>,
    /// What people wrote about it.
    #[serde(default)]
    pub notes: Vec<Note>,
}

impl RunRecord {
    /// Whether it is on its way back, or went back.
    #[must_use]
    pub fn goes_back(&self) -> bool {
        self.failing.as_ref().is_some_and(|failing| failing.rolls_back)
    }
}

/// A window: from when, and for how long at the most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowRecord {
    /// When it begins.
    pub start: DateTime,
    /// Minutes at the most.
    pub minutes: i64,
}

impl WindowRecord {
    /// When it is over.
    #[must_use]
    pub const fn until(&self) -> DateTime {
        let length = self.minutes.saturating_mul(60_000);
        DateTime::from_millis(self.start.timestamp_millis().saturating_add(length))
    }
}

/// One try of one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Which one: `backup`, `up`, `manual:deploy`.
    pub step: String,
    /// What it does, in words.
    pub title: String,
    /// How it stands.
    pub state: StepState,
    /// When it was begun, on the clock of the machine that did it.
    pub began: DateTime,
    /// When it ended.
    #[serde(default)]
    pub ended: Option<DateTime>,
    /// What was seen of it: the evidence, or why it failed or was left out.
    #[serde(default)]
    pub evidence: String,
    /// What a person should look at.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Who did it, or confirmed it.
    pub by: String,
    /// On which machine.
    pub host: String,
}

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Begun; what became of it is not known when its process is gone.
    Open,
    /// Done, with its evidence.
    Done,
    /// Done as far as it could be; a person should look at its warnings.
    Incomplete,
    /// Left out, with the reason.
    Skipped,
    /// It failed, with the reason.
    Failed,
    /// The evidence of the try before does not count any more, with the reason: it is done again.
    Void,
}

/// A background job, as far as the run touched it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRecord {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub state: JobState,
}

/// How a job stands. Written before the command that changes it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Its stop command was about to be given.
    Stopping,
    /// Seen to be stopped.
    Stopped,
    /// Its start command was about to be given.
    Starting,
    /// Its start command ended well.
    Started,
}

/// What went wrong in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// In which step.
    pub step: String,
    /// `migration`, `application`, `infrastructure`, `outage`: whom to call goes by it.
    pub kind: String,
    /// What happened.
    pub message: String,
    /// When.
    pub at: DateTime,
    /// Whether the run goes back because of it.
    pub rolls_back: bool,
}

/// What a person wrote about a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// What kind of note.
    pub kind: NoteKind,
    /// The text.
    pub text: String,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: DateTime,
}

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// Anything.
    Note,
    /// Something learned.
    Lesson,
    /// A change that the runbook needs.
    Runbook,
    /// What users reported.
    Feedback,
}
