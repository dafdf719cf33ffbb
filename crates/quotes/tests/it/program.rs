//! The program itself, as a process.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

const SECONDS_MAX: u64 = 60;

/// A running server with what it wrote so far. It ends with the test.
pub(crate) struct Program {
    child: Child,
    log: Arc<Mutex<String>>,
    pub(crate) url: String,
}

/// The program, with nothing of the test's own environment that counts for it.
pub(crate) fn quotes(uri: Option<&str>, arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("quotes"));
    command.args(arguments).env_remove("MONGODB_URI").stdin(Stdio::null());
    if let Some(uri) = uri {
        command.env("MONGODB_URI", uri);
    }
    command
}

/// Lets the program end by itself, and returns its code with what it wrote.
pub(crate) async fn ended(mut command: Command) -> Result<(i32, String)> {
    let ended = tokio::task::spawn_blocking(move || command.output()).await?;
    let Output { status, stdout, stderr } = ended.context("run quotes")?;
    let said = [stdout, stderr].concat();
    Ok((status.code().context("it was killed")?, String::from_utf8(said)?))
}

impl Program {
    /// Starts `serve` on a free port, and waits until it listens.
    pub(crate) async fn serve(uri: &str, arguments: &[&str]) -> Result<Self> {
        let mut command = quotes(Some(uri), &["serve", "--listen", "127.0.0.1:0"]);
        command.args(arguments);
        Self::start(command).await
    }

    /// Starts a server, and waits until it listens.
    pub(crate) async fn start(mut command: Command) -> Result<Self> {
        let child = command.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.context("start quotes")?;
        let log = Arc::new(Mutex::new(String::new()));
        if let Some(errors) = child.stderr.take() {
            collect(errors, log.clone());
        }
        if let Some(output) = child.stdout.take() {
            collect(output, log.clone());
        }
        let mut program = Self { child, log, url: String::new() };
        let line = program.wait_for("listening on http://").await?;
        let (_, address) = line.split_once("listening on ").context("no address")?;
        program.url =
            address.trim_matches(['"', '}', ' ']).split('"').next().unwrap_or_default().to_owned();
        Ok(program)
    }

    /// What it wrote so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a line with `text`.
    pub(crate) async fn wait_for(&mut self, text: &str) -> Result<String> {
        let begun = Instant::now();
        loop {
            if let Some(line) = self.log().lines().find(|line| line.contains(text)) {
                return Ok(line.to_owned());
            }
            let ended = self.child.try_wait().context("look at the program")?;
            if ended.is_some() || begun.elapsed() > Duration::from_secs(SECONDS_MAX) {
                bail!("it did not say `{text}`; it said:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        kill_process(Pid::from_child(&self.child), signal).context("send the signal")
    }

    /// Waits for its end.
    pub(crate) async fn end(&mut self) -> Result<ExitStatus> {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(SECONDS_MAX) {
            if let Some(status) = self.child.try_wait().context("look at the program")? {
                return Ok(status);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("it did not end; it said:\n{}", self.log())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(from: impl std::io::Read + Send + 'static, log: Arc<Mutex<String>>) {
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.push_str(&line);
            log.push('\n');
        }
    });
}
