//! The exit codes of the code and those of the page are the same.

use std::collections::BTreeSet;

use causeway_core::outcome::Outcome;

use super::{Finding, files::TextFile};

const PAGE: &str = "docs/exit-codes.md";

pub(super) fn check(files: &[TextFile]) -> Vec<Finding> {
    let Some(page) = files.iter().find(|file| file.path == PAGE) else {
        return vec![Finding::of(PAGE, "is missing: the exit codes are a contract")];
    };
    let codes: BTreeSet<u8> = Outcome::ALL.iter().map(|outcome| outcome.exit_code()).collect();
    let listed: BTreeSet<u8> = page.text.lines().filter_map(first_cell).collect();
    let missing = codes.difference(&listed).map(|code| format!("exit code {code} is not listed"));
    let extra = listed.difference(&codes).map(|code| format!("no command ends with {code}"));
    missing.chain(extra).map(|text| Finding::of(PAGE, text)).collect()
}

/// The number in the first cell of a table's row.
fn first_cell(line: &str) -> Option<u8> {
    line.strip_prefix('|')?.split('|').next()?.trim().trim_matches('`').parse().ok()
}
