//! The built `causeway`, run as an operator or a script runs it.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use crate::{memory, say, workspace};

/// How often the memory of a running command is looked at.
const MEMORY_EVERY: Duration = Duration::from_millis(20);

/// A `causeway` in a folder of its own, with a database to work on.
#[derive(Debug)]
pub(crate) struct Causeway {
    program: PathBuf,
    folder: PathBuf,
    uri: String,
    mongod: PathBuf,
    /// More of its environment.
    variables: Vec<(String, String)>,
}

/// What a command with `--output json` left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Exit code.
    pub(crate) code: i32,
    /// Its events, in order, with the seconds from the start of the process.
    events: Vec<(f64, Value)>,
    /// From start to end of the process.
    pub(crate) seconds: f64,
    /// The most memory it ever held.
    pub(crate) memory_bytes: u64,
    command: String,
}

impl Causeway {
    /// With a folder that holds `migrations/` of the project and nothing else; what an earlier one
    /// left there is removed.
    pub(crate) fn new(program: PathBuf, folder: &Path, uri: String) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("empty {}", folder.display()))?;
        }
        let migrations = folder.join("migrations");
        fs::create_dir_all(&migrations)
            .with_context(|| format!("create {}", migrations.display()))?;
        copy_all(&workspace::root().join("migrations"), &migrations)?;
        let mongod = testbed::mongod::find()?;
        let folder = folder.to_owned();
        Ok(Self { program, folder, uri, mongod, variables: Vec::new() })
    }

    /// Shows the command as somebody types it, lets it print, and fails when it ends otherwise than
    /// with `code`.
    pub(crate) fn show(&self, line: &str, code: i32) -> Result<()> {
        say::talk(&format!("\n$ causeway {line}"));
        let status = self.command(line).status().context("run causeway")?;
        let ended = exit_code(status, line)?;
        ensure!(ended == code, "`causeway {line}` ended with exit code {ended}, expected {code}");
        if code != 0 {
            say::talk(&format!("(exit code {code}, as it should be)"));
        }
        Ok(())
    }

    /// Runs it for its events, without a word.
    pub(crate) fn events(&self, line: &str) -> Result<Ended> {
        let mut command = self.command(line);
        command.args(["--output", "json"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let begun = Instant::now();
        let mut child = command.spawn().context("run causeway")?;
        let stdout = child.stdout.take().context("take causeway's output")?;
        let reader = thread::spawn(move || timed_lines(stdout, begun));
        let (status, memory_bytes) = watched(&mut child)?;
        let seconds = begun.elapsed().as_secs_f64();
        let lines = reader.join().ok().context("read causeway's output")?;
        let events = lines
            .and_then(|lines| {
                lines.into_iter().map(|(at, line)| Ok((at, serde_json::from_str(&line)?))).collect()
            })
            .with_context(|| format!("read the events of `causeway {line}`"))?;
        let code = exit_code(status, line)?;
        Ok(Ended { code, events, seconds, memory_bytes, command: line.to_owned() })
    }

    /// Starts it, without a word, for as long as this process lives.
    pub(crate) fn start(&self, line: &str) -> Result<Child> {
        let mut command = self.command(line);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        local_mongod::spawn(command).with_context(|| format!("run causeway {line}"))
    }

    /// The same with a variable in its environment.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Where it works.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gives it a configuration.
    pub(crate) fn configure(&self, text: &str) -> Result<()> {
        fs::write(self.folder.join("causeway.toml"), text).context("write causeway.toml")
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(line.split_whitespace())
            .current_dir(&self.folder)
            .env("MONGODB_URI", &self.uri)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env(testbed::mongod::VARIABLE, &self.mongod)
            .stdin(Stdio::null());
        command
    }
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).context("list the migration files")? {
        let entry = entry.context("list the migration files")?;
        fs::copy(entry.path(), to.join(entry.file_name())).context("copy a migration file")?;
    }
    Ok(())
}

fn timed_lines(stdout: ChildStdout, begun: Instant) -> Result<Vec<(f64, String)>> {
    let lines = BufReader::new(stdout).lines();
    lines.map(|line| Ok((begun.elapsed().as_secs_f64(), line?))).collect()
}

/// Waits for the end, and returns the most memory that was held until shortly before.
fn watched(child: &mut Child) -> Result<(ExitStatus, u64)> {
    let pid = child.id();
    let mut memory_bytes = 0;
    loop {
        if let Some(status) = child.try_wait().context("wait for causeway")? {
            return Ok((status, memory_bytes));
        }
        memory_bytes = memory::peak_bytes(pid).unwrap_or(memory_bytes);
        thread::sleep(MEMORY_EVERY);
    }
}

fn exit_code(status: ExitStatus, line: &str) -> Result<i32> {
    status.code().with_context(|| format!("`causeway {line}` was killed: {status}"))
}

impl Ended {
    /// Itself, when it ended with exit code `code`; else what it said.
    pub(crate) fn expect(self, code: i32) -> Result<Self> {
        if self.code == code {
            return Ok(self);
        }
        let failures: Vec<String> = self.of("failure").map(ToString::to_string).collect();
        bail!(
            "`causeway {}` ended with exit code {}, expected {code}: {}",
            self.command,
            self.code,
            failures.join("; ")
        )
    }

    /// The events of this kind.
    pub(crate) fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.timed(kind).map(|(_, event)| event)
    }

    /// The events of this kind, with the seconds from the start of the process.
    pub(crate) fn timed<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (f64, &'a Value)> {
        let of_kind = move |(_, event): &&(f64, Value)| event["event"] == kind;
        self.events.iter().filter(of_kind).map(|(at, event)| (*at, event))
    }
}
