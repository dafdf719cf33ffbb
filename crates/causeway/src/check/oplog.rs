//! Whether the oplog still reaches back far enough when the run is done.

use causeway_core::answer::Answer;
use causeway_core::inventory::Known;

use super::Facts;
use super::amounts::bytes;
use super::findings::Findings;
use crate::clock::duration_words;

/// The window must hold the run this many times: a member that restarts, or a change stream that
/// is resumed, needs what came before as well.
const RUNS_IN_WINDOW_MIN: f64 = 2.0;
/// Less than this, and a member that is down over lunch has to be made anew.
const WINDOW_SECONDS_WARNS: f64 = 3600.0;

pub(super) fn window(facts: &Facts<'_>) -> Answer {
    let mut findings =
        Findings::new("oplog window", "does the oplog reach back far enough after the run?");
    let oplog = match &facts.inventory.oplog {
        Known::Known(oplog) => oplog,
        Known::Unknown { why } => {
            findings.unknown(why);
            return findings.answer();
        }
    };
    let run = &facts.plan.predictions;
    // The application goes on writing meanwhile.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes, positive")]
    let others = (oplog.bytes_per_second * run.seconds) as u64;
    let bytes_after = oplog.used_bytes.saturating_add(run.oplog_bytes + others);
    if bytes_after < oplog.max_bytes {
        findings.ok(format!(
            "{} now, and it is not full: {} of {} used, the run adds {}",
            duration_words(oplog.window_seconds),
            bytes(oplog.used_bytes),
            bytes(oplog.max_bytes),
            bytes(run.oplog_bytes)
        ));
        return findings.answer();
    }
    let after = oplog.window_after(run.oplog_bytes + others, run.seconds);
    let evidence = format!(
        "{} now, {} predicted after the run of {}",
        duration_words(oplog.window_seconds),
        duration_words(after),
        duration_words(run.seconds)
    );
    let megabytes = oplog.max_bytes / 500_000;
    let recipe = format!(
        "make it larger, on every member: db.adminCommand({{ replSetResizeOplog: 1, size: {megabytes} }})"
    );
    if after < run.seconds * RUNS_IN_WINDOW_MIN {
        findings.refuse(evidence, recipe);
    } else if after < WINDOW_SECONDS_WARNS {
        findings.warn(evidence, recipe);
    } else {
        findings.ok(evidence);
    }
    findings.answer()
}
