//! The life of a quote: who may go where, and what an edit does to status and version.

use std::fmt;

use serde::{Serialize, Serializer};

/// Where a quote stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Status {
    /// Being written.
    #[default]
    Draft,
    /// Sent as it stands.
    Sent,
    /// Edited since it was sent.
    Updated,
    /// The customer said yes; locked.
    Accepted,
    /// Booked; locked.
    Booked,
    /// A word that only other programs know. It can be edited and sent.
    Other(String),
}

/// What happens to a quote's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Its contents are edited.
    Edit,
    /// It is sent.
    Send,
    /// The customer accepted it.
    Accept,
    /// It is booked.
    Book,
    /// A new version of a locked quote is started.
    StartVersion,
}

/// Why a step can't be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It was accepted or booked.
    #[error(
        "the quote is locked because it was accepted or booked; start a new version to change it"
    )]
    Locked,
    /// Only what is locked needs a new version to be changed.
    #[error("the quote is not locked; edit it as it is")]
    NotLocked,
    /// Only what the customer has seen can be accepted.
    #[error("the quote was not sent as it stands; send it first")]
    NotSent,
    /// Only what was accepted can be booked.
    #[error("the quote was not accepted; accept it first")]
    NotAccepted,
}

impl Refused {
    /// A word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Locked => "locked",
            Self::NotLocked => "not_locked",
            Self::NotSent => "not_sent",
            Self::NotAccepted => "not_accepted",
        }
    }
}

impl Status {
    /// The one of this word.
    pub fn parse(word: &str) -> Self {
        match word {
            "draft" => Self::Draft,
            "sent" => Self::Sent,
            "updated" => Self::Updated,
            "accepted" => Self::Accepted,
            "booked" => Self::Booked,
            other => Self::Other(other.to_owned()),
        }
    }

    /// As stored.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Draft => "draft",
            Self::Sent => "sent",
            Self::Updated => "updated",
            Self::Accepted => "accepted",
            Self::Booked => "booked",
            Self::Other(word) => word,
        }
    }

    /// Accepted and booked quotes don't change.
    pub fn is_locked(&self) -> bool {
        matches!(self, Self::Accepted | Self::Booked)
    }
}

/// Where `step` leads from `status` and `version`: the whole life of a quote.
///
/// Sending again what is sent already is allowed: mails get lost. Accepting what is accepted and
/// booking what is booked changes nothing.
///
/// # Errors
/// When the step can't be taken from there.
pub fn next(status: &Status, version: u32, step: Step) -> Result<(Status, u32), Refused> {
    use Status::{Accepted, Booked, Draft, Other, Sent, Updated};
    let raised = version.saturating_add(1);
    Ok(match (step, status) {
        (Step::Edit, Sent) => (Updated, raised),
        (Step::Edit, Draft | Updated | Other(_)) => (status.clone(), version),
        (Step::Edit | Step::Send, Accepted | Booked) => return Err(Refused::Locked),
        (Step::Send, Draft | Sent | Updated | Other(_)) => (Sent, version),
        (Step::Accept, Sent | Accepted) => (Accepted, version),
        (Step::Accept, Booked) => return Err(Refused::Locked),
        (Step::Accept, Draft | Updated | Other(_)) => return Err(Refused::NotSent),
        (Step::Book, Accepted | Booked) => (Booked, version),
        (Step::Book, Draft | Sent | Updated | Other(_)) => return Err(Refused::NotAccepted),
        (Step::StartVersion, Accepted | Booked) => (Updated, raised),
        (Step::StartVersion, Draft | Sent | Updated | Other(_)) => return Err(Refused::NotLocked),
    })
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
