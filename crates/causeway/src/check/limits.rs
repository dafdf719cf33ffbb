//! Whether the limits that a run has to stay under can be measured here.

use bson::Document;
use causeway_core::answer::Answer;
use causeway_core::inventory::Known;

use super::findings::{Findings, how_to_know};
use super::seen::Seen;
use super::server::documents;
use crate::inventory::number;
use crate::target::Target;

const DIRTY: &str = "tracked dirty bytes in the cache";
const CACHE: &str = "maximum bytes configured";
/// State of a member that bears data and is not the primary.
const SECONDARY: f64 = 2.0;

/// Limits under which a run has to stay; what is `None` is switched off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Replication lag of the slowest member, in seconds.
    pub lag_seconds_max: Option<f64>,
    /// Changed pages in the server's cache, in per cent of the cache.
    pub cache_dirty_percent_max: Option<f64>,
    /// Operations that wait for a lock in the server.
    pub queue_max: Option<u64>,
}

impl Default for Limits {
    /// Lag below where flow control begins to slow everybody (10 s), cache below where the server
    /// makes application threads evict (20 %). Much lower would leave the server idle: below, its
    /// own threads write changed pages out while the run goes on.
    fn default() -> Self {
        Self {
            lag_seconds_max: Some(3.0),
            cache_dirty_percent_max: Some(18.0),
            queue_max: Some(100),
        }
    }
}

/// What one limit is measured as.
struct Measured {
    name: &'static str,
    /// Its option on the command line.
    option: &'static str,
    unit: &'static str,
    decimals: usize,
    value: Known<f64>,
    max: Option<f64>,
}

pub(crate) fn measurable(target: &Target, seen: &Seen, limits: &Limits) -> Answer {
    let mut findings = Findings::new("limits", "can the limits of the run be measured?");
    let measured = [
        Measured {
            name: "replication lag",
            option: "--lag-seconds-max",
            unit: " s",
            decimals: 1,
            value: lag(target, seen),
            max: limits.lag_seconds_max,
        },
        Measured {
            name: "dirty cache",
            option: "--cache-dirty-percent-max",
            unit: " %",
            decimals: 1,
            value: from_status(seen, dirty_percent),
            max: limits.cache_dirty_percent_max,
        },
        Measured {
            name: "queue",
            option: "--queue-max",
            unit: "",
            decimals: 0,
            value: from_status(seen, queue),
            max: limits.queue_max.map(|max| max as f64),
        },
    ];
    for measured in &measured {
        judge(measured, &mut findings);
    }
    findings.answer()
}

fn judge(measured: &Measured, findings: &mut Findings) {
    let Measured { name, option, unit, decimals, value, max } = measured;
    match (value, max) {
        (_, None) => findings.ok(format!("{name} switched off")),
        (Known::Known(value), Some(max)) if value > max => findings.warn(
            format!("{name} {value:.decimals$}{unit} is above its limit of {max}{unit}: a run would pause"),
            "wait until it has fallen, or find out what causes it",
        ),
        (Known::Known(value), Some(max)) => {
            findings.ok(format!("{name} {value:.decimals$}{unit} (limit {max}{unit})"));
        }
        (Known::Unknown { why }, Some(_)) => findings.refuse(
            format!("{name} can't be measured: {why}"),
            format!("{}; or switch the limit off: {option} off", how_to_know(why)),
        ),
    }
}

/// Seconds between the primary's last entry and that of the slowest secondary. A member that is
/// not a secondary now (down, or in recovery) is a matter of the majority, not of lag.
fn lag(target: &Target, seen: &Seen) -> Known<f64> {
    if target.server.replica_set.is_some() && target.server.hosts.len() == 1 {
        return Known::Known(0.0);
    }
    match &seen.replica {
        Known::Unknown { why } => Known::unknown(why.clone()),
        Known::Known(replica) => Known::Known(replication_lag(replica)),
    }
}

/// Replication lag in seconds, from a reply to `replSetGetStatus`.
pub(crate) fn replication_lag(replica: &Document) -> f64 {
    let at = |member: &Document| {
        member.get_datetime("optimeDate").ok().map(|date| date.timestamp_millis())
    };
    let newest = documents(replica, "members").filter_map(at).max().unwrap_or_default();
    let slowest = documents(replica, "members")
        .filter(|member| number(member, "state") == Some(SECONDARY))
        .filter_map(at)
        .min()
        .unwrap_or(newest);
    (newest - slowest) as f64 / 1e3
}

fn from_status(seen: &Seen, measure: impl Fn(&Document) -> Option<f64>) -> Known<f64> {
    match &seen.status {
        Known::Unknown { why } => Known::unknown(why.clone()),
        Known::Known(status) => measure(status)
            .map_or_else(|| Known::unknown("serverStatus does not tell"), Known::Known),
    }
}

/// Share of the cache that is dirty, from a reply to `serverStatus`.
pub(crate) fn dirty_percent(status: &Document) -> Option<f64> {
    let cache = status.get_document("wiredTiger").ok()?.get_document("cache").ok()?;
    Some(100.0 * number(cache, DIRTY)? / number(cache, CACHE)?.max(1.0))
}

/// Operations that wait for a lock, from a reply to `serverStatus`.
pub(crate) fn queue(status: &Document) -> Option<f64> {
    let queue = status.get_document("globalLock").ok()?.get_document("currentQueue").ok()?;
    number(queue, "total")
}
