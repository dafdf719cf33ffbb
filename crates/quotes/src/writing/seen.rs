//! What somebody saw before they wrote: nobody's work is lost, whoever was first.

use quotes_core::{difference::between, quote::revision};

use super::{Done, Present};
use crate::{
    failure::{Detail, Failure},
    store::author::Author,
};

/// The state that a write is meant for. What is not said is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// `revision` of the quote as it was read: changes by any program count.
    pub revision: Option<String>,
    /// `version` of it.
    pub version: Option<u32>,
}

impl Seen {
    /// Whether the quote is still as it was seen.
    pub(super) fn is(&self, present: &Present) -> bool {
        self.revision.as_ref().is_none_or(|seen| *seen == revision(&present.raw))
            && self.version.is_none_or(|seen| seen == present.quote.version)
    }
}

/// 409 with both: the quote as it stands, and in which fields what was wanted differs from it.
pub(super) fn conflict(
    author: &Author,
    present: &Present,
    wanted: Option<&quotes_core::quote::Quote>,
) -> Failure {
    let message = "somebody else changed this quote meanwhile, and nothing of yours was written; \
                   compare, and send again what you still want";
    let mut failure = Failure::conflict("VERSION_CONFLICT", message);
    let differences = wanted.map(|wanted| between(&present.quote, wanted)).unwrap_or_default();
    let shown = |value: Option<String>| value.unwrap_or_else(|| "nothing".to_owned());
    failure.details = differences
        .into_iter()
        .map(|difference| {
            let (now, yours) = (shown(difference.before), shown(difference.after));
            Detail {
                field: difference.field.to_owned(),
                code: "differs".to_owned(),
                message: format!("{}: {now} now, {yours} in what you sent", difference.label),
            }
        })
        .collect();
    match Done::shown(present, author) {
        Ok(present) => failure.present = Some(Box::new(present)),
        Err(unexpected) => return unexpected,
    }
    failure
}
