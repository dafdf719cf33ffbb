//! Operations of others that take long: they hold up index builds, validators and batches.

use bson::Document;
use causeway_core::answer::Answer;
use causeway_core::inventory::Known;

use super::Patient;
use crate::check::findings::Findings;
use crate::check::seen::Seen;
use crate::clock::duration_words;
use crate::inventory::{number, whole};

/// An operation of a minute is none that people wait for.
const LONG_SECONDS: f64 = 60.0;

/// Which there are.
pub(super) fn long(patient: &Patient<'_>, seen: &Seen) -> Answer {
    let question = "does an operation or a transaction of others hold the collections?";
    let mut findings = Findings::new("long operations", question);
    let operations = match &seen.operations {
        Known::Known(operations) => operations,
        Known::Unknown { why } => {
            findings.unknown(why);
            return findings.answer();
        }
    };
    let within = format!("{}.", patient.context.target.name());
    for operation in operations {
        let of_ours = operation.get_str("appName").is_ok_and(|name| name == "causeway");
        let seconds = seconds(operation);
        let here = operation.get_str("ns").is_ok_and(|namespace| namespace.starts_with(&within));
        if !here || of_ours || seconds < LONG_SECONDS {
            continue;
        }
        let word = |key: &str| operation.get_str(key).unwrap_or("?");
        let waits = if operation.get_bool("waitingForLock").unwrap_or_default() {
            ", and waits for a lock"
        } else {
            ""
        };
        findings.warn(
            format!(
                "{} on {} for {}{waits} (operation {}, {} at {})",
                word("op"),
                word("ns"),
                duration_words(seconds),
                whole(operation, "opid"),
                word("appName"),
                word("client"),
            ),
            format!(
                "ask whose it is; when nobody needs it: db.adminCommand({{ killOp: 1, op: {} }})",
                whole(operation, "opid")
            ),
        );
    }
    findings.ok("none of more than a minute");
    findings.answer()
}

fn seconds(operation: &Document) -> f64 {
    let running = number(operation, "secs_running").unwrap_or_default();
    let open = operation.get_document("transaction").ok();
    let open = open.and_then(|open| number(open, "timeOpenMicros")).unwrap_or_default() / 1e6;
    running.max(open)
}
