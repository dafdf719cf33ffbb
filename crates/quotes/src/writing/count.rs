//! What is counted of writes, as `docs/watching.md` names it.

use metrics::counter;
use quotes_core::quote::Quote;

use crate::failure::Failure;

/// A quote was made.
pub(super) fn created(quote: &Quote) {
    counter!("quotes_created_total", "events" => with_events(quote)).increment(1);
}

/// A quote was not made.
pub(super) fn not_created(failure: &Failure) {
    counter!("quotes_create_failed_total", "reason" => failure.code).increment(1);
}

/// A quote was edited.
pub(super) fn saved(quote: &Quote) {
    counter!("quotes_saved_total", "events" => with_events(quote)).increment(1);
}

fn with_events(quote: &Quote) -> &'static str {
    if quote.selection.is_empty() { "none" } else { "some" }
}
