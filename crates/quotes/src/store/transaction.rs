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
        let mut session =
            self.call("begin a session", self.client.start_session().into_future()).await?;
        let mut pause = PAUSE_MILLIS;
        loop {
            let left = limit.saturating_sub(begun.elapsed());
            let tried = tokio::time::timeout(left, once(self, &mut session, what, &mut work)).await;
            match tried {
                Ok(Ok(value)) => return Ok(value),
                Ok(Err(failure)) if failure.transient && begun.elapsed() < limit => {
                    let millis = rand::rng().random_range(1..=pause);
                    tokio::time::sleep(Duration::from_millis(millis)).await;
                    pause = (pause * 2).min(PAUSE_MILLIS_MAX);
                }
                Ok(Err(failure)) => return Err(failure),
                Err(_elapsed) => {
                    return Err(Failure::database_away(anyhow::anyhow!(
                        "failed to {what}: not done within {SECONDS_MAX} s"
                    )));
                }
            }
        }
    }
}

async fn once<T, F>(
    store: &Store,
    session: &mut ClientSession,
    what: &'static str,
    work: &mut F,
) -> Result<T, Failure>
where
    F: for<'s> FnMut(&'s mut ClientSession) -> BoxFuture<'s, Result<T, Failure>>,
{
    store.call(what, session.start_transaction().into_future()).await?;
    match work(session).await {
        Ok(value) => {
            commit(session, what).await?;
            Ok(value)
        }
        Err(failure) => {
            // What is not committed is gone anyway; the server's clock ends it when this fails.
            let _ = session.abort_transaction().await;
            Err(failure)
        }
    }
}

/// Commits again as long as nobody knows what became of it. The caller bounds the time.
async fn commit(session: &mut ClientSession, what: &'static str) -> Result<(), Failure> {
    loop {
        match session.commit_transaction().await.map_err(Fault::of) {
            Ok(()) => return Ok(()),
            // Also who finds no server at this moment does not know whether the last try got through.
            Err(fault)
                if (fault.is_unknown_commit() || fault.is_away()) && !fault.is_out_of_time() =>
            {
                tokio::time::sleep(Duration::from_millis(PAUSE_MILLIS)).await;
            }
            Err(fault) => return Err(fault.failure(what)),
        }
    }
}
