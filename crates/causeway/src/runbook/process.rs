//! A command of the project's own: run, waited for, and ended when it takes too long.

use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::time::timeout;

use crate::config::own_steps::CommandLine;

/// So much of what it printed is kept.
const OUTPUT_BYTES_MAX: usize = 64 * 1024;
const SHOWN_CHARACTERS_MAX: usize = 300;
/// What a process that was ended gets to leave.
const LEAVE_MAX: Duration = Duration::from_secs(2);

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ended {
    /// Its exit code; none when it could not be started or was ended.
    pub(super) code: Option<i32>,
    /// What it said last, or why it has no exit code.
    pub(super) said: String,
}

impl Ended {
    /// Whether it ended with 0.
    pub(super) fn is_well(&self) -> bool {
        self.code == Some(0)
    }

    /// `ended with 3: no such service`.
    pub(super) fn words(&self) -> String {
        let code =
            self.code.map_or_else(|| "failed".to_owned(), |code| format!("ended with {code}"));
        if self.said.is_empty() { code } else { format!("{code}: {}", self.said) }
    }
}

/// Runs it with these variables, beside those of this process.
pub(super) async fn run(
    command: &CommandLine,
    variables: &[(&str, &str)],
    time_max: Duration,
) -> Ended {
    let mut process = match command {
        CommandLine::Shell(line) => {
            let mut process = Command::new("sh");
            process.arg("-c").arg(line);
            process
        }
        CommandLine::Words(words) => {
            let mut process = Command::new(words.first().map_or("", String::as_str));
            process.args(words.get(1..).unwrap_or_default());
            process
        }
    };
    process
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // Ctrl-C is meant for the run, which lets the command in hand end.
        .process_group(0)
        .kill_on_drop(true);
    let mut child = match process.spawn() {
        Ok(child) => child,
        Err(error) => {
            let said = format!("`{}` could not be started: {error}", command.shown());
            return Ended { code: None, said };
        }
    };
    let group = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
    let (out, errors) = (tail(child.stdout.take()), tail(child.stderr.take()));
    let (out, errors) = (tokio::spawn(out), tokio::spawn(errors));
    let waited = timeout(time_max, child.wait()).await;
    let code = match &waited {
        Ok(Ok(status)) => status.code(),
        Ok(Err(_)) => None,
        Err(_) => {
            end(group, Signal::TERM);
            let _ = timeout(LEAVE_MAX, child.wait()).await;
            // Also what its shell left behind.
            end(group, Signal::KILL);
            let said = format!("ended after {} s without an end", time_max.as_secs());
            return Ended { code: None, said };
        }
    };
    // What it left running may hold the pipes open: that is not waited for.
    let out = timeout(LEAVE_MAX, out).await.ok().and_then(Result::ok).unwrap_or_default();
    let errors = timeout(LEAVE_MAX, errors).await.ok().and_then(Result::ok).unwrap_or_default();
    let said = last_line(&errors).or_else(|| last_line(&out)).unwrap_or_default();
    Ended { code, said }
}

fn end(group: Option<Pid>, signal: Signal) {
    if let Some(group) = group {
        let _ = kill_process_group(group, signal);
    }
}

async fn tail(stream: Option<impl AsyncRead + Unpin>) -> Vec<u8> {
    let Some(mut stream) = stream else { return Vec::new() };
    let (mut kept, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(read) = stream.read(&mut buffer).await {
        if read == 0 {
            break;
        }
        kept.extend_from_slice(&buffer[..read]);
        let more = kept.len().saturating_sub(OUTPUT_BYTES_MAX);
        kept.drain(..more);
    }
    kept
}

fn last_line(output: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(output);
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?;
    Some(line.trim().chars().take(SHOWN_CHARACTERS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::run;
    use crate::config::own_steps::CommandLine;

    fn shell(line: &str) -> CommandLine {
        CommandLine::Shell(line.to_owned())
    }

    #[tokio::test]
    async fn its_code_and_its_last_words_are_told() {
        let second = Duration::from_secs(5);
        let line = shell("echo one; echo $NAME >&2; exit 3");
        let ended = run(&line, &[("NAME", "two")], second).await;
        assert_eq!(ended.words(), "ended with 3: two");
        let words = vec!["echo".to_owned(), "a b".to_owned()];
        let ended = run(&CommandLine::Words(words), &[], second).await;
        assert!(ended.is_well());
        assert_eq!(ended.said, "a b");
        let none = run(&CommandLine::Words(vec!["/no/such".to_owned()]), &[], second).await;
        assert!(none.code.is_none() && none.said.contains("could not be started"), "{none:?}");
    }

    #[tokio::test]
    async fn what_takes_too_long_is_ended_with_all_it_started() {
        let started = Instant::now();
        let ended = run(&shell("sleep 60 & sleep 60"), &[], Duration::from_millis(300)).await;
        assert!(!ended.is_well() && ended.said.contains("without an end"), "{ended:?}");
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[tokio::test]
    async fn what_stays_behind_does_not_hold_the_run_up() {
        let started = Instant::now();
        let ended = run(&shell("sleep 30 & echo started"), &[], Duration::from_secs(20)).await;
        assert!(ended.is_well(), "{ended:?}");
        assert!(started.elapsed() < Duration::from_secs(15));
    }
}
