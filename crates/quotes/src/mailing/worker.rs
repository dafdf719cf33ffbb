//! One of those who send: a mail after the other, over one connection.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use lettre::Message;
use metrics::counter;
use post::{Kind, Post, Trouble};
use tokio::{
    sync::{Notify, watch},
    time::{MissedTickBehavior, interval_at, sleep, timeout},
};

use super::{Mailing, backoff, message::message, said};
use crate::{
    failure::Failure,
    observe::MAILS,
    store::outbox::{Claimed, Ended},
};

/// Everything until the server waits for the text: shorter than a claim lasts.
const OFFER_SECONDS_MAX: u64 = 60;
/// How long it is tried to write down how a mail went.
const SETTLE_SECONDS_MAX: u64 = 50;
const SETTLE_PAUSE_MILLIS: u64 = 500;
const GOODBYE_SECONDS_MAX: u64 = 2;
/// So much of what a server says is kept.
const SAID_CHARACTERS_MAX: usize = 500;

/// Until when nobody asks the mail server.
#[derive(Debug, Default)]
pub(super) struct Pause(Mutex<Option<Instant>>);

impl Pause {
    fn is_over(&self) -> bool {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_none_or(|until| until <= Instant::now())
    }

    fn begin(&self, length: Duration) {
        let until = Instant::now() + length;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }
}

/// One of those who send.
pub(super) struct Worker {
    pub(super) mailing: Arc<Mailing>,
    pub(super) stopped: watch::Receiver<bool>,
    /// Somebody found mail: there may be more.
    pub(super) more: Arc<Notify>,
    pub(super) pause: Arc<Pause>,
}

