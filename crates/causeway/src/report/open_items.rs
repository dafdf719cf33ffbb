//! What is left to be done by people, until the day of the review.

use serde::Serialize;

use super::figures::Figures;
use super::inputs::Inputs;
use super::moments;
use super::outcome::State;
use super::people::People;
use super::phase::{Phase, looks};
use super::proof::{Loss, Proof};
use super::timeline::{Row, Standing};
use crate::clock::duration_words;
use crate::terminal::quantities::counted;

const DAY_SECONDS: f64 = 24.0 * 3600.0;
/// So much of a day is a day: looks have gaps.
const WATCHED_SHARE: f64 = 0.95;

/// The review: when, and what is open.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Review {
    /// RFC 3339; none while the run goes on.
    pub(super) due: Option<String>,
    pub(super) items: Vec<Item>,
}

/// Something a person has to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Item {
    pub(super) what: String,
    /// What does it, where a command does.
    pub(super) command: Option<String>,
}

/// What is open.
pub(super) fn of(
    inputs: &Inputs,
    timeline: &[Row],
    (figures, proof, people): (&Figures, &Proof, &People),
) -> Review {
    let mut items = Vec::new();
    items.extend(of_run(inputs));
    items.extend(of_steps(timeline));
    items.extend(of_maintenance(inputs, figures));
    items.extend(of_proof(proof));
    items.extend(of_notices(people));
    items.extend(of_values(inputs, figures));
    items.extend(of_watch(inputs));
    let ended = inputs.run.ended_at.map(moments::timestamp);
    let due = ended.map(|ended| moments::days_after(ended, inputs.review_days, &inputs.made.zone));
    Review { due: due.map(|due| moments::text(due, &inputs.made.zone)), items }
}

fn item(what: impl Into<String>, command: Option<String>) -> Item {
    Item { what: what.into(), command }
}

fn of_run(inputs: &Inputs) -> Option<Item> {
    let run = &inputs.run;
    let again = format!("causeway {} {}", run.direction, run.version);
    match State::of(run) {
        State::Stopped if run.status == "superseded" => None,
        State::Stopped => Some(item("the run can be resumed", Some(again))),
        State::Failed => {
            Some(item("the run failed; look into why before it is tried again", Some(again)))
        }
        State::RolledBack if run.failing.is_some() => Some(item(
            "find the cause before it is tried again",
            Some(format!("causeway logs {}", run.id)),
        )),
        State::Applied | State::RolledBack | State::Running => None,
    }
}

/// Of each step the last try.
fn of_steps(timeline: &[Row]) -> Vec<Item> {
    let is_last =
        |at: usize| timeline[at + 1..].iter().all(|later| later.step != timeline[at].step);
    let last = timeline.iter().enumerate().filter(|(at, _)| is_last(*at)).map(|(_, row)| row);
    last.filter_map(|row| match row.state {
        Standing::Failed => Some(item(format!("step {} failed: {}", row.step, row.evidence), None)),
        Standing::Incomplete if row.warnings.is_empty() => {
            Some(item(format!("look at step {}: {}", row.step, row.evidence), None))
        }
        Standing::Incomplete => {
            Some(item(format!("look at step {}: {}", row.step, row.warnings.join("; ")), None))
        }
        Standing::Unknown => Some(item(format!("find out what became of step {}", row.step), None)),
        Standing::Done | Standing::Skipped | Standing::Open => None,
    })
    .collect()
}

fn of_maintenance(inputs: &Inputs, figures: &Figures) -> Option<Item> {
    let over = State::of(&inputs.run) != State::Running;
    (figures.downtime.lasts && over)
        .then(|| item("maintenance is on still", Some("causeway maintenance off".to_owned())))
}

fn of_proof(proof: &Proof) -> Option<Item> {
    let list =
        proof.list_file.as_ref().map(|file| format!("; the list is {file}")).unwrap_or_default();
    (proof.state == Loss::Wrong).then(|| item(format!("{}{list}", proof.sentence), None))
}

fn of_notices(people: &People) -> Vec<Item> {
    let failed = people.notices.iter().filter(|notice| notice.failed > 0);
    failed
        .map(|notice| {
            let many = counted(notice.failed as u64, "deliveries");
            let many = if notice.failed == 1 { "1 delivery".to_owned() } else { many };
            let what = format!("{many} of \u{201c}{}\u{201d} did not arrive", notice.subject);
            item(what, Some(format!("causeway notice send {}", notice.moment)))
        })
        .collect()
}

fn of_values(inputs: &Inputs, figures: &Figures) -> Vec<Item> {
    let version = &inputs.run.version;
    let mut items = Vec::new();
    if inputs.conflicts_open > 0 {
        let many = counted(inputs.conflicts_open, "values");
        let what = format!("{many} of an earlier rollback could not be put back: decide on each");
        items.push(item(what, Some(format!("causeway conflicts {version}"))));
    }
    if let Some(archived) = figures.values_archived.filter(|archived| *archived > 0) {
        let many = counted(archived, "values");
        items.push(item(
            format!("{many} stood where the migration writes, and went to the archive"),
            None,
        ));
    }
    items
}

/// The plan wants a whole day; a run itself looks for some minutes.
fn of_watch(inputs: &Inputs) -> Option<Item> {
    let looks = looks(&inputs.samples, Phase::After);
    let seconds: f64 = looks.map(|look| look.seconds).sum();
    if seconds >= DAY_SECONDS * WATCHED_SHARE || State::of(&inputs.run) != State::Applied {
        return None;
    }
    let command = format!("causeway watch {} --for 24h", inputs.run.version);
    let what = match seconds > 0.0 {
        true => format!("{} of the first 24 hours were watched", duration_words(seconds)),
        false => "the first 24 hours were not watched".to_owned(),
    };
    Some(item(what, Some(command)))
}
