//! Sends what the outbox holds, as part of the server, through a mail server.
//!
//! Any number of servers share one outbox. A mail is claimed, offered to the mail server, written down
//! as *handed over*, and only then does its text go out. So what a server that dies leaves behind is
//! either sent by another one, or may have arrived and is left to a person. Nothing is sent twice.

mod backoff;
mod message;
mod queue;
mod telling;
mod worker;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};

use crate::{maintenance::Follower, settings, store::Store};

pub use queue::follow as follow_queue;

use worker::{Pause, Worker};

/// So many mails are on their way at once: one mail server that hangs does not stop all of them.
const WORKERS: u32 = 4;
/// What is in hand at the end is waited for as long.
const FINISH_SECONDS_MAX: u64 = 8;

/// What mail is sent with.
#[derive(Debug, Clone)]
pub struct Mailing {
    /// Where the outbox is.
    pub store: Store,
    /// What may not be written at present.
    pub maintenance: Follower,
    /// Through which server, and from whom.
    pub through: settings::Mailing,
    /// How often things are looked at.
    pub pace: Pace,
}

/// How often things are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two looks at the outbox by all workers together.
    pub look: Duration,
    /// After the mail server did not answer, nobody asks it for as long.
    pub away: Duration,
    /// The same after it did not let us in: many a server locks accounts that are tried too often.
    pub shut: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { look: seconds(1), away: seconds(30), shut: seconds(300) }
    }
}

/// Mail is being sent. Dropped, it stops at once.
#[derive(Debug)]
pub struct Running {
    stop: watch::Sender<bool>,
    workers: JoinSet<()>,
}

impl Mailing {
    /// Begins to send, until told to stop.
    #[must_use]
    pub fn start(self) -> Running {
        let (stop, stopped) = watch::channel(false);
        let mailing = Arc::new(self);
        let (more, pause) = (Arc::new(Notify::new()), Arc::new(Pause::default()));
        let mut workers = JoinSet::new();
        for number in 0..WORKERS {
            let worker = Worker {
                mailing: mailing.clone(),
                stopped: stopped.clone(),
                more: more.clone(),
                pause: pause.clone(),
            };
            workers.spawn(worker.work(mailing.pace.look * number, mailing.pace.look * WORKERS));
        }
        workers.spawn(telling::tell(mailing, stopped));
        Running { stop, workers }
    }
}

impl Running {
    /// Whoever wants to say that it is time to stop, before somebody waits for it.
    #[must_use]
    pub fn stopper(&self) -> watch::Sender<bool> {
        self.stop.clone()
    }

    /// Takes no more mail, and waits for what is in hand for some seconds. What is cut off then stays
    /// claimed until its time is over, and is unclear if its text was on its way.
    pub async fn finish(mut self) {
        self.stop.send_replace(true);
        let finish = async { while self.workers.join_next().await.is_some() {} };
        if tokio::time::timeout(Duration::from_secs(FINISH_SECONDS_MAX), finish).await.is_err() {
            tracing::warn!(
                seconds = FINISH_SECONDS_MAX,
                "the mail server does not answer: cut off"
            );
        }
    }
}

/// Waits until it is said that it is time to stop.
async fn said(stop: &mut watch::Receiver<bool>) {
    // An error means that nobody is left who could say it, or would wait for us.
    let _ = stop.wait_for(|stop| *stop).await;
}
