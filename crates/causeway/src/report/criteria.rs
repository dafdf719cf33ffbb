//! The plan's criteria of success, each with its evidence. What nobody looked at is not known: a
//! tick without evidence would be worth nothing.

use causeway_core::inventory::RecordStatus;
use causeway_core::migration::Step;
use causeway_core::runbook::{StepRecord, StepState};
use serde::Serialize;

use super::figures::{self, Figures};
use super::inputs::Inputs;
use super::outcome::State;
use super::performance::{self, Performance};
use super::phase::Phase;
use super::proof::{Loss, Proof};
use crate::clock::thousands;
use crate::records;

/// One criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Criterion {
    /// Of the migration, or of what it was for.
    pub(super) of: Kind,
    pub(super) text: String,
    pub(super) answer: Answer,
    pub(super) word: &'static str,
    pub(super) evidence: String,
}

/// What a criterion is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Migration,
    Feature,
}

/// Whether it is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Answer {
    Met,
    NotMet,
    NotKnown,
}

impl Answer {
    const fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not met",
            Self::NotKnown => "not known",
        }
    }
}

/// What the smoke checks have to mention for it to count as tried: criterion, and words of it.
const TRIED: [(&str, &[&str]); 3] = [
    ("Prices are calculated correctly", &["price", "total"]),
    ("E-mails show it", &["mail"]),
    ("The price breakdown shows it", &["breakdown"]),
];

/// All of them, in the order of the plan.
pub(super) fn of(inputs: &Inputs, (figures, proof): (&Figures, &Proof)) -> Vec<Criterion> {
    let mut all = vec![fields(inputs, proof)];
    all.extend(indexes(inputs, proof));
    all.push(record(inputs));
    all.push(loss(proof));
    all.push(accessible(proof));
    all.push(adoption(inputs, figures));
    all.extend(TRIED.map(|(text, words)| tried(inputs, text, words)));
    all.push(degradation(inputs, figures));
    all
}

fn criterion(of: Kind, text: &str, (answer, evidence): (Answer, String)) -> Criterion {
    Criterion { of, text: text.to_owned(), answer, word: answer.word(), evidence }
}

fn is_undone(inputs: &Inputs) -> bool {
    State::of(&inputs.run) == State::RolledBack
}

fn undone() -> (Answer, String) {
    (Answer::NotMet, "the migration was rolled back".to_owned())
}

/// What a condition of the verification that mentions `word` says.
fn asked(proof: &Proof, mentions: impl Fn(&str) -> bool) -> Option<(Answer, String)> {
    let condition = proof.conditions.iter().find(|it| mentions(&it.text))?;
    let answer = if condition.holds { Answer::Met } else { Answer::NotMet };
    Some((answer, condition.text.clone()))
}

/// `up` writes `completed` only after its own verification has passed.
fn by_record(inputs: &Inputs) -> (Answer, String) {
    match status(inputs) {
        Some(RecordStatus::Completed) => (
            Answer::Met,
            "the record says completed, which is written only after verification has passed"
                .to_owned(),
        ),
        _ => (Answer::NotKnown, "no verification of it is kept with this run".to_owned()),
    }
}

fn status(inputs: &Inputs) -> Option<RecordStatus> {
    inputs.record.as_ref().map(|record| records::facts(record).status)
}

fn fields(inputs: &Inputs, proof: &Proof) -> Criterion {
    let names: Vec<String> =
        inputs.migration.iter().flat_map(|it| &it.steps).filter_map(added).collect();
    let text = if names.is_empty() {
        "Every document is as the migration makes it".to_owned()
    } else {
        format!("Every document has {}", names.join(", "))
    };
    let answered = if is_undone(inputs) {
        undone()
    } else {
        asked(proof, |text| text.contains("as asked")).unwrap_or_else(|| by_record(inputs))
    };
    criterion(Kind::Migration, &text, answered)
}

fn added(step: &Step) -> Option<String> {
    match step {
        Step::AddField(step) => Some(format!("{}.{}", step.collection, step.field)),
        _ => None,
    }
}

fn indexes(inputs: &Inputs, proof: &Proof) -> Vec<Criterion> {
    let steps = inputs.migration.iter().flat_map(|migration| &migration.steps);
    let named = steps.filter_map(|step| match step {
        Step::CreateIndex(step) => Some(step.index.name.clone()),
        _ => None,
    });
    named
        .map(|name| {
            let answered = if is_undone(inputs) {
                undone()
            } else {
                let begins = format!("index {name} ");
                asked(proof, |text| text.starts_with(&begins)).unwrap_or_else(|| by_record(inputs))
            };
            criterion(Kind::Migration, &format!("Index {name} exists"), answered)
        })
        .collect()
}

fn record(inputs: &Inputs) -> Criterion {
    let version = &inputs.run.version;
    let answered = match (status(inputs), is_undone(inputs)) {
        (Some(RecordStatus::Completed), false) => {
            (Answer::Met, format!("the record of {version} says completed"))
        }
        (Some(status), _) => {
            (Answer::NotMet, format!("the record of {version} says {}", status.word()))
        }
        (None, _) => (Answer::NotMet, format!("there is no record of {version}")),
    };
    criterion(Kind::Migration, "The migration is recorded in the database", answered)
}

fn loss(proof: &Proof) -> Criterion {
    let answer = match proof.state {
        Loss::NothingLost => Answer::Met,
        Loss::Wrong => Answer::NotMet,
        Loss::NotCompared | Loss::NotTold => Answer::NotKnown,
    };
    criterion(Kind::Migration, "No data was lost", (answer, proof.sentence.clone()))
}

