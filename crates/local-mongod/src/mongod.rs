//! One `mongod` process with its folder, port and log.

use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::{free_port, process, scratch};

const START_SECONDS_MAX: u64 = 60;
const PORT_ATTEMPTS_MAX: usize = 10;
const LOG_TAIL_LINES: usize = 15;

/// One server: running, stopped or killed.
#[derive(Debug)]
pub struct Mongod {
    program: PathBuf,
    arguments: Vec<OsString>,
    folder: PathBuf,
    port: u16,
    child: Mutex<Option<Child>>,
}

enum Launch {
    Listening,
    PortTaken,
}

impl Mongod {
    /// Starts a new server with `arguments` on a port of its own, its data under `data_under` or where
    /// the system keeps temporary files, which is often memory.
    ///
    /// # Errors
    ///
    /// When it does not start; the message ends with the end of its log.
    pub async fn start(
        program: &Path,
        arguments: &[OsString],
        data_under: Option<&Path>,
    ) -> Result<Self> {
        for _ in 0..PORT_ATTEMPTS_MAX {
            let server = Self {
                program: program.to_owned(),
                arguments: arguments.to_owned(),
                folder: scratch::folder(data_under)?,
                port: free_port()?,
                child: Mutex::new(None),
            };
            if let Launch::Listening = server.launch().await? {
                return Ok(server);
            }
        }
        bail!("failed to start mongod: {PORT_ATTEMPTS_MAX} ports in a row were taken by others")
    }

    /// Starts it again, with its data and on its port, after [`Mongod::kill`].
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn restart(&self) -> Result<()> {
        self.kill()?;
        match self.launch().await? {
            Launch::Listening => Ok(()),
            Launch::PortTaken => bail!("somebody took port {} of the killed server", self.port),
        }
    }

    /// Ends it with SIGKILL, as a power cut would, and waits until it is gone.
    ///
    /// # Errors
    ///
    /// When the signal can't be sent.
    pub fn kill(&self) -> Result<()> {
        let Some(mut child) = self.child().take() else { return Ok(()) };
        child.kill().context("kill mongod")?;
        child.wait().context("wait for mongod's end")?;
        Ok(())
    }

    /// Sends `signal` to the running process.
    ///
    /// # Errors
    ///
    /// When it is not running.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let child = self.child();
        let child = child.as_ref().context("signal a mongod that is not running")?;
        kill_process(Pid::from_child(child), signal).context("signal mongod")
    }

    /// Whether the process is there.
    pub fn is_running(&self) -> bool {
        self.child().as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// The id of the process; none when it was killed.
    pub fn process_id(&self) -> Option<u32> {
        self.child().as_ref().map(Child::id)
    }

    /// `host:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Where it writes its log.
    pub fn log(&self) -> PathBuf {
        self.folder.join("mongod.log")
    }

    /// A test panics while it holds the lock at most between two statements: the child is intact.
    fn child(&self) -> MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn launch(&self) -> Result<Launch> {
        let log = File::options().create(true).append(true).open(self.log()).context("open log")?;
        let begins_at = log.metadata().context("look at the log")?.len();
        let data = self.folder.join("data");
        fs::create_dir_all(&data).with_context(|| format!("create {}", data.display()))?;
        let mut command = Command::new(&self.program);
        command
            .args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--port"])
            .arg(self.port.to_string())
            .arg("--dbpath")
            .arg(&data)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stderr(log.try_clone().context("open log")?)
            .stdout(log);
        let child = process::spawn(command)
            .with_context(|| format!("failed to start {}", self.program.display()))?;
        *self.child() = Some(child);
        self.listening(usize::try_from(begins_at).unwrap_or(usize::MAX)).await
    }

    /// Waits until the log, read from `begins_at`, says that it listens. A connection proves less:
    /// it may be somebody else's port.
    async fn listening(&self, begins_at: usize) -> Result<Launch> {
        let deadline = Instant::now() + Duration::from_secs(START_SECONDS_MAX);
        loop {
            let running = self.is_running();
            let log = self.read_log();
            let log = log.get(begins_at..).unwrap_or_default();
            if log.contains("\"msg\":\"Waiting for connections\"") {
                return Ok(Launch::Listening);
            }
            if !running && log.contains("Address already in use") {
                return Ok(Launch::PortTaken);
            }
            if !running {
                bail!("mongod ended while it was starting; its log ends with:\n{}", tail(log));
            }
            if Instant::now() > deadline {
                bail!(
                    "mongod does not listen after {START_SECONDS_MAX} s; its log ends with:\n{}",
                    tail(log)
                );
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn read_log(&self) -> String {
        fs::read(self.log())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// The last lines of the log, for error messages.
    pub fn log_tail(&self) -> String {
        tail(&self.read_log())
    }
}

impl Drop for Mongod {
    fn drop(&mut self) {
        // Best effort: what is left is removed by the cleaner when the process ends.
        let _ = self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
}
