//! `causeway.toml`: what a project says of its database, its runs and its people.

use std::fs;
use std::io::ErrorKind;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

use crate::check::Limits;
use crate::command::arguments::{Limit, LimitArguments};
use crate::failure::{Failure, Result};
use crate::governor::Limits as RunLimits;

mod maintenance;

use maintenance::MaintenanceSettings;
mod monitoring;
pub(crate) mod notices;

use monitoring::{MetricsSettings, ThresholdSettings, WatchFileSettings};

use notices::{EmailSettings, NoticeSettings, StatusPageSettings, WebhookSettings};

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
    max_age: Option<String>,
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
    life_seconds: Option<u64>,
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
        config.metrics.check().map_err(|(at, message)| wrong(at, &message))?;
        config.thresholds.check().map_err(|(at, message)| wrong(at, &message))?;
        let life = config.lease.life_seconds.unwrap_or(LEASE_SECONDS);
        if !(LEASE_SECONDS_MIN..=LEASE_SECONDS_MAX).contains(&life) {
            return Err(Failure::usage(format!(
                "{}: lease.life_seconds is {life}, and must be {LEASE_SECONDS_MIN} to {LEASE_SECONDS_MAX}",
                path.display()
            )));
        }
        if let Some(given) = config.backup.max_age.as_deref().filter(|it| age(it).is_none()) {
            return Err(Failure::usage(format!(
                "{}: backup.max_age is \"{given}\", and must be a time such as \"2h\" or \"90m\"",
                path.display()
            )));
        }
        Ok(config)
    }

    fn check_notices(&self, text: &str) -> Result<(), notices::Mistake> {
        self.notices.check(text)?;
        self.email.as_ref().map_or(Ok(()), EmailSettings::check)?;
        self.status_page.check()?;
        WebhookSettings::check(&self.webhooks)
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
        let production = self.environment == Some(Environment::Production);
        production.then(|| {
            let given = self.backup.max_age.as_deref().and_then(age);
            given.unwrap_or(Duration::from_secs(BACKUP_SECONDS_MAX))
        })
    }

    /// What a maintenance covers, and what people are told.
    pub(crate) const fn maintenance(&self) -> &MaintenanceSettings {
        &self.maintenance
    }

    /// How long the lease lives without renewal.
    pub(crate) fn lease_life(&self) -> Duration {
        Duration::from_secs(self.lease.life_seconds.unwrap_or(LEASE_SECONDS))
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
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::Config;
    use crate::command::arguments::{Length, Limit, LimitArguments};
    use crate::monitor::{Then, Threshold, Thresholds};
    use crate::notices::Moment;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(Path::new("causeway.toml"), text).map_err(|failure| failure.message)
    }

    #[test]
    fn the_command_line_goes_before_the_file() {
        let text = "[limits]\nlag_seconds_max = 2\nqueue_max = \"off\"\n";
        let config = parse(text).unwrap();
        let given =
            LimitArguments { lag_seconds_max: Some(Limit::At(7.0)), ..LimitArguments::default() };
        let limits = config.limits(&given);
        assert_eq!(limits.measured.lag_seconds_max, Some(7.0));
        assert_eq!(limits.measured.queue_max, None);
        let without = config.limits(&LimitArguments::default());
        assert_eq!(without.measured.lag_seconds_max, Some(2.0));
    }

    #[test]
    fn only_production_asks_for_a_proof() {
        let minutes = |text: &str| {
            let max = parse(text).unwrap().backup_max_age();
            max.map(|age| age.as_secs() / 60)
        };
        assert_eq!(minutes("environment = \"production\"\n"), Some(120));
        let given = "environment = \"production\"\n[backup]\nmax_age = \"1h 30m\"\n";
        assert_eq!(minutes(given), Some(90));
        assert_eq!(minutes("environment = \"staging\"\n"), None);
        assert_eq!(minutes(""), None);
    }

    #[test]
    fn what_init_writes_as_built_in_is_built_in() {
        let written = include_str!("command/init/causeway.toml");
        let written = written.replace("#: ", "").replace("#:\n", "\n");
        let (config, built_in) = (parse(&written).unwrap(), Config::default());
        let given = LimitArguments::default();
        assert_eq!(config.limits(&given), built_in.limits(&given));
        assert_eq!(config.lease_life(), built_in.lease_life());
        let (told, ours) = (config.maintenance(), built_in.maintenance());
        assert_eq!(told.message(), ours.message());
        assert_eq!(told.minutes(), ours.minutes());
        assert_eq!(told.fence(), ours.fence());
        assert_eq!(told.scope(), ours.scope());
        for moment in Moment::ALL {
            let subject = format!("subject = \"{}\"", built_in.notices.wording(moment).subject);
            assert!(written.contains(&subject), "{subject} does not stand there");
            assert_eq!(config.notices.wording(moment), built_in.notices.wording(moment));
        }
        assert_eq!(config.notices.lead(), built_in.notices.lead());
        assert_eq!(config.notices.minutes(), built_in.notices.minutes());
        assert_eq!(config.notices.patience(), built_in.notices.patience());
        assert_eq!(config.status_page.title(), built_in.status_page.title());
        assert_eq!(config.monitor(), built_in.monitor());
        assert_eq!(config.metrics.selectors(), built_in.metrics.selectors());
        assert_eq!(config.watch(None, None), built_in.watch(None, None));
        assert_eq!(config.watch_in_run(), built_in.watch_in_run());
    }

    #[test]
    fn thresholds_are_tables_or_off() {
        let text = "[thresholds]\nlag_seconds = \"off\"\n\
            p99_milliseconds = { max = 500, then = \"warn\", for_seconds = 30 }\n";
        let thresholds = parse(text).unwrap().monitor().thresholds;
        assert_eq!(thresholds.lag_seconds, None);
        let p99 = Threshold { limit: 500.0, then: Then::Warn, for_seconds: 30.0 };
        assert_eq!(thresholds.p99_milliseconds, Some(p99));
        assert_eq!(thresholds.run_minutes, Thresholds::default().run_minutes);
    }

    #[test]
    fn the_watch_of_a_run_may_be_left_out() {
        let minutes = |text: &str| parse(text).unwrap().watch_in_run().map(|it| it.as_secs() / 60);
        assert_eq!(minutes(""), Some(10));
        assert_eq!(minutes("[watch]\nin_run = \"0s\"\n"), None);
        let config = parse("[watch]\nfor = \"2h\"\nevery = \"1m\"\n").unwrap();
        let watch = config.watch(None, Some(Length(Duration::from_secs(5))));
        assert_eq!((watch.length.as_secs(), watch.every.as_secs()), (7_200, 5));
    }

    #[test]
    fn what_may_not_stand_there_is_named_with_its_line() {
        let wrong = [
            ("[limits]\nlag = 3\n", "causeway.toml:2: unknown field `lag`"),
            ("\n[limit]\nqueue_max = 3\n", "causeway.toml:2: unknown field `limit`"),
            ("[limits]\n\nqueue_max = -3\n", "causeway.toml:3: expected a whole number above 0"),
            ("[limits]\nqueue_max = \"3\"\n", "causeway.toml:2: expected a whole number above 0"),
            ("[lease]\nlife_seconds = 1\n", "causeway.toml: lease.life_seconds is 1"),
            ("[lease\n", "causeway.toml:1: "),
            ("environment = \"live\"\n", "causeway.toml:1: unknown variant `live`"),
            ("[backup]\nmax_age = \"soon\"\n", "causeway.toml: backup.max_age is \"soon\""),
            ("[backup]\nkeep = 0\n", "causeway.toml:2: "),
            ("[maintenance]\nfence = 1\n", "causeway.toml:2: "),
            ("[maintenance]\nminutes = -5\n", "causeway.toml:2: "),
            ("[notices]\nzone = \"Moon\"\n", "causeway.toml:2: there is no time zone `Moon`"),
            ("[notices]\nminutes = 0\n", "causeway.toml:2: expected minutes such as 30"),
            ("[notices.before]\nlead = 3\n", "causeway.toml:2: unknown field `lead`"),
            ("[notices.during]\nlead_hours = 3\n", "causeway.toml:2: unknown field `lead_hours`"),
            ("[notices.after]\nchannels = [\"sms\"]\n", "causeway.toml:2: unknown variant `sms`"),
            ("[notices.after]\nsubject = \"\"\n", "causeway.toml:2: the subject is empty"),
            (
                "[notices.after]\ntext = \"\"\"\none\ntwo {when}\n\"\"\"\n",
                "causeway.toml:4: unknown placeholder `when`, expected one of {date}",
            ),
            ("[email]\nsmtp = \"smtp://a\"\n", "causeway.toml:1: missing field `from`"),
            (
                "[email]\nsmtp = \"smtp://a\"\nfrom = \"a@b.c\"\npassword = \"s3cr3t\"\n",
                "causeway.toml:4: a password does not belong in this file",
            ),
            (
                "[email]\nfrom = \"a@b.c\"\nsmtp = \"smtp://ann:s3cr3t@a\"\n",
                "causeway.toml:3: the address holds a user or a password",
            ),
            (
                "[email]\nsmtp = \"http://a\"\nfrom = \"a@b.c\"\n",
                "causeway.toml:2: expected an address that begins smtp:// or smtps://",
            ),
            (
                "[email]\nsmtp = \"smtp://a\"\nfrom = \"a@b.c\"\nto = [\n  \"a@b.c\",\n  \"ann\",\n]\n",
                "causeway.toml:6: `ann` is no e-mail address",
            ),
            (
                "[email]\nsmtp = \"smtp://a\"\nfrom = \"a@b.c\"\nusername = \"a\"\npassword_env = \"s3cr3t!\"\n",
                "causeway.toml:5: password_env is the name of an environment variable",
            ),
            (
                "[[webhook]]\nurl = \"https://a/\"\nsecret_env = \"S\"\nsecret = \"s3cr3t\"\n",
                "causeway.toml:4: a secret does not belong in this file",
            ),
            ("[status_page]\nurl = \"status\"\n", "causeway.toml:2: expected an address"),
            ("[metrics]\nurl = \"app\"\n", "causeway.toml:2: expected an address"),
            (
                "[metrics]\n\nurl = \"http://ann:s3cr3t@app/metrics\"\n",
                "causeway.toml:3: the address holds a user or a password",
            ),
            (
                "[metrics]\nerrors = \"a{b=~\\\"c\\\"}\"\n",
                "causeway.toml:2: expected a metric's name",
            ),
            ("[metrics]\nrequest = \"a\"\n", "causeway.toml:2: unknown field `request`"),
            ("[thresholds]\nlag = \"off\"\n", "causeway.toml:2: unknown field `lag`"),
            ("[thresholds]\nlag_seconds = 3\n", "causeway.toml:2: "),
            ("[thresholds]\nlag_seconds = \"no\"\n", "causeway.toml:2: expected a table such as"),
            ("[thresholds]\nlag_seconds = { max = 3 }\n", "causeway.toml:2: missing field `then`"),
            (
                "[thresholds]\nlag_seconds = { max = 3, then = \"stop\" }\n",
                "causeway.toml:2: unknown variant `stop`",
            ),
            (
                "[thresholds]\ndisk_free_gigabytes = { max = 3, then = \"warn\" }\n",
                "causeway.toml:2: unknown field `max`",
            ),
            (
                "[thresholds.lag_seconds]\nmax = -1\nthen = \"warn\"\n",
                "causeway.toml:2: expected a number above 0",
            ),
            (
                "[thresholds.run_minutes]\nmax = 1\nthen = \"pause\"\n",
                "causeway.toml:3: expected warn or roll_back",
            ),
            ("[watch]\nfor = \"soon\"\n", "causeway.toml:2: expected a time such as"),
            ("[watch]\nfor = 24\n", "causeway.toml:2: "),
        ];
        for (text, expected) in wrong {
            let message = parse(text).unwrap_err();
            assert!(message.starts_with(expected), "{text:?}: {message}");
            assert!(!message.contains("s3cr3t"), "{message}");
        }
    }
}
