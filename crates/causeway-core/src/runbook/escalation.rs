//! What kind of trouble there is: whom to call goes by it.

use std::fmt;

/// A kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The migration does not do what it should.
    Migration,
    /// The application does not work, or can't be steered.
    Application,
    /// A server, a disk, a network.
    Infrastructure,
    /// People can't work, and the tool can't mend it.
    Outage,
}

impl Kind {
    /// Every kind, in the order of the escalation path.
    pub const ALL: [Self; 4] =
        [Self::Migration, Self::Application, Self::Infrastructure, Self::Outage];

    /// As it is written in files and in the database.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Migration => "migration",
            Self::Application => "application",
            Self::Infrastructure => "infrastructure",
            Self::Outage => "outage",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
