//! What the figures were measured on.

use std::{fs, thread};

use anyhow::{Context as _, Result};

const BUSY_LOAD: f64 = 0.5;

/// `2 cores, 24 GB of memory, AMD EPYC, Linux 6.18`.
pub(super) fn describe() -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let memory = gigabytes().map_or_else(String::new, |it| format!(", {it:.0} GB of memory"));
    let model = model().map_or_else(String::new, |it| format!(", {it}"));
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{cores} cores{memory}{model}, Linux {}", kernel.trim())
}

/// How many processes wanted to run, on average of the last minute.
pub(super) fn load() -> String {
    let text = read("/proc/loadavg");
    text.split_whitespace().next().unwrap_or("unknown").to_owned()
}

/// Whether others keep at least half a core busy: what is measured then is also their work.
pub(super) fn is_busy(load: &str) -> bool {
    load.parse::<f64>().is_ok_and(|load| load > BUSY_LOAD)
}

/// What a `mongod` takes for its cache when nobody says it: half of the memory without one gigabyte, and
/// a quarter of one at least.
pub(super) fn default_cache_megabytes() -> Result<u64> {
    let megabytes = kilobytes().context("read how much memory there is")? / 1024;
    Ok((megabytes.saturating_sub(1024) / 2).max(256))
}

#[expect(clippy::cast_precision_loss, reason = "no machine has so much")]
fn gigabytes() -> Option<f64> {
    kilobytes().map(|kilobytes| kilobytes as f64 * 1024.0 / 1e9)
}

fn kilobytes() -> Option<u64> {
    let text = read("/proc/meminfo");
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Virtual machines may hide the name behind a number, which tells nobody anything.
fn model() -> Option<String> {
    let text = read("/proc/cpuinfo");
    let value = |name: &str| {
        let line = text.lines().find(|line| line.split(':').next().map(str::trim) == Some(name))?;
        line.split_once(':').map(|(_, value)| value.trim().to_owned())
    };
    value("model name").filter(|name| name.chars().any(char::is_alphabetic)).or_else(|| {
        let (vendor, family) = (value("vendor_id")?, value("cpu family")?);
        Some(format!("{vendor} family {family} model {}", value("model")?))
    })
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
