//! Writes that happen together or not at all.

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use mongodb::ClientSession;
use rand::RngExt as _;

use super::{Fault, Store};
use crate::failure::Failure;

/// A transaction is not tried for longer.
const SECONDS_MAX: u64 = 10;
/// Between two tries at first, growing.
const PAUSE_MILLIS: u64 = 2;
/// Between two tries at most: those who want the same document take turns by chance.
const PAUSE_MILLIS_MAX: u64 = 100;

/// What a transaction failed with.
enum Undone {
    /// Nothing of it was written.
    Surely(Failure),
    /// Nobody knows what became of the commit.
    Perhaps(Failure),
}

impl Undone {
    fn failure(self) -> Failure {
        match self {
            Self::Surely(failure) | Self::Perhaps(failure) => failure,
        }
    }
}

impl Store {
    /// Does `work` in one transaction with majority, again as long as the server says that trying again
    /// may help. `work` must not have effects outside of its session.
    ///
    /// # Errors
    ///
    /// What `work` failed with, or that the database did not take it in time.
    pub async fn transaction<T, F>(&self, what: &'static str, mut work: F) -> Result<T, Failure>
    where
        F: for<'s> FnMut(&'s mut ClientSession) -> BoxFuture<'s, Result<T, Failure>>,
    {
        let begun = Instant::now();
        let limit = Duration::from_secs(SECONDS_MAX);
        let mut session = self.session().await?;
        let mut pause = PAUSE_MILLIS;
        loop {
            let left = limit.saturating_sub(begun.elapsed());
            let tried = tokio::time::timeout(left, once(self, &mut session, what, &mut work)).await;
            match tried.map(|tried| tried.map_err(Undone::failure)) {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(failure)) if failure.transient && begun.elapsed() < limit => {
                    let millis = rand::rng().random_range(1..=pause);
                    tokio::time::sleep(Duration::from_millis(millis)).await;
                    pause = (pause * 2).min(PAUSE_MILLIS_MAX);
                }
                Ok(Err(failure)) => return Err(failure),
                Err(_elapsed) => return Err(not_in_time(what)),
            }
        }
    }

    /// Does `work` in one transaction with majority, and does not try again. `None` when surely nothing
    /// of it was written, for whatever reason: its parts may be done one by one, each with its own.
    ///
    /// # Errors
    ///
    /// When nobody knows whether it was written.
    pub async fn transaction_once<T, F>(
        &self,
        what: &'static str,
        mut work: F,
    ) -> Result<Option<T>, Failure>
    where
        F: for<'s> FnMut(&'s mut ClientSession) -> BoxFuture<'s, Result<T, Failure>>,
    {
        let Ok(mut session) = self.session().await else { return Ok(None) };
        let limit = Duration::from_secs(SECONDS_MAX);
        match tokio::time::timeout(limit, once(self, &mut session, what, &mut work)).await {
            Ok(Ok(value)) => Ok(Some(value)),
            Ok(Err(Undone::Surely(_))) => Ok(None),
            Ok(Err(Undone::Perhaps(failure))) => Err(failure),
            Err(_elapsed) => Err(not_in_time(what)),
        }
    }

    async fn session(&self) -> Result<ClientSession, Failure> {
        self.call("begin a session", self.client.start_session().into_future()).await
    }
}

fn not_in_time(what: &'static str) -> Failure {
    Failure::database_away(anyhow::anyhow!("failed to {what}: not done within {SECONDS_MAX} s"))
}

async fn once<T, F>(
    store: &Store,
    session: &mut ClientSession,
    what: &'static str,
    work: &mut F,
) -> Result<T, Undone>
where
    F: for<'s> FnMut(&'s mut ClientSession) -> BoxFuture<'s, Result<T, Failure>>,
{
    store.call(what, session.start_transaction().into_future()).await.map_err(Undone::Surely)?;
    match work(session).await {
        Ok(value) => commit(session, what).await.map(|()| value),
        Err(failure) => {
            // What is not committed is gone anyway; the server's clock ends it when this fails.
            let _ = session.abort_transaction().await;
            Err(Undone::Surely(failure))
        }
    }
}

/// Commits again as long as nobody knows what became of it. The caller bounds the time.
async fn commit(session: &mut ClientSession, what: &'static str) -> Result<(), Undone> {
    loop {
        match session.commit_transaction().await.map_err(Fault::of) {
            Ok(()) => return Ok(()),
            // Also who finds no server at this moment does not know whether the last try got through.
            Err(fault)
                if (fault.is_unknown_commit() || fault.is_away()) && !fault.is_out_of_time() =>
            {
                tokio::time::sleep(Duration::from_millis(PAUSE_MILLIS)).await;
            }
            Err(fault) if fault.is_transient() => return Err(Undone::Surely(fault.failure(what))),
            Err(fault) => return Err(Undone::Perhaps(fault.failure(what))),
        }
    }
}
