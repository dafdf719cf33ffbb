//! Whether anything was lost: what was compared, what came out, and what that rests on.

use std::collections::BTreeMap;

use causeway_core::verdict::Verdict;
use serde::Serialize;

use super::inputs::{Inputs, Verified};
use super::moments;
use crate::clock::thousands;
use crate::terminal::quantities::counted;

/// The proof of a run.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Proof {
    /// `nothing_lost`, `wrong`, `not_compared`, `not_told`.
    pub(super) state: Loss,
    /// The same in a sentence.
    pub(super) sentence: String,
    /// Documents of each verdict, of all collections and of each.
    pub(super) counts: Vec<Count>,
    /// What was asked of indexes, validators, counts and the record.
    pub(super) conditions: Vec<Condition>,
    /// What the comparison rests on.
    pub(super) rests_on: String,
    /// When it was made, RFC 3339.
    pub(super) at: Option<String>,
    /// How long it took.
    pub(super) seconds: Option<f64>,
    /// File with every document that is not as expected.
    pub(super) list_file: Option<String>,
    /// The backup behind it.
    pub(super) backup: Option<Backup>,
}

/// What is known of losses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Loss {
    /// Everything was compared, and everything is there.
    NothingLost,
    /// Something is not as it should be.
    Wrong,
    /// Nothing was compared.
    NotCompared,
    /// The numbers are not at hand.
    NotTold,
}

/// How many documents of a collection came out how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Count {
    pub(super) collection: String,
    pub(super) verdict: &'static str,
    pub(super) meaning: &'static str,
    pub(super) documents: u64,
    pub(super) wrong: bool,
}

/// Something other than documents that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Condition {
    pub(super) holds: bool,
    pub(super) text: String,
}

/// A backup, as people look for it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Backup {
    pub(super) folder: String,
    /// The moment that it shows, RFC 3339; none where the folder is not at hand.
    pub(super) moment: Option<String>,
    pub(super) documents: Option<u64>,
    pub(super) bytes: Option<u64>,
    /// What became of restoring it, in a sentence.
    pub(super) proof: String,
    pub(super) proved: bool,
    /// When, RFC 3339.
    pub(super) proved_at: Option<String>,
}

/// The last verification says how it stands.
pub(super) fn of(inputs: &Inputs) -> Proof {
    let last = inputs.told.verifications.last();
    let (state, sentence) = last.map_or_else(|| untold(inputs), judged);
    let conditions = last.map(|it| it.conditions.as_slice()).unwrap_or_default();
    let zone = &inputs.made.zone;
    Proof {
        state,
        sentence,
        counts: last.map(counts).unwrap_or_default(),
        conditions: conditions
            .iter()
            .map(|(holds, text)| Condition { holds: *holds, text: text.clone() })
            .collect(),
        rests_on: last.map_or_else(String::new, |it| it.proof.clone()),
        at: last.and_then(|it| it.at).map(|at| moments::text(at, zone)),
        seconds: last.and_then(|it| it.seconds),
        list_file: last.and_then(|it| it.list_file.clone()),
        backup: backup(inputs),
    }
}

fn judged(verified: &Verified) -> (Loss, String) {
    let by_verdict = by_verdict(verified);
    let all: u64 = by_verdict.values().sum();
    let wrong: u64 =
        by_verdict.iter().filter(|(it, _)| it.is_wrong()).map(|(_, count)| count).sum();
    if all == 0 {
        let why = if verified.proof.is_empty() { "nobody says why" } else { &verified.proof };
        return (Loss::NotCompared, format!("Whether anything was lost is not proved: {why}."));
    }
    if wrong > 0 {
        let parts = parts(&by_verdict, Verdict::is_wrong);
        let (wrong, all) = (counted(wrong, "documents"), thousands(all));
        return (Loss::Wrong, format!("{wrong} of {all} not as expected: {parts}."));
    }
    if !verified.passed {
        let failed: Vec<&str> = verified
            .conditions
            .iter()
            .filter_map(|(holds, text)| (!holds).then_some(text.as_str()))
            .collect();
        let text =
            format!("No document was lost, but something else is wrong: {}.", failed.join("; "));
        return (Loss::Wrong, text);
    }
    (Loss::NothingLost, nothing_lost(verified, &by_verdict, all))
}

fn nothing_lost(verified: &Verified, by_verdict: &BTreeMap<Verdict, u64>, all: u64) -> String {
    let of = whose(verified);
    let unchanged = by_verdict.get(&Verdict::Unchanged).copied().unwrap_or_default();
    let every =
        if verified.rolled_back { "every byte as before" } else { "every other byte unchanged" };
    if unchanged == all {
        let all = thousands(all);
        return format!("Nothing was lost: {all} of {all} {of} compared, {every}.");
    }
    let others = parts(by_verdict, |verdict| !verdict.is_wrong() && verdict != Verdict::Unchanged);
    format!(
        "Nothing was lost: {} {of} compared, {} with {every}; meanwhile {others}.",
        thousands(all),
        thousands(unchanged),
    )
}

