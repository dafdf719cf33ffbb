//! One channel and one recipient of a notice, and how far it is.
//!
//! An e-mail passes through two states on its way: *sending*, in which the server has none of the
//! text yet, and *handed over*, written just before the text goes out. A process that dies in the
//! first has certainly not sent it; one that dies in the second may have. Mail servers can drop a
//! second message with the same Message-ID, and many do not: so such a delivery becomes *unclear*,
//! and a person decides. Everything else can be done again without harm: documents and files are
//! written to the same place, and a webhook carries an id by which its receiver drops a repetition.

use bson::DateTime;
use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};

use super::moment::Channel;

/// After so long another machine's process is taken for dead: every attempt has a deadline, and all
/// of them together.
const SILENT_SECONDS_MAX: i64 = 15 * 60;

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody tried yet.
    #[default]
    Waiting,
    /// Somebody tries; nothing of the text is out.
    Sending,
    /// The text goes out; whether it arrived is not known yet.
    HandedOver,
    /// It arrived: the receiver said so.
    Sent,
    /// It did not arrive: the receiver or the network said so.
    Failed,
    /// Nobody knows: the answer never came.
    Unclear,
}

impl State {
    /// As it is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::HandedOver => "handed_over",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Unclear => "unclear",
        }
    }
}

/// A channel and a recipient.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Delivery {
    /// Through what.
    pub channel: Channel,
    /// To whom: an e-mail address, a webhook without its secrets, a name of the channel's place.
    pub recipient: String,
    /// How far.
    pub state: State,
    /// Attempts of all processes together.
    pub attempts: i64,
    /// When the state was written.
    pub at: DateTime,
    /// Which process wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Holder>,
    /// Message-ID of an e-mail, id of a webhook's delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// What the receiver or the network said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// A process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its machine.
    pub host: String,
    /// Its number there.
    pub pid: i64,
}

/// What is to be done about a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Nothing: it arrived.
    Nothing,
    /// Try.
    Attempt,
    /// Nothing: another process is at it.
    Busy,
    /// Nothing, unless somebody insists: it may have arrived.
    Unclear,
}

/// Whether what may have arrived is sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unclear {
    /// It is left.
    Leave,
    /// It is sent again, with the same Message-ID.
    Resend,
}

impl Delivery {
    /// One that nobody tried yet.
    #[must_use]
    pub const fn new(channel: Channel, recipient: String, at: DateTime) -> Self {
        Self {
            channel,
            recipient,
            state: State::Waiting,
            attempts: 0,
            at,
            holder: None,
            message_id: None,
            answer: None,
        }
    }

    /// Whether it arrived.
    #[must_use]
    pub fn is_sent(&self) -> bool {
        self.state == State::Sent
    }

    /// What the process `me` has to do about it.
    #[must_use]
    pub fn due(&self, me: &Holder, unclear: Unclear) -> Due {
        let may_have_arrived = match unclear {
            Unclear::Leave => Due::Unclear,
            Unclear::Resend => Due::Attempt,
        };
        match self.state {
            State::Sent => Due::Nothing,
            State::Waiting | State::Failed => Due::Attempt,
            State::Unclear => may_have_arrived,
            State::Sending | State::HandedOver if self.is_held(me) => Due::Busy,
            State::HandedOver if self.channel == Channel::Email => may_have_arrived,
            State::Sending | State::HandedOver => Due::Attempt,
        }
    }

    fn is_held(&self, me: &Holder) -> bool {
        let Some(holder) = &self.holder else { return false };
        if holder == me {
            return false;
        }
        if holder.host == me.host {
            let pid = i32::try_from(holder.pid).ok().and_then(Pid::from_raw);
            return pid.is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH));
        }
        let silent_millis = DateTime::now().timestamp_millis() - self.at.timestamp_millis();
        silent_millis < SILENT_SECONDS_MAX * 1000
    }
}

impl Holder {
    /// This process.
    #[must_use]
    pub fn me(host: &str) -> Self {
        Self { host: host.to_owned(), pid: std::process::id().into() }
    }
}

#[cfg(test)]
mod tests {
    use bson::DateTime;

    use super::{Delivery, Due, Holder, State, Unclear};
    use crate::notices::Channel;

    fn delivery(channel: Channel, state: State, holder: Option<Holder>) -> Delivery {
        let new = Delivery::new(channel, "ann@example.com".to_owned(), DateTime::now());
        Delivery { state, holder, ..new }
    }

    #[test]
    fn only_what_certainly_did_not_arrive_is_sent_again() {
        let me = Holder { host: "desk".to_owned(), pid: std::process::id().into() };
        let dead = Some(Holder { host: "desk".to_owned(), pid: i64::from(i32::MAX) });
        let alive = Some(Holder { host: "desk".to_owned(), pid: 1 });
        let elsewhere = Some(Holder { host: "shed".to_owned(), pid: 7 });
        let due = |channel, state, holder: &Option<Holder>| {
            delivery(channel, state, holder.clone()).due(&me, Unclear::Leave)
        };
        assert_eq!(due(Channel::Email, State::Sending, &dead), Due::Attempt);
        assert_eq!(due(Channel::Email, State::HandedOver, &dead), Due::Unclear);
        assert_eq!(due(Channel::Webhook, State::HandedOver, &dead), Due::Attempt);
        for holder in [&alive, &elsewhere] {
            assert_eq!(due(Channel::Email, State::Sending, holder), Due::Busy);
            assert_eq!(due(Channel::Webhook, State::HandedOver, holder), Due::Busy);
        }
        assert_eq!(due(Channel::Email, State::Sent, &dead), Due::Nothing);
        assert_eq!(due(Channel::Email, State::Failed, &alive), Due::Attempt);
        let unclear = delivery(Channel::Email, State::Unclear, None);
        assert_eq!(unclear.due(&me, Unclear::Leave), Due::Unclear);
        assert_eq!(unclear.due(&me, Unclear::Resend), Due::Attempt);
    }
}
