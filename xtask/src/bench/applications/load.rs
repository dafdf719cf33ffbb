//! Load on a server: `wrk`, which needs so little of the processor that it does not measure itself.

use std::{fmt, fs, path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::work::Request;
use crate::{served::Served, workspace};

const SCRIPT: &str = include_str!("load.lua");
/// Stands between two requests in the file that the script reads.
const SEPARATOR: &str = "\u{1e}";
pub(crate) const CONNECTIONS: u32 = 16;
const MICROSECONDS_PER_SECOND: f64 = 1e6;

/// How a server stood it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stood {
    /// Answers a second.
    pub(crate) per_second: f64,
    /// What half of the answers took at most.
    pub(crate) p50_milliseconds: f64,
    /// What 99 of 100 answers took at most.
    pub(crate) p99_milliseconds: f64,
}

/// A server with what it wants to be told in each request.
#[derive(Debug)]
pub(crate) struct Loaded<'a> {
    pub(crate) name: &'static str,
    pub(crate) server: &'a Served,
    pub(crate) token: Option<&'a str>,
}

impl Loaded<'_> {
    /// Sends these requests for so long. One that is refused makes the measurement worthless.
    pub(crate) fn measure(
        &self,
        requests: &[Request],
        seconds: u64,
        folder: &Path,
    ) -> Result<Stood> {
        let (script, file) = (folder.join("load.lua"), folder.join("requests"));
        fs::write(&script, SCRIPT).context("write the script of wrk")?;
        fs::write(&file, self.written(requests)).context("write the requests for wrk")?;
        let mut command = Command::new("wrk");
        command.args(["--threads", "1", "--timeout", "10s", "--latency"]);
        command.args(["--connections", &CONNECTIONS.to_string()]);
        command.arg("--duration").arg(format!("{seconds}s"));
        command.arg("--script").arg(script).arg(self.server.address()).arg("--").arg(file);
        let shown = workspace::shown(&command);
        let output = command.output().with_context(|| format!("run {shown}"))?;
        let said = String::from_utf8_lossy(&output.stdout);
        ensure!(output.status.success(), "`{shown}` ended with {}: {said}", output.status);
        let line = said.lines().last().unwrap_or_default();
        let told: Value = serde_json::from_str(line).context("read what wrk measured")?;
        stood(&told)
    }

    fn written(&self, requests: &[Request]) -> String {
        let host = self.server.address().trim_start_matches("http://");
        let token = self.token.map(|token| format!("Authorization: Bearer {token}\r\n"));
        let token = token.unwrap_or_default();
        let written = requests.iter().map(|Request { method, path, body }| {
            let length = body.len();
            format!(
                "{method} {path} HTTP/1.1\r\nHost: {host}\r\n{token}\
                 Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
            )
        });
        written.collect::<Vec<_>>().join(SEPARATOR)
    }
}

impl fmt::Display for Stood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { per_second, p50_milliseconds, p99_milliseconds } = self;
        write!(f, "{per_second:.0}/s, p50 {p50_milliseconds:.1} ms, p99 {p99_milliseconds:.1} ms")
    }
}

fn stood(told: &Value) -> Result<Stood> {
    let number = |name: &str| {
        told[name].as_f64().with_context(|| format!("read {name} in what wrk measured"))
    };
    let (refused, broken) = (number("refused")?, number("broken")?);
    ensure!(refused + broken == 0.0, "{refused} requests were refused, {broken} got no answer");
    let milliseconds = |name: &str| number(name).map(|microseconds| microseconds / 1e3);
    Ok(Stood {
        per_second: number("requests")? * MICROSECONDS_PER_SECOND / number("microseconds")?,
        p50_milliseconds: milliseconds("p50")?,
        p99_milliseconds: milliseconds("p99")?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::stood;

    #[test]
    fn what_wrk_told_becomes_a_rate() {
        let mut told = json!({ "requests": 500, "microseconds": 2_000_000, "p50": 1_500,
            "p99": 9_000, "refused": 0, "broken": 0 });
        let read = stood(&told).unwrap();
        assert_eq!(
            (read.per_second, read.p50_milliseconds, read.p99_milliseconds),
            (250.0, 1.5, 9.0)
        );
        told["refused"] = json!(1);
        assert!(stood(&told).unwrap_err().to_string().starts_with("1 requests were refused"));
    }
}
