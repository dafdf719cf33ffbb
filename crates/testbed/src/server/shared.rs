//! One server for all tests of a process.

use std::{sync::OnceLock, thread};

use anyhow::{Context as _, Result, anyhow};

use super::replica_set::{ReplicaSet, ReplicaSetOptions};

/// The single-member set that all tests of this process share, started by whoever asks first.
///
/// It outlives the runtime that asked: each `#[tokio::test]` has a runtime of its own, so only the
/// processes are shared and every test makes its own client.
///
/// # Errors
///
/// When the server does not start: every test then gets that same message.
pub async fn shared() -> Result<&'static ReplicaSet> {
    tokio::task::spawn_blocking(shared_blocking).await.context("wait for the shared server")?
}

/// [`shared`] for tests without a runtime. Never call it from async code.
///
/// # Errors
///
/// As [`shared`].
pub fn shared_blocking() -> Result<&'static ReplicaSet> {
    static SHARED: OnceLock<Result<ReplicaSet, String>> = OnceLock::new();
    SHARED
        .get_or_init(|| start().map_err(|error| format!("{error:#}")))
        .as_ref()
        .map_err(|message| anyhow!("failed to start the shared server: {message}"))
}

/// In a thread and runtime of its own, which end when the server is up.
fn start() -> Result<ReplicaSet> {
    thread::spawn(|| {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("make a runtime")?
            .block_on(ReplicaSet::start(ReplicaSetOptions::default()))
    })
    .join()
    .map_err(|_panic| anyhow!("the thread that starts it panicked"))?
}
