//! `[notices]`, `[email]`, `[status_page]` and `[[webhook]]`: what people are told, and through what.
//!
//! Secrets never stand in the file: it names the environment variables that hold them.

use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny};
use toml::Spanned;

use crate::notices::moment::{Channel, Moment};
use crate::notices::window::Minutes;
use crate::notices::wording::{self, SUBJECT_CHARACTERS_MAX, TEXT_CHARACTERS_MAX, Wording};

mod built_in;
mod places;

pub(crate) use places::{EmailSettings, StatusPageSettings, WebhookSettings, mailbox};
pub(super) use places::{check_variable, parse_url};

/// Longest that a server that does not answer may be tried.
const RETRY_SECONDS_MAX: u64 = 600;

/// `[notices]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NoticeSettings {
    zone: Option<Spanned<String>>,
    minutes: Option<MinutesSetting>,
    retry_seconds_max: Option<Spanned<u64>>,
    before: BeforeSettings,
    during: MomentSettings,
    after: MomentSettings,
    failed: MomentSettings,
    changed: MomentSettings,
    cancelled: MomentSettings,
}

/// `[notices.before]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct BeforeSettings {
    subject: Option<Spanned<String>>,
    text: Option<Spanned<String>>,
    channels: Option<Vec<Channel>>,
    lead_hours: Option<u32>,
}

/// `[notices.during]` and the others.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct MomentSettings {
    subject: Option<Spanned<String>>,
    text: Option<Spanned<String>>,
    channels: Option<Vec<Channel>>,
}

/// A number, or a range as text.
#[derive(Debug, Clone, Copy)]
pub(super) struct MinutesSetting(pub(super) Minutes);

impl<'de> Deserialize<'de> for MinutesSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Given {
            Number(i64),
            Text(String),
            Other(IgnoredAny),
        }
        let text = match Given::deserialize(deserializer)? {
            Given::Number(number) => number.to_string(),
            Given::Text(text) => text,
            Given::Other(_) => String::new(),
        };
        text.parse().map(Self).map_err(de::Error::custom)
    }
}

/// A mistake: where it stands in the file, in bytes, and what it is.
pub(in crate::config) type Mistake = (usize, String);

impl NoticeSettings {
    /// Looks for what serde can't know. `file` is the text that this was read from.
    ///
    /// # Errors
    /// The first mistake.
    pub(super) fn check(&self, file: &str) -> Result<(), Mistake> {
        if let Some(zone) = &self.zone
            && TimeZone::get(zone.get_ref()).is_err()
        {
            let message = format!("there is no time zone `{}`", zone.get_ref());
            return Err((zone.span().start, message));
        }
        if let Some(seconds) = &self.retry_seconds_max
            && !(1..=RETRY_SECONDS_MAX).contains(seconds.get_ref())
        {
            let message = format!("retry_seconds_max must be 1 to {RETRY_SECONDS_MAX}");
            return Err((seconds.span().start, message));
        }
        for moment in Moment::ALL {
            let Written { subject, text, channels: _ } = self.written(moment);
            check_template(file, "subject", subject, SUBJECT_CHARACTERS_MAX)?;
            check_template(file, "text", text, TEXT_CHARACTERS_MAX)?;
        }
        Ok(())
    }

    /// What people are told at a moment: what the file says before what is built in.
    pub(crate) fn wording(&self, moment: Moment) -> Wording {
        let built_in = built_in::wording(moment);
        let Written { subject, text, channels } = self.written(moment);
        let chosen = |written: Option<&Spanned<String>>, built_in| {
            written.map_or(built_in, |text| text.get_ref().trim_matches('\n').to_owned())
        };
        let mut channels = channels.map_or(built_in.channels, <[Channel]>::to_vec);
        channels.sort_unstable();
        channels.dedup();
        Wording {
            subject: chosen(subject, built_in.subject),
            text: chosen(text, built_in.text),
            channels,
        }
    }

    /// How long before a maintenance people are told of it.
    pub(crate) fn lead(&self) -> Duration {
        let hours = self.before.lead_hours.unwrap_or(built_in::LEAD_HOURS);
        Duration::from_secs(u64::from(hours) * 3600)
    }

    /// How long a maintenance takes, where nobody says otherwise.
    pub(crate) fn minutes(&self) -> Minutes {
        match &self.minutes {
            Some(MinutesSetting(minutes)) => *minutes,
            None => built_in::MINUTES.parse().unwrap_or(Minutes { least: 30, most: 30 }),
        }
    }

    /// How long a server that does not answer is tried.
    pub(crate) fn patience(&self) -> Duration {
        let written = self.retry_seconds_max.as_ref().map(|seconds| *seconds.get_ref());
        Duration::from_secs(written.unwrap_or(built_in::RETRY_SECONDS))
    }

    /// The zone in which people are told times: the one written, else this machine's.
    pub(crate) fn zone(&self) -> TimeZone {
        let written = self.zone.as_ref().and_then(|zone| TimeZone::get(zone.get_ref()).ok());
        let zone = written.unwrap_or_else(TimeZone::system);
        // A window is stored with the name of its zone: one without a name is no good to anybody.
        if zone.iana_name().is_some() { zone } else { TimeZone::UTC }
    }

    fn written(&self, moment: Moment) -> Written<'_> {
        let settings = match moment {
            Moment::Before => {
                let BeforeSettings { subject, text, channels, lead_hours: _ } = &self.before;
                let channels = channels.as_deref();
                return Written { subject: subject.as_ref(), text: text.as_ref(), channels };
            }
            Moment::During => &self.during,
            Moment::After => &self.after,
            Moment::Failed => &self.failed,
            Moment::Changed => &self.changed,
            Moment::Cancelled => &self.cancelled,
        };
        let MomentSettings { subject, text, channels } = settings;
        let channels = channels.as_deref();
        Written { subject: subject.as_ref(), text: text.as_ref(), channels }
    }
}

/// What the file says of a moment.
struct Written<'a> {
    subject: Option<&'a Spanned<String>>,
    text: Option<&'a Spanned<String>>,
    channels: Option<&'a [Channel]>,
}

fn check_template(
    file: &str,
    key: &str,
    written: Option<&Spanned<String>>,
    characters_max: usize,
) -> Result<(), Mistake> {
    let Some(written) = written else { return Ok(()) };
    let (start, text) = (written.span().start, written.get_ref());
    if text.trim().is_empty() {
        return Err((start, format!("the {key} is empty")));
    }
    if text.chars().count() > characters_max {
        return Err((start, format!("the {key} is longer than {characters_max} characters")));
    }
    wording::check(text).map_err(|(at, message)| {
        // The value as it is written has quotes and escapes: its own lines are looked through.
        let raw = file.get(written.span()).unwrap_or_default();
        let inside = wording::check(raw).err().map_or(at, |(at, _)| at);
        (start + inside, message)
    })
}
