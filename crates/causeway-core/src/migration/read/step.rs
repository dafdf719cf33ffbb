//! One `[[step]]`: which kind it is.

use super::claims::Claim;
use super::keys::Entry;
use super::{Read, computed, enumeration, fields, index};
use crate::migration::error::Fault;
use crate::migration::step::Step;

/// The kinds of steps, as they are written.
const KINDS: [&str; 7] = [
    "add_field",
    "remove_field",
    "rename_field",
    "set_computed",
    "create_index",
    "drop_index",
    "extend_enum",
];

/// Reads a step and what it takes for itself.
pub(super) fn step(entry: &Entry<'_>) -> Read<(Step, Vec<Claim>)> {
    let keys = entry.keys(&KINDS)?;
    let mut kinds = keys.entries();
    let Some(kind) = kinds.next() else {
        return Err(entry
            .fault("a step without a kind does nothing")
            .help(format!("give one of {}", KINDS.join(", "))));
    };
    if let Some(second) = kinds.next() {
        let message = "a step has exactly one kind";
        return Err(Fault::new(second.key_span, second.path, message)
            .related(kind.key_span, "the first one")
            .help("write [[step]] above each of them: that also says in which order they run"));
    }
    match kind.key {
        "add_field" => fields::add(&kind),
        "remove_field" => fields::remove(&kind),
        "rename_field" => fields::rename(&kind),
        "set_computed" => computed::set(&kind),
        "create_index" => index::create(&kind),
        "drop_index" => index::drop(&kind),
        // `KINDS` lets nothing else through.
        _ => enumeration::extend(&kind),
    }
}
