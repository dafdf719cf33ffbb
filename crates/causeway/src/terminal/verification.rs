//! What a verification found: counts first, then what is wrong, then what was asked of the rest.

use std::collections::BTreeMap;

use causeway_core::event::Verification;
use causeway_core::verdict::{Expected, Verdict};

use super::layout::Page;
use super::style::Meaning;
use crate::clock::{duration_words, thousands};

/// So many ids of each kind are named here; the file has all of them.
const IDS_SHOWN_MAX: usize = 5;

/// The whole verification.
pub(super) fn verification(page: Page, found: &Verification) -> Vec<String> {
    let mut lines = Vec::new();
    for (collection, counts) in &found.collections {
        lines.push(heading(page, found, collection, counts));
        for verdict in Verdict::ALL {
            if let Some(documents) = counts.get(&verdict).filter(|documents| **documents > 0) {
                lines.push(count(page, found, collection, (verdict, *documents)));
            }
        }
    }
    for condition in &found.conditions {
        let answer = if condition.holds { ("ok", Meaning::Good) } else { ("wrong", Meaning::Bad) };
        lines.push(page.statement(answer, &condition.text));
    }
    lines.push(page.keyed("proof", None, &found.proof));
    if let Some(file) = &found.list_file {
        lines.push(page.keyed("list", None, file));
    }
    lines.push(last_line(found));
    lines
}

/// What was compared and how it came out. Whose documents fail a condition is not told apart, so
/// nothing is praised above one that does not hold.
fn heading(
    page: Page,
    found: &Verification,
    collection: &str,
    counts: &BTreeMap<Verdict, u64>,
) -> String {
    let all: u64 = counts.values().sum();
    if all == 0 {
        let read = thousands(found.documents);
        let text = match found.collections.len() {
            1 => format!("{read} {collection}: nothing was compared"),
            _ => format!("{collection}: nothing was compared; {read} documents in all"),
        };
        return page.keyed("read", Some(Meaning::Detail), &text);
    }
    let wrong: u64 =
        counts.iter().filter(|(it, _)| it.is_wrong()).map(|(_, documents)| documents).sum();
    let gone = counts.get(&Verdict::DeletedByApplication).copied().unwrap_or_default();
    let expected = match found.state {
        Expected::Applied => "as the migration makes them",
        Expected::RolledBack => "as they were before it",
    };
    if wrong > 0 {
        let (wrong, all) = (thousands(wrong), thousands(all));
        let text = format!("{wrong} of {all} {collection}: not {expected}");
        return page.keyed("wrong", Some(Meaning::Bad), &text);
    }
    let there = thousands(all - gone);
    if !found.passed {
        let text = format!("{there} {collection}; what is wrong stands below");
        return page.keyed("compared", Some(Meaning::Detail), &text);
    }
    let text = format!("{there} of {there} {collection}: {expected}");
    page.keyed("verified", Some(Meaning::Good), &text)
}

fn count(
    page: Page,
    found: &Verification,
    collection: &str,
    (verdict, documents): (Verdict, u64),
) -> String {
    let meaning = if verdict.is_wrong() { Meaning::Bad } else { Meaning::Detail };
    let ids = found.samples.get(collection).and_then(|samples| samples.get(&verdict));
    let named = ids.map_or_else(String::new, |ids| named(ids, documents));
    page.count(&thousands(documents), meaning, (verdict.words(), &named))
}

/// `{"$oid":"…"}, 17 and 3 more`.
fn named(ids: &[String], documents: u64) -> String {
    let shown: Vec<&str> = ids.iter().take(IDS_SHOWN_MAX).map(String::as_str).collect();
    let text = shown.join(", ");
    match documents.saturating_sub(shown.len() as u64) {
        0 => text,
        more => format!("{text} and {} more", thousands(more)),
    }
}

fn last_line(found: &Verification) -> String {
    let verdict = if found.passed { "passed" } else { "failed" };
    let state = match found.state {
        Expected::Applied => "applied",
        Expected::RolledBack => "rolled back",
    };
    let took = duration_words(found.seconds);
    format!("{} {state}: verification {verdict} after {took}.", found.version)
}
