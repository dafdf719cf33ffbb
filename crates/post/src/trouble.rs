//! Why a message was not taken, and what that says of another attempt.

/// Why an attempt did not succeed, in the receiver's words.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// What it says of the next attempt.
    pub kind: Kind,
    /// What the receiver or the network said.
    pub words: String,
}

/// What an attempt that did not succeed says of the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nobody answers there: nor will it for the next recipient.
    Away,
    /// It does not let us in: nor will it for the next recipient, however often it is tried.
    Shut,
    /// It may go another time.
    Transient,
    /// It will not go another time either.
    Permanent,
    /// It may have gone this time.
    Unclear,
}

impl Trouble {
    /// Of this kind, in these words.
    pub fn new(kind: Kind, words: impl Into<String>) -> Self {
        Self { kind, words: words.into() }
    }
}
