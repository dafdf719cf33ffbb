//! `[run]`, `[window]` and `[review]`: how a run of the whole plan goes, and when.

use std::time::Duration;

use jiff::civil::Time;
use serde::Deserialize;
use toml::Spanned;

use super::age;
use super::notices::{MinutesSetting, Mistake};
use crate::notices::window::Minutes;

/// How old a rehearsal may be, where nobody says otherwise.
const REHEARSAL_AGE_MAX: Duration = Duration::from_hours(24);
/// How long nobody may have written before `up` begins.
const QUIET_SECONDS: u32 = 2;
/// How long that is waited for.
const QUIET_SECONDS_MAX: u32 = 60;
/// How long server and application are looked at before anything is changed.
const BASELINE_SECONDS: u32 = 30;
/// Days after which a run is reviewed.
const REVIEW_DAYS: u32 = 7;
const SECONDS_MAX: u32 = 3600;

/// `[run]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RunSettings {
    on_failure: Option<OnFailure>,
    maintenance: Option<WithMaintenance>,
    rehearsal_max_age: Option<Spanned<String>>,
    quiet_seconds: Option<Spanned<u32>>,
    quiet_seconds_max: Option<Spanned<u32>>,
    baseline_seconds: Option<Spanned<u32>>,
    smoke_token_env: Option<Spanned<String>>,
}

/// What a failure after the first write leads to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OnFailure {
    /// A person is asked; where nobody is there, it stays as it is.
    #[default]
    Ask,
    /// It is rolled back.
    RollBack,
    /// It stays as it is, and says what can be done.
    Stop,
}

/// Whether people are kept from writing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WithMaintenance {
    /// They are, from before `up` until the application was tried.
    #[default]
    On,
    /// A migration that only adds needs no stop.
    None,
}

/// `[window]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct WindowSettings {
    start: Option<Spanned<String>>,
    minutes: Option<MinutesSetting>,
    low_traffic: Option<Spanned<String>>,
    outside: Option<Outside>,
}

/// What a run outside of the window, or of the hours of low traffic, leads to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outside {
    /// A word.
    #[default]
    Warn,
    /// Nothing is begun.
    Refuse,
}

/// `[review]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReviewSettings {
    days: Option<u32>,
}

impl RunSettings {
    pub(super) fn check(&self) -> Result<(), Mistake> {
        if let Some(given) = &self.rehearsal_max_age
            && age(given.get_ref()).is_none()
        {
            let message = "expected a time such as \"24h\" or \"90m\"".to_owned();
            return Err((given.span().start, message));
        }
        for seconds in [&self.quiet_seconds, &self.quiet_seconds_max, &self.baseline_seconds] {
            if let Some(given) = seconds
                && *given.get_ref() > SECONDS_MAX
            {
                return Err((
                    given.span().start,
                    format!("expected at most {SECONDS_MAX} seconds"),
                ));
            }
        }
        self.smoke_token_env
            .as_ref()
            .map_or(Ok(()), |variable| super::notices::check_variable("smoke_token_env", variable))
    }

    pub(crate) fn on_failure(&self) -> OnFailure {
        self.on_failure.unwrap_or_default()
    }

    pub(crate) fn maintenance(&self) -> WithMaintenance {
        self.maintenance.unwrap_or_default()
    }

    /// How old a rehearsal may be that a run goes by.
    pub(crate) fn rehearsal_max_age(&self) -> Duration {
        let given = self.rehearsal_max_age.as_ref().and_then(|text| age(text.get_ref()));
        given.unwrap_or(REHEARSAL_AGE_MAX)
    }

    /// How long nobody may have written.
    pub(crate) fn quiet(&self) -> Duration {
        seconds(self.quiet_seconds.as_ref(), QUIET_SECONDS)
    }

    /// How long that is waited for.
    pub(crate) fn quiet_max(&self) -> Duration {
        seconds(self.quiet_seconds_max.as_ref(), QUIET_SECONDS_MAX)
    }

    /// How long server and application are looked at before anything is changed.
    pub(crate) fn baseline(&self) -> Duration {
        seconds(self.baseline_seconds.as_ref(), BASELINE_SECONDS)
    }

    /// The variable that holds the token with which smoke checks pass the application's maintenance.
    pub(crate) fn smoke_token_env(&self) -> Option<&str> {
        self.smoke_token_env.as_ref().map(|variable| variable.get_ref().as_str())
    }
}

fn seconds(given: Option<&Spanned<u32>>, built_in: u32) -> Duration {
    Duration::from_secs(given.map_or(built_in, |given| *given.get_ref()).into())
}

impl WindowSettings {
    pub(super) fn check(&self) -> Result<(), Mistake> {
        if let Some(start) = &self.start
            && time_of_day(start.get_ref()).is_none()
        {
            return Err((
                start.span().start,
                "expected a time of day such as \"02:00\"".to_owned(),
            ));
        }
        if let Some(hours) = &self.low_traffic
            && hours_of(hours.get_ref()).is_none()
        {
            let message = "expected hours such as \"02:00-04:00\"".to_owned();
            return Err((hours.span().start, message));
        }
        Ok(())
    }

    /// The time of day at which a window begins.
    pub(crate) fn start(&self) -> Option<Time> {
        self.start.as_ref().and_then(|text| time_of_day(text.get_ref()))
    }

    /// How long it is.
    pub(super) fn minutes(&self) -> Option<Minutes> {
        self.minutes.map(|given| given.0)
    }

    /// The hours in which few people are disturbed.
    pub(crate) fn low_traffic(&self) -> Option<(Time, Time)> {
        self.low_traffic.as_ref().and_then(|text| hours_of(text.get_ref()))
    }

    pub(crate) fn outside(&self) -> Outside {
        self.outside.unwrap_or_default()
    }
}

impl ReviewSettings {
    /// Days after its end at which a run is reviewed.
    pub(crate) fn days(&self) -> u32 {
        self.days.unwrap_or(REVIEW_DAYS)
    }
}

fn time_of_day(text: &str) -> Option<Time> {
    Time::strptime("%H:%M", text.trim()).ok()
}

fn hours_of(text: &str) -> Option<(Time, Time)> {
    let (from, to) = text.split_once('-')?;
    Some((time_of_day(from)?, time_of_day(to)?))
}