fn accessible(proof: &Proof) -> Criterion {
    let missing: u64 = proof
        .counts
        .iter()
        .filter(|count| count.verdict == causeway_core::verdict::Verdict::Missing.words())
        .map(|count| count.documents)
        .sum();
    let read: u64 = proof.counts.iter().map(|count| count.documents).sum();
    let answered = match (read, missing) {
        (0, _) => {
            (Answer::NotKnown, "no reading of all documents is kept with this run".to_owned())
        }
        (_, 0) => (
            Answer::Met,
            format!("{} documents were read one by one; none is missing", thousands(read)),
        ),
        (_, missing) => (Answer::NotMet, format!("{} documents are missing", thousands(missing))),
    };
    criterion(Kind::Migration, "Every document there was can be read", answered)
}

fn adoption(inputs: &Inputs, figures: &Figures) -> Criterion {
    let used: Vec<_> = figures.adoption.iter().filter(|it| it.documents > Some(0)).collect();
    let answered = if is_undone(inputs) {
        undone()
    } else if let Some(used) = used.first() {
        (Answer::Met, format!("{} hold something in {}", used.words(), used.field))
    } else if figures.adoption.iter().any(|it| it.documents == Some(0)) {
        (Answer::NotKnown, "nobody has used it yet".to_owned())
    } else {
        (Answer::NotKnown, "it was not counted".to_owned())
    };
    criterion(Kind::Feature, "Users use what the migration is for", answered)
}

/// The last try of a step.
fn last<'a>(inputs: &'a Inputs, id: &str) -> Option<&'a StepRecord> {
    inputs.run.steps.iter().rev().find(|step| step.step == id)
}

fn tried(inputs: &Inputs, text: &str, words: &[&str]) -> Criterion {
    let answered = match last(inputs, "smoke") {
        _ if is_undone(inputs) => undone(),
        None => (Answer::NotKnown, "no smoke checks belong to this run".to_owned()),
        Some(smoke) => {
            let evidence = smoke.evidence.trim().to_owned();
            let named = naming(&evidence, words);
            match smoke.state {
                StepState::Done if !named.is_empty() => {
                    (Answer::Met, format!("tried by the smoke checks: {named}"))
                }
                StepState::Failed if !named.is_empty() => (Answer::NotMet, evidence),
                StepState::Done | StepState::Failed | StepState::Incomplete => {
                    (Answer::NotKnown, format!("the smoke checks do not name it: {evidence}"))
                }
                StepState::Skipped | StepState::Void => {
                    (Answer::NotKnown, format!("the smoke checks were left out: {evidence}"))
                }
                StepState::Open => (Answer::NotKnown, "the smoke checks have not ended".to_owned()),
            }
        }
    };
    criterion(Kind::Feature, text, answered)
}

/// Of what the smoke checks say, the parts that name one of these words.
fn naming(evidence: &str, words: &[&str]) -> String {
    // What each was answered stands in parentheses behind it.
    let mut depth = 0_usize;
    let parts = evidence.split(|character| {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && [',', ';', ':'].contains(&character)
    });
    let named = parts.map(str::trim).filter(|part| {
        let part = part.to_lowercase();
        words.iter().any(|word| part.contains(word))
    });
    named.collect::<Vec<_>>().join(", ")
}

fn degradation(inputs: &Inputs, figures: &Figures) -> Criterion {
    let at = |phase| performance::at(&figures.performance, phase).filter(|it| it.is_measured());
    let answered = match (at(Phase::Before), at(Phase::After)) {
        _ if is_undone(inputs) => undone(),
        (_, None) => {
            (Answer::NotKnown, "not watched: nothing was measured after the run".to_owned())
        }
        (None, Some(after)) => {
            (Answer::NotKnown, format!("nothing was measured before; after: {}", said(after)))
        }
        (Some(before), Some(after)) => compared(before, after),
    };
    let answered = with_watch(inputs, answered);
    criterion(Kind::Feature, "Performance is not degraded", answered)
}

/// The watch has limits of its own: what it found counts whatever the means of a day say.
fn with_watch(inputs: &Inputs, (answer, evidence): (Answer, String)) -> (Answer, String) {
    let Some(watch) = last(inputs, "watch").filter(|_| !is_undone(inputs)) else {
        return (answer, evidence);
    };
    let said = format!("{evidence}; the watch says: {}", watch.evidence);
    match watch.state {
        StepState::Failed => (Answer::NotMet, said),
        StepState::Incomplete => (answer, said),
        StepState::Done | StepState::Skipped | StepState::Open | StepState::Void => {
            (answer, evidence)
        }
    }
}

fn compared(before: &Performance, after: &Performance) -> (Answer, String) {
    let worse = after.worse_than(before);
    let both = format!("before: {}; after: {}", said(before), said(after));
    if worse.is_empty() {
        return (Answer::Met, both);
    }
    (Answer::NotMet, format!("{}; {both}", worse.join(", ")))
}

fn said(performance: &Performance) -> String {
    let mut said = Vec::new();
    if let Some(p99) = performance.p99_milliseconds {
        said.push(format!("99 of 100 answers within {}", figures::milliseconds_words(p99)));
    }
    if let Some(rate) = performance.error_rate_percent {
        said.push(format!("{} errors", figures::percent_words(rate)));
    }
    said.join(", ")
}
