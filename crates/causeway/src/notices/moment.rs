//! When in the life of a maintenance people are told something, and through what.

use std::fmt;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// What a notice is about.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum Moment {
    /// It is scheduled
    Before,
    /// It is in progress
    During,
    /// It is complete
    After,
    /// It failed, or was rolled back
    Failed,
    /// It was moved to another time
    Changed,
    /// It will not take place
    Cancelled,
}

impl Moment {
    /// Every moment, for tests and documentation.
    pub const ALL: [Self; 6] =
        [Self::Before, Self::During, Self::After, Self::Failed, Self::Changed, Self::Cancelled];

    /// As it is written in files, on the command line and in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::During => "during",
            Self::After => "after",
            Self::Failed => "failed",
            Self::Changed => "changed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether a maintenance is over with it.
    #[must_use]
    pub const fn ends(self) -> bool {
        match self {
            Self::After | Self::Failed | Self::Cancelled => true,
            Self::Before | Self::During | Self::Changed => false,
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A way on which notices reach people.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ValueEnum,
)]
#[serde(rename_all = "snake_case")]
#[value(rename_all = "snake_case")]
pub enum Channel {
    /// A document that the application shows
    InApp,
    /// A folder that a web server serves, and a document of the same content
    StatusPage,
    /// A message to each recipient
    Email,
    /// A signed request to each address
    Webhook,
}

impl Channel {
    /// As it is written in files, on the command line and in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::InApp => "in_app",
            Self::StatusPage => "status_page",
            Self::Email => "email",
            Self::Webhook => "webhook",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