impl Worker {
    /// Sends until told to stop; looks for the first time after `first`, then every `period`.
    pub(super) async fn work(mut self, first: Duration, period: Duration) {
        let mailing = self.mailing.clone();
        let mut post = Post::new(&mailing.through.server);
        let mut ticks = interval_at(tokio::time::Instant::now() + first, period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = said(&mut self.stopped) => break,
                () = self.more.notified() => {}
                _ = ticks.tick() => mailing.give_up().await,
            }
            self.send_all(&mut post).await;
            let goodbye = Duration::from_secs(GOODBYE_SECONDS_MAX);
            // A server that does not listen any more is left all the same.
            let _ = timeout(goodbye, post.close()).await;
        }
    }

    /// Sends what is due.
    async fn send_all(&mut self, post: &mut Post<'_>) {
        while !*self.stopped.borrow() && self.pause.is_over() {
            match self.mailing.store.claim_mail().await {
                Ok(Some(claimed)) => {
                    self.more.notify_one();
                    self.send(&claimed, post).await;
                }
                Ok(None) => return,
                Err(failure) => return say(&failure, "failed to look for mail"),
            }
        }
    }

    async fn send(&mut self, claimed: &Claimed, post: &mut Post<'_>) {
        let ended = match message(&claimed.mail, &self.mailing.through.from) {
            Ok(message) => self.attempt(claimed, &message, post).await,
            Err(error) => Some(Ended::Failed(format!("not sent: failed to {error:#}"))),
        };
        if let Some(ended) = ended {
            self.settle(claimed, &ended).await;
        }
    }

    /// None when it is not ours any more.
    async fn attempt(
        &mut self,
        claimed: &Claimed,
        message: &Message,
        post: &mut Post<'_>,
    ) -> Option<Ended> {
        let offering = timeout(Duration::from_secs(OFFER_SECONDS_MAX), post.offer(message));
        let offered = tokio::select! {
            biased;
            // Nothing of it is out: another server may have it.
            () = said(&mut self.stopped) => return Some(Ended::Untried),
            offered = offering => offered,
        };
        let offered = match offered {
            Ok(Ok(offered)) => offered,
            Ok(Err(trouble)) => return Some(self.ended(claimed, trouble)),
            Err(_elapsed) => {
                let words = format!("nothing useful within {OFFER_SECONDS_MAX} s");
                return Some(self.ended(claimed, Trouble::new(Kind::Away, words)));
            }
        };
        match self.mailing.store.hand_mail_over(claimed).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(mail = %claimed.id, "this server was too slow: another took the mail");
                return None;
            }
            // It may be written down, and is not true: the text stays here.
            Err(failure) => {
                say(&failure, "failed to write down that a mail goes out");
                return Some(Ended::Untried);
            }
        }
        match offered.hand_over().await {
            Ok(said) => Some(Ended::Sent(short(&said))),
            Err(trouble) => Some(self.ended(claimed, trouble)),
        }
    }

    fn ended(&self, claimed: &Claimed, trouble: Trouble) -> Ended {
        let words = short(&trouble.words);
        let pace = self.mailing.pace;
        match trouble.kind {
            Kind::Away => self.pause.begin(pace.away),
            Kind::Shut => self.pause.begin(pace.shut),
            Kind::Transient | Kind::Permanent | Kind::Unclear => {}
        }
        if matches!(trouble.kind, Kind::Away | Kind::Shut) {
            tracing::warn!(said = words, "the mail server can't be used at present");
        }
        match trouble.kind {
            Kind::Unclear => Ended::Unclear(words),
            Kind::Permanent => Ended::Failed(words),
            // Who is not let in is told so by an operator's mistake, which will be corrected.
            Kind::Away | Kind::Shut | Kind::Transient => match backoff::after(claimed.attempt) {
                Some(pause) => Ended::Again(pause, words),
                None => Ended::Failed(words),
            },
        }
    }

    /// Also while the database is away for a moment: what is not written down becomes unclear.
    async fn settle(&self, claimed: &Claimed, ended: &Ended) {
        let (id, result) = (claimed.id, ended.word());
        let begun = Instant::now();
        loop {
            match self.mailing.store.settle_mail(claimed, ended).await {
                Ok(true) => break,
                Ok(false) => {
                    tracing::warn!(mail = %id, result, "somebody else decided about this mail");
                    break;
                }
                Err(failure) if begun.elapsed() > Duration::from_secs(SETTLE_SECONDS_MAX) => {
                    return say(&failure, "failed to write down how a mail went");
                }
                Err(_away) => sleep(Duration::from_millis(SETTLE_PAUSE_MILLIS)).await,
            }
        }
        if *ended != Ended::Untried {
            counter!(MAILS, "result" => result).increment(1);
            tracing::info!(mail = %id, attempt = claimed.attempt, result, "mail");
        }
    }
}

impl Mailing {
    async fn give_up(&self) {
        match self.store.give_up_on_mails().await {
            Ok(0) => {}
            Ok(mails) => {
                counter!(MAILS, "result" => "unclear").increment(mails);
                tracing::warn!(mails, "a server died while it sent mail: it may have arrived");
            }
            Err(failure) => say(&failure, "failed to look for mail that nobody has in hand"),
        }
    }
}

/// In one line that can be shown.
fn short(words: &str) -> String {
    let line = words.split(|c: char| c.is_control() || c.is_whitespace());
    let line = line.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(SAID_CHARACTERS_MAX).collect()
}

fn say(failure: &Failure, what: &str) {
    let cause = failure.cause.as_ref().map(|cause| format!("{cause:#}")).unwrap_or_default();
    tracing::warn!(cause, "{what}");
}

#[cfg(test)]
mod tests {
    use super::{SAID_CHARACTERS_MAX, short};

    #[test]
    fn what_a_server_says_is_one_short_line() {
        assert_eq!(short("550 5.1.1\r\n no\tsuch \u{1b}[31muser "), "550 5.1.1 no such [31muser");
        assert_eq!(short(&"é".repeat(2_000)).chars().count(), SAID_CHARACTERS_MAX);
    }
}
