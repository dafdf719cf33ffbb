//! A server that runs as a process of its own until this is dropped.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use reqwest::Method;

use crate::{http::Client, memory, workspace};

const READY_SECONDS_MAX: u64 = 30;
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The running server.
#[derive(Debug)]
pub(crate) struct Served {
    child: Child,
    address: String,
}

impl Served {
    /// Starts it, and waits until it answers on this port. What it says goes to the file `log`.
    pub(crate) async fn start(mut command: Command, port: u16, log: &Path) -> Result<Self> {
        let shown = workspace::shown(&command);
        let file = File::create(log).with_context(|| format!("create {}", log.display()))?;
        let errors = file.try_clone().context("write a log")?;
        command.stdin(Stdio::null()).stdout(file).stderr(errors);
        let child = local_mongod::spawn(command).with_context(|| format!("run {shown}"))?;
        let mut served = Self { child, address: format!("http://127.0.0.1:{port}") };
        served.wait(&shown, log).await?;
        Ok(served)
    }

    async fn wait(&mut self, shown: &str, log: &Path) -> Result<()> {
        let client = Client::of(&self.address);
        let deadline = Instant::now() + Duration::from_secs(READY_SECONDS_MAX);
        loop {
            // Any answer will do: not every server has something to say of itself.
            if client.ask(Method::GET, "/healthz", None).await.is_ok() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait().context("wait for a server")? {
                bail!("`{shown}` ended with {status}: {}", last_words(log));
            }
            if Instant::now() > deadline {
                bail!("`{shown}` does not answer: {}", last_words(log));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The most memory that it ever held.
    pub(crate) fn peak_bytes(&self) -> Result<u64> {
        memory::peak_bytes(self.child.id()).context("read what a server holds of memory")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // One that has ended by itself can't be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn last_words(log: &Path) -> String {
    let text = std::fs::read_to_string(PathBuf::from(log)).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}
