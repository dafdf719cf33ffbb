//! Work that several requests have at the same time, done in turns: what comes while a turn is under way
//! waits, and goes together with all that wait by then.
//!
//! A turn is a task of its own, so that nobody who hangs up takes others along.

use std::{
    fmt,
    future::Future,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::FutureExt as _;

/// Jobs that wait for a turn.
pub(crate) struct Turns<J> {
    state: Mutex<State<J>>,
    turns_max: usize,
    together_max: usize,
}

struct State<J> {
    waiting: Vec<J>,
    turns: usize,
}

/// A turn under way. However it ends, it is over then.
struct Turn<J> {
    turns: Arc<Turns<J>>,
    /// It ended by itself, and is counted no more.
    is_over: bool,
}

impl<J> fmt::Debug for Turns<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What people sent is nobody's business.
        f.debug_struct("Turns").finish_non_exhaustive()
    }
}

impl<J: Send + 'static> Turns<J> {
    /// At most so many turns at once, with so many jobs each.
    pub(crate) fn new(turns_max: usize, together_max: usize) -> Arc<Self> {
        let state = Mutex::new(State { waiting: Vec::new(), turns: 0 });
        Arc::new(Self { state, turns_max, together_max })
    }

    /// Adds a job. `serve` does those of one turn, and tells each job's owner itself.
    pub(crate) fn add<F, L>(self: &Arc<Self>, job: J, serve: F)
    where
        F: Fn(Vec<J>) -> L + Send + Sync + 'static,
        L: Future<Output = ()> + Send,
    {
        {
            let mut state = self.state();
            state.waiting.push(job);
            if state.turns == self.turns_max {
                return;
            }
            state.turns += 1;
        }
        let mut turn = Turn { turns: self.clone(), is_over: false };
        tokio::spawn(async move {
            while let Some(jobs) = turn.next() {
                // Whoever waits for these learns that nobody answers; the others get their turn.
                let served = AssertUnwindSafe(async { serve(jobs).await }).catch_unwind().await;
                if served.is_err() {
                    tracing::error!("a turn panicked");
                }
            }
        });
    }

    fn state(&self) -> MutexGuard<'_, State<J>> {
        // Nothing panics while it is held, and what it guards is whole at any time.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<J> Turn<J> {
    /// Those who have waited longest. Without any the turn is over, at this very moment: whoever comes
    /// next begins another.
    fn next(&mut self) -> Option<Vec<J>> {
        let mut state = self.turns.state.lock().unwrap_or_else(PoisonError::into_inner);
        let count = state.waiting.len().min(self.turns.together_max);
        let jobs: Vec<J> = state.waiting.drain(..count).collect();
        if jobs.is_empty() {
            state.turns -= 1;
            self.is_over = true;
            return None;
        }
        Some(jobs)
    }
}

impl<J> Drop for Turn<J> {
    fn drop(&mut self) {
        if !self.is_over {
            let mut state = self.turns.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.turns -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use tokio::sync::mpsc;

    use super::Turns;

    #[tokio::test]
    async fn what_comes_meanwhile_goes_together() {
        let (turns, (told, mut heard)) = (Turns::new(1, 4), mpsc::unbounded_channel());
        let serve = move |jobs: Vec<u32>| {
            let told = told.clone();
            async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                told.send(jobs).unwrap();
            }
        };
        turns.add(0, serve.clone());
        tokio::time::sleep(Duration::from_millis(5)).await;
        (1..=6).for_each(|job| turns.add(job, serve.clone()));
        let mut rounds = Vec::new();
        while rounds.iter().map(Vec::len).sum::<usize>() < 7 {
            rounds.push(heard.recv().await.unwrap());
        }
        assert_eq!(rounds, [vec![0], vec![1, 2, 3, 4], vec![5, 6]]);
        drop(serve);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(Arc::strong_count(&turns), 1, "a turn never ended");
    }

    #[tokio::test]
    async fn a_turn_that_panics_does_not_hold_up_the_next() {
        let turns = Turns::new(1, 4);
        let (told, mut heard) = mpsc::unbounded_channel();
        let serve = move |jobs: Vec<u32>| {
            let told = told.clone();
            async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                assert_ne!(jobs, [0], "of the test");
                told.send(jobs).unwrap();
            }
        };
        turns.add(0, serve.clone());
        tokio::time::sleep(Duration::from_millis(5)).await;
        // It waits while the other panics.
        turns.add(1, serve.clone());
        assert_eq!(heard.recv().await, Some(vec![1]));
        turns.add(2, serve);
        assert_eq!(heard.recv().await, Some(vec![2]));
    }

    /// One job after the other, each as soon as the one before is done: none may be forgotten between
    /// the end of a turn and the beginning of the next.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_job_is_forgotten() {
        let turns = Turns::new(1, 4);
        for job in 0..20_000_u32 {
            let (told, heard) = tokio::sync::oneshot::channel();
            turns.add((job, told), |jobs| async move {
                for (job, told) in jobs {
                    told.send(job).unwrap();
                }
            });
            let heard = tokio::time::timeout(Duration::from_secs(5), heard).await;
            assert_eq!(heard.expect("it was forgotten").unwrap(), job);
        }
    }
}
