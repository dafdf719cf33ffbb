//! Answers of the checks, and what they come to.

use causeway_core::answer::{Answer, Tally, Verdict};
use causeway_core::outcome::Outcome;

use super::layout::Page;
use super::style::Meaning;

/// One answer: a line, and below it what to do.
pub(super) fn answer(page: Page, answer: &Answer) -> String {
    let (word, meaning) = match answer.answer {
        Verdict::Ok => ("ok", Meaning::Good),
        Verdict::Warning => ("warning", Meaning::Attention),
        Verdict::Refuses => ("refuses", Meaning::Bad),
    };
    let mut text = page.row((word, meaning), answer.check, &answer.evidence);
    if let Some(recipe) = &answer.recipe {
        text.push('\n');
        text.push_str(&page.below_row(recipe));
    }
    text
}

/// What the answers of a check are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// They are all there is to the command.
    Command,
    /// A run goes on after them.
    Run,
}

/// `11 ok, 2 warnings, 1 refuses: 010 can not start.`
pub(super) fn checked(page: Page, (version, tally): (&str, &Tally), place: Place) -> String {
    let mut parts = vec![format!("{} ok", tally.ok)];
    match tally.warnings {
        0 => {}
        1 => parts.push("1 warning".to_owned()),
        many => parts.push(format!("{many} warnings")),
    }
    match tally.refusals {
        0 => {}
        1 => parts.push("1 refuses".to_owned()),
        many => parts.push(format!("{many} refuse")),
    }
    let (verdict, outcome) = if tally.refusals == 0 {
        ("can start", Outcome::Done)
    } else {
        ("can not start", Outcome::Refused)
    };
    let line = format!("{}: {version} {verdict}.", parts.join(", "));
    match place {
        Place::Command => page.with_exit(&line, outcome.exit_code()),
        Place::Run => line,
    }
}