/// What the documents are called: by their collection where there is one.
fn whose(verified: &Verified) -> &str {
    match verified.collections.keys().collect::<Vec<_>>()[..] {
        [one] => one,
        _ => "documents",
    }
}

/// `412 changed by the application, 3 deleted by the application`.
fn parts(by_verdict: &BTreeMap<Verdict, u64>, wanted: impl Fn(Verdict) -> bool) -> String {
    let named: Vec<String> = Verdict::ALL
        .iter()
        .filter(|verdict| wanted(**verdict))
        .filter_map(|verdict| {
            let documents = by_verdict.get(verdict).filter(|documents| **documents > 0)?;
            Some(format!("{} {}", thousands(*documents), verdict.words()))
        })
        .collect();
    named.join(", ")
}

fn by_verdict(verified: &Verified) -> BTreeMap<Verdict, u64> {
    let mut sum = BTreeMap::new();
    for (verdict, documents) in verified.collections.values().flatten() {
        *sum.entry(*verdict).or_default() += documents;
    }
    sum
}

/// `up` writes its record only after verification has passed.
fn untold(inputs: &Inputs) -> (Loss, String) {
    let passed =
        inputs.run.steps.iter().any(|step| step.step == "verify" && step.evidence == "passed");
    let text = if passed {
        "Every document was compared and verification passed; its numbers are not kept with this run."
    } else {
        "Whether anything was lost is not known: no verification is kept with this run."
    };
    (Loss::NotTold, text.to_owned())
}

fn counts(verified: &Verified) -> Vec<Count> {
    let mut counts = Vec::new();
    for (collection, by_verdict) in &verified.collections {
        for (verdict, documents) in by_verdict {
            if *documents > 0 || *verdict == Verdict::Unchanged {
                counts.push(Count {
                    collection: collection.clone(),
                    verdict: verdict.words(),
                    meaning: meaning(*verdict, verified.rolled_back),
                    documents: *documents,
                    wrong: verdict.is_wrong(),
                });
            }
        }
    }
    counts
}

const fn meaning(verdict: Verdict, rolled_back: bool) -> &'static str {
    match verdict {
        Verdict::Unchanged if rolled_back => "every byte is as it was before the migration",
        Verdict::Unchanged => "has what the migration adds; every other byte is as it was before",
        Verdict::ChangedByApplication => "differs, and the change stream shows who wrote it",
        Verdict::CreatedByApplication => "new, and the change stream shows the insert",
        Verdict::DeletedByApplication => "gone, and the change stream shows who deleted it",
        Verdict::Damaged => "differs, and nobody but the migration can have written it",
        Verdict::Missing => "gone, and nobody deleted it",
        Verdict::Unexpected => "new, and nobody inserted it",
        Verdict::CauseUnknown => "differs, and the history that would tell why is lost",
        Verdict::WrongState => "the fields of the migration are not as they should be",
    }
}

fn backup(inputs: &Inputs) -> Option<Backup> {
    let backup = inputs.backup.as_ref()?;
    let manifest = backup.manifest.as_ref();
    let total = manifest.map(causeway_core::backup::Manifest::total);
    let proof = match (&backup.proof, manifest) {
        (Some(proof), _) if proof.passed => format!(
            "restored on {} and compared: {} in {} came back as they were",
            proof.restored_on,
            counted(proof.documents, "documents"),
            counted(proof.collections, "collections"),
        ),
        (Some(proof), _) => {
            format!("restored, and not as it should be: {}", proof.problems.join("; "))
        }
        (None, Some(_)) => "it was never restored: nobody knows whether it can be".to_owned(),
        (None, None) => "the folder is not on this machine, or holds no backup".to_owned(),
    };
    Some(Backup {
        folder: backup.folder.display().to_string(),
        moment: manifest.map(|manifest| {
            let at = crate::clock::moment_text(manifest.moment);
            moments::read(&at).map_or(at, |at| moments::text(at, &inputs.made.zone))
        }),
        documents: total.as_ref().map(|total| total.documents),
        bytes: total.as_ref().map(|total| total.bytes),
        proof,
        proved_at: backup
            .proof
            .as_ref()
            .and_then(crate::backup::proof::Proof::at)
            .map(|at| moments::text(at, &inputs.made.zone)),
        proved: backup.proof.as_ref().is_some_and(|proof| proof.passed),
    })
}
