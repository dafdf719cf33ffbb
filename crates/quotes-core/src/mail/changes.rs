//! What changed since the version that was sent before, in the words of the letter.

use super::letter::{Fact, Letter, LetterEvent};

/// A line for each change that a customer would care for.
pub(super) fn between(before: &Letter, after: &Letter) -> Vec<String> {
    let mut lines = facts(&before.trip, &after.trip);
    if before.included != after.included {
        lines.push("What is included was rewritten.".to_owned());
    }
    lines.extend(events(&before.events, &after.events));
    if before.total != after.total {
        lines.push(format!("Total: {}, was {}", after.total, before.total));
    }
    lines
}

fn facts(before: &[Fact], after: &[Fact]) -> Vec<String> {
    let value = |facts: &[Fact], label: &str| {
        facts.iter().find(|fact| fact.label == label).map(|fact| fact.value.clone())
    };
    let changed = after.iter().filter_map(|fact| match value(before, &fact.label) {
        Some(was) if was == fact.value => None,
        Some(was) => Some(format!("{}: {}, was {was}", fact.label, fact.value)),
        None => Some(format!("{}: {}", fact.label, fact.value)),
    });
    let gone = before
        .iter()
        .filter(|fact| value(after, &fact.label).is_none())
        .map(|fact| format!("{}: no longer {}", fact.label, fact.value));
    changed.chain(gone).collect()
}

fn events(before: &[LetterEvent], after: &[LetterEvent]) -> Vec<String> {
    let named = |events: &[LetterEvent], name: &str| {
        events.iter().find(|event| event.name == name).cloned()
    };
    let changed = after.iter().filter_map(|event| match named(before, &event.name) {
        None => Some(format!("Added: {}, {}", event.name, event.amount)),
        Some(was) if was == *event => None,
        Some(was) => Some(format!("{}: {}, was {}", event.name, event.amount, was.amount)),
    });
    let gone = before
        .iter()
        .filter(|event| named(after, &event.name).is_none())
        .map(|event| format!("Removed: {}", event.name));
    changed.chain(gone).collect()
}
