//! `causeway.toml`: what a project says of its database, its runs and its people.

use std::fs;
use std::io::ErrorKind;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use causeway_core::runbook::Kind;
use jiff::SignedDuration;
use serde::Deserialize;
use toml::Spanned;

use crate::check::Limits;
use crate::command::arguments::{Limit, LimitArguments};
use crate::failure::{Failure, Result};
use crate::governor::Limits as RunLimits;
use crate::notices::window::Minutes;

mod contacts;
mod maintenance;
mod monitoring;
pub(crate) mod notices;
pub(crate) mod own_steps;
pub(crate) mod run;
pub(crate) mod smoke;

use contacts::{ContactSettings, EscalationSettings};
use maintenance::MaintenanceSettings;
use monitoring::{MetricsSettings, ThresholdSettings, WatchFileSettings};
use notices::{EmailSettings, NoticeSettings, StatusPageSettings, WebhookSettings};
use own_steps::{HookSettings, JobSettings, ManualSettings};
use run::{ReviewSettings, RunSettings, WindowSettings};
use smoke::SmokeSettings;

/// Read when `--config` names no other.
pub(crate) const FILE: &str = "causeway.toml";
/// How long the lease lives without renewal, when nobody says otherwise.
const LEASE_SECONDS: u64 = 30;
/// A shorter life ends in the pauses that every network has.
const LEASE_SECONDS_MIN: u64 = 5;
/// A longer one keeps everybody waiting for a runner that died.
const LEASE_SECONDS_MAX: u64 = 600;

/// How old the proof of a backup may be, when nobody says otherwise.
const BACKUP_SECONDS_MAX: u64 = 2 * 60 * 60;

/// What the file says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    environment: Option<Environment>,
    limits: LimitSettings,
    lease: LeaseSettings,
    backup: BackupSettings,
    maintenance: MaintenanceSettings,
    /// What people are told, and when.
    pub(crate) notices: NoticeSettings,
    /// The mail server and who gets mail.
    pub(crate) email: Option<EmailSettings>,
    /// Where the status page is written.
    pub(crate) status_page: StatusPageSettings,
    /// Programs that are told.
    #[serde(rename = "webhook")]
    pub(crate) webhooks: Vec<WebhookSettings>,
    /// How a run of the whole plan goes.
    pub(crate) run: RunSettings,
    /// When it goes.
    pub(crate) window: WindowSettings,
    /// What writes by itself, and is stopped meanwhile.
    #[serde(rename = "job")]
    pub(crate) jobs: Vec<JobSettings>,
    /// What people do.
    #[serde(rename = "manual")]
    pub(crate) manuals: Vec<ManualSettings>,
    /// Commands of the project's own.
    #[serde(rename = "hook")]
    pub(crate) hooks: Vec<HookSettings>,
    /// How the application is tried.
    #[serde(rename = "smoke")]
    pub(crate) smokes: Vec<SmokeSettings>,
    /// When a run is reviewed.
    pub(crate) review: ReviewSettings,
    contacts: ContactSettings,
    escalation: EscalationSettings,
    metrics: MetricsSettings,
    thresholds: ThresholdSettings,
    watch: WatchFileSettings,
}

