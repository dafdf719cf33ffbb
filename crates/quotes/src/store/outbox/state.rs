//! How far a mail is.

/// How far a mail is. `nextAttemptAt` says when a server looks at it again: to send it, to give up on
/// the server that had it, or to tell its quote how it ended. Without it nobody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits for its time.
    Queued,
    /// A server tries; nothing of the text is out.
    Sending,
    /// The text goes out; whether it arrived is not known yet.
    HandedOver,
    /// The mail server has it.
    Sent,
    /// The mail server does not take it.
    Failed,
    /// Nobody knows: the answer never came. Only a person sends it again.
    Unclear,
}

impl State {
    /// As it is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::HandedOver => "handed_over",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unclear => "unclear",
        }
    }
}
