//! Whether the disk has room for what the run leaves behind.

use causeway_core::answer::Answer;
use causeway_core::inventory::Known;

use super::Facts;
use super::amounts::bytes;
use super::findings::Findings;

/// More than this part of what is free, and somebody should know.
const NEEDED_SHARE_WARNS: f64 = 0.5;

pub(super) fn free(facts: &Facts<'_>) -> Answer {
    let mut findings = Findings::new("free disk", "is there room for what the run leaves behind?");
    let needed = &facts.plan.predictions;
    let parts = format!(
        "{} needed (oplog {}, growth {}, archive {}, index {})",
        bytes(needed.disk_bytes),
        bytes(needed.oplog_bytes),
        bytes(needed.growth_bytes),
        bytes(needed.archive_bytes),
        bytes(needed.index_bytes)
    );
    let disk = match &facts.inventory.disk {
        Known::Known(disk) => disk,
        Known::Unknown { why } => {
            findings.warn(
                format!("unknown: {why}; {parts}"),
                "look at the disk of every member: df -h",
            );
            return findings.answer();
        }
    };
    let whose = if facts.inventory.members > 1 { " on the primary" } else { "" };
    let evidence = format!("{} free{whose}, {parts}", bytes(disk.free_bytes));
    if needed.disk_bytes > disk.free_bytes {
        findings.refuse(
            evidence,
            format!(
                "free {} on the server's data disk, on every member",
                bytes(needed.disk_bytes - disk.free_bytes)
            ),
        );
    } else if needed.disk_bytes as f64 > disk.free_bytes as f64 * NEEDED_SHARE_WARNS {
        findings.warn(evidence, "make more room on the server's data disk, on every member");
    } else {
        findings.ok(evidence);
    }
    findings.answer()
}