/// What the database is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Environment {
    /// Nobody minds.
    Development,
    /// A copy to try things on.
    Staging,
    /// Customers' data: nothing is written without a proven backup.
    Production,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct BackupSettings {
    folder: Option<PathBuf>,
    max_age: Option<Spanned<String>>,
    keep: Option<NonZeroU32>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LimitSettings {
    lag_seconds_max: Option<Limit<f64>>,
    cache_dirty_percent_max: Option<Limit<f64>>,
    queue_max: Option<Limit<u64>>,
    documents_per_second_max: Option<Limit<u64>>,
    batch_documents_max: Option<Limit<u64>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LeaseSettings {
    life_seconds: Option<Spanned<u64>>,
}

impl Config {
    /// Reads the file that was named, or `causeway.toml` where there is one.
    ///
    /// # Errors
    /// Usage when it can't be read, or holds what it may not hold.
    pub(crate) fn read(named: Option<&Path>) -> Result<Self> {
        let path = named.unwrap_or(Path::new(FILE));
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => {
                Ok(Self::default())
            }
            Err(error) => {
                Err(Failure::usage(format!("failed to read the configuration {}", path.display()))
                    .because(error))
            }
        }
    }

    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self> {
        let wrong = |at: usize, message: &str| {
            let line = 1 + text[..at].matches('\n').count();
            Failure::usage(format!("{}:{line}: {}", path.display(), message.replace('\n', "; ")))
        };
        let config: Self = toml::from_str(text)
            .map_err(|error| wrong(error.span().map_or(0, |span| span.start), error.message()))?;
        config.check_notices(text).map_err(|(at, message)| wrong(at, &message))?;
        config.check_run().map_err(|(at, message)| wrong(at, &message))?;
        config.metrics.check().map_err(|(at, message)| wrong(at, &message))?;
        config.thresholds.check().map_err(|(at, message)| wrong(at, &message))?;
        config.check_times().map_err(|(at, message)| wrong(at, &message))?;
        Ok(config)
    }

    fn check_times(&self) -> Result<(), notices::Mistake> {
        if let Some(life) = &self.lease.life_seconds
            && !(LEASE_SECONDS_MIN..=LEASE_SECONDS_MAX).contains(life.get_ref())
        {
            let message = format!("expected {LEASE_SECONDS_MIN} to {LEASE_SECONDS_MAX} seconds");
            return Err((life.span().start, message));
        }
        if let Some(given) = &self.backup.max_age
            && age(given.get_ref()).is_none()
        {
            let message = "expected a time such as \"2h\" or \"90m\"".to_owned();
            return Err((given.span().start, message));
        }
        Ok(())
    }

    fn check_notices(&self, text: &str) -> Result<(), notices::Mistake> {
        self.notices.check(text)?;
        self.email.as_ref().map_or(Ok(()), EmailSettings::check)?;
        self.status_page.check()?;
        WebhookSettings::check(&self.webhooks)
    }

    fn check_run(&self) -> Result<(), notices::Mistake> {
        self.run.check()?;
        self.window.check()?;
        own_steps::check(&self.jobs, &self.manuals, &self.hooks)?;
        SmokeSettings::check(&self.smokes)?;
        self.escalation.check(&self.contacts)
    }

    /// Whom to call when something of this kind fails.
    pub(crate) fn contact(&self, kind: Kind) -> Option<String> {
        self.escalation.contact(kind, &self.contacts)
    }

    /// How long a maintenance takes, where nobody says otherwise.
    pub(crate) fn minutes(&self) -> Minutes {
        self.window.minutes().unwrap_or_else(|| self.notices.minutes())
    }

    /// Whether this is customers' data.
    pub(crate) fn is_production(&self) -> bool {
        self.environment == Some(Environment::Production)
    }

    /// Folder in which backups are made and looked for, where the file names one.
    pub(crate) fn backup_folder(&self) -> Option<PathBuf> {
        self.backup.folder.clone()
    }

    /// How many backups are kept; none where nobody said.
    pub(crate) fn backups_kept(&self) -> Option<NonZeroU32> {
        self.backup.keep
    }

    /// The oldest proof of a backup that `up` goes by; none where it needs none.
    pub(crate) fn backup_max_age(&self) -> Option<Duration> {
        self.is_production().then(|| {
            let given = self.backup.max_age.as_ref().and_then(|given| age(given.get_ref()));
            given.unwrap_or(Duration::from_secs(BACKUP_SECONDS_MAX))
        })
    }

    /// What a maintenance covers, and what people are told.
    pub(crate) const fn maintenance(&self) -> &MaintenanceSettings {
        &self.maintenance
    }

    /// How long the lease lives without renewal.
    pub(crate) fn lease_life(&self) -> Duration {
        let given = self.lease.life_seconds.as_ref().map(|life| *life.get_ref());
        Duration::from_secs(given.unwrap_or(LEASE_SECONDS))
    }

    /// The limits of a run: the command line before the file, the file before what is built in.
    pub(crate) fn limits(&self, given: &LimitArguments) -> RunLimits {
        let file = &self.limits;
        let built_in = Limits::default();
        RunLimits {
            measured: Limits {
                lag_seconds_max: chosen(
                    given.lag_seconds_max.or(file.lag_seconds_max),
                    built_in.lag_seconds_max,
                ),
                cache_dirty_percent_max: chosen(
                    given.cache_dirty_percent_max.or(file.cache_dirty_percent_max),
                    built_in.cache_dirty_percent_max,
                ),
                queue_max: chosen(given.queue_max.or(file.queue_max), built_in.queue_max),
            },
            documents_per_second_max: chosen(
                given.documents_per_second_max.or(file.documents_per_second_max),
                None,
            ),
            batch_documents_max: chosen(file.batch_documents_max, None),
        }
    }
}

/// `2h`, `90m`, `1h 30m`.
fn age(text: &str) -> Option<Duration> {
    let age: SignedDuration = text.parse().ok()?;
    Duration::try_from(age).ok().filter(|age| !age.is_zero())
}

fn chosen<T: Copy>(limit: Option<Limit<T>>, built_in: Option<T>) -> Option<T> {
    limit.map_or(built_in, Limit::value)
}

#[cfg(test)]
mod tests;
