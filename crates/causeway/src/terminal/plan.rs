//! A plan: what each step would do, what it takes, and the hash by which it is approved.

use causeway_core::plan::{Action, Plan, StepPlan};

use super::layout::Page;
use super::quantities::{bytes_words, counted, estimate_words};
use super::style::Meaning;
use crate::clock::thousands;

/// The whole plan.
pub(super) fn plan(page: Page, plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for step in &plan.steps {
        let (word, meaning, text) = action(step);
        let name = format!("step {}", step.step + 1);
        lines.push(page.row((word, meaning), &name, &format!("{}: {text}", step.title)));
        lines.extend(step.notes.iter().map(|note| page.below_row(note)));
    }
    let takes = &plan.predictions;
    lines.push(page.keyed(
        "takes",
        None,
        &format!(
            "{}, {} of disk (oplog {}, growth {}, archive {}, index {})",
            about(takes.seconds),
            bytes_words(takes.disk_bytes),
            bytes_words(takes.oplog_bytes),
            bytes_words(takes.growth_bytes),
            bytes_words(takes.archive_bytes),
            bytes_words(takes.index_bytes),
        ),
    ));
    let basis = page.below_key(&takes.basis);
    lines.push(page.paint.paint(Meaning::Detail, &basis));
    for refusal in &plan.refusals {
        lines.push(page.keyed("refuses", Some(Meaning::Bad), refusal));
    }
    lines.push(page.keyed("hash", None, &plan.hash));
    lines
}

fn about(seconds: f64) -> String {
    let words = estimate_words(seconds);
    if words.starts_with("less") { words } else { format!("about {words}") }
}

/// Whether a step has something to do, and what.
fn action(step: &StepPlan) -> (&'static str, Meaning, String) {
    let does = |text: String| ("to do", Meaning::Attention, text);
    let nothing = |text: &str| ("nothing", Meaning::Good, text.to_owned());
    let refuses = |text: String| ("refuses", Meaning::Bad, text);
    match &step.action {
        Action::ChangeDocuments => does(changes(step)),
        Action::Nothing => nothing("every document is as it should be"),
        Action::CreateIndex => does("the index is not there yet".to_owned()),
        Action::IndexPresent => nothing("that very index is there"),
        Action::ReplaceIndex { former } => {
            does(format!("replaces {}, which down makes again", former.join(" and ")))
        }
        Action::ReplaceIndexRefused { difference } => refuses(format!(
            "another index stands in the way: {difference}; --replace-index allows it"
        )),
        Action::DropIndex => does("drops the index, which down makes again".to_owned()),
        Action::IndexAbsent => nothing("there is no such index"),
        Action::ExtendEnum { added } => does(format!("adds {}", added.join(", "))),
        Action::EnumNotRestricted => nothing("the validator does not restrict it"),
        Action::EnumAlready => nothing("the validator allows them already"),
        Action::EnumNotUnderstood { reason } => refuses(reason.clone()),
        Action::CollectionMissing => refuses("there is no such collection".to_owned()),
        Action::CollectionUnsuitable { reason } => refuses(reason.clone()),
    }
}

fn changes(step: &StepPlan) -> String {
    let mut text = match step.documents {
        Some(documents) => format!("changes {}", counted(documents, "documents")),
        None => "changes documents, not counted".to_owned(),
    };
    if !step.by_reason.is_empty() {
        let reasons = step
            .by_reason
            .iter()
            .map(|(reason, documents)| format!("{} where {reason}", thousands(*documents)));
        text.push_str(&format!(" ({})", reasons.collect::<Vec<_>>().join(", ")));
    }
    if step.archived_bytes > 0 {
        text.push_str(&format!(", archives {} of former values", bytes_words(step.archived_bytes)));
    }
    text
}
