//! What the rules refuse, as the API says it.

use quotes_core::{life::Refused, problem::Problems};

use crate::failure::{Detail, Failure};

/// Codes of problems with chosen events.
const ABOUT_EVENTS: [&str; 4] =
    ["unknown_event", "inactive_event", "duplicate_event", "too_many_events"];
/// Code of the problem that only an event in a path can have.
const NOT_ON_QUOTE: &str = "event_not_on_quote";

/// The failure for what is wrong with a change: the code is that of the events when nothing else is
/// wrong, and a quote that can't be changed at all is a conflict.
pub(super) fn problems(problems: Problems) -> Failure {
    if problems.contains("deleted") {
        return deleted();
    }
    if problems.contains(Refused::Locked.code()) {
        return step(Refused::Locked);
    }
    if problems.contains(NOT_ON_QUOTE) {
        return event_not_on_quote();
    }
    let all = |codes: &[&str]| problems.as_slice().iter().all(|it| codes.contains(&it.code));
    let code = if all(&["unknown_event"]) {
        "EVENTS_NOT_FOUND"
    } else if all(&ABOUT_EVENTS) {
        "INVALID_EVENTS"
    } else {
        "VALIDATION_ERROR"
    };
    let details = problems.into_iter().map(|problem| Detail {
        field: problem.field,
        code: problem.code.to_owned(),
        message: problem.message,
    });
    Failure::invalid(code, details.collect())
}

/// The failure for a step of a quote's life that can't be taken.
pub(super) fn step(refused: Refused) -> Failure {
    let code = match refused {
        Refused::Locked => "QUOTE_LOCKED",
        Refused::NotLocked => "QUOTE_NOT_LOCKED",
        Refused::NotSent => "QUOTE_NOT_SENT",
        Refused::NotAccepted => "QUOTE_NOT_ACCEPTED",
    };
    Failure::conflict(code, refused.to_string())
}

/// The quote has no such event.
pub(crate) fn event_not_on_quote() -> Failure {
    Failure::not_found("EVENT_NOT_ON_QUOTE", "this event is not on the quote")
}

/// Something can't be done with what was deleted.
pub(super) fn deleted() -> Failure {
    Failure::conflict("QUOTE_DELETED", "this quote was deleted; restore it to change it")
}

/// What a quote is to answer is not there.
pub(super) fn unknown_enquiry() -> Failure {
    let detail = Detail {
        field: "enquiryId".to_owned(),
        code: "unknown_enquiry".to_owned(),
        message: "There is no such enquiry.".to_owned(),
    };
    Failure::invalid("VALIDATION_ERROR", vec![detail])
}
