//! Who else is migrating: our own records and lease, other tools' locks, operations that stand in
//! the way of an index build or a validator.

use causeway_core::answer::Answer;
use causeway_core::inventory::{Known, RecordStatus};

use super::Facts;
use super::findings::Findings;

mod lease;
mod operations;
mod tools;

pub(super) use lease::lease;
pub(super) use operations::operations;
pub(super) use tools::other_tools;

/// Records that say `running`. One of this very migration by Causeway is a run to be resumed.
pub(super) fn running_records(facts: &Facts<'_>) -> Answer {
    let mut findings = Findings::new("running record", "is another migration recorded as running?");
    for record in &facts.inventory.records {
        if record.status != RecordStatus::Running {
            continue;
        }
        let own = record.is_of(&facts.migration.version) && !record.foreign;
        if own {
            continue;
        }
        let by = match (&record.run, &record.host) {
            (Some(run), Some(host)) => format!("run {run} on {host}"),
            (Some(run), None) => format!("run {run}"),
            (None, _) => "another tool".to_owned(),
        };
        findings.refuse(
            format!(
                "{} is recorded as running, by {by}, {}",
                record.version,
                age(record.applied_at.as_deref(), &facts.seen)
            ),
            format!(
                "finish it first: causeway up {0}, or roll it back: causeway down {0}; if nothing is \
                 running any more, and it is no migration of Causeway, set its status by hand",
                record.version
            ),
        );
    }
    findings.ok("none");
    findings.answer()
}

/// How long ago a record was written, by the server's clock.
fn age(at: Option<&str>, seen: &super::seen::Seen) -> String {
    let then = at.and_then(|at| at.parse::<jiff::Timestamp>().ok());
    let now = seen.hello.get_datetime("localTime").ok().map(|now| now.timestamp_millis());
    match (at, then, now) {
        (_, Some(then), Some(now)) => {
            let seconds = (now - then.as_millisecond()) as f64 / 1e3;
            format!("for {}", crate::clock::duration_words(seconds.max(0.0)))
        }
        (Some(at), _, _) => format!("since {at}"),
        (None, _, _) => "since nobody knows when".to_owned(),
    }
}

/// Reads what may be denied into findings.
fn or_unknown<T>(known: Known<T>, findings: &mut Findings) -> Option<T> {
    match known {
        Known::Known(fact) => Some(fact),
        Known::Unknown { why } => {
            findings.unknown(&why);
            None
        }
    }
}
