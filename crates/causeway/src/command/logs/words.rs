//! Entries of a journal as sentences.

use causeway_core::journal::{Deed, Said};

use crate::terminal::quantities::counted;

/// An entry in words.
pub(super) fn said(said: &Said) -> String {
    match said {
        Said::Started { command, operator, host } => {
            format!("started by {operator} on {host}: {command}")
        }
        Said::Resumed { operator, host } => format!("resumed by {operator} on {host}"),
        Said::Intent(it) => format!("begins   {}", deed(it)),
        Said::Done { deed: it, result } => format!("done     {}: {result}", deed(it)),
        Said::NotDone { deed: it, reason } => format!("not done {}: {reason}", deed(it)),
        Said::Note { text } => format!("note     {text}"),
        Said::Ended { outcome } => format!("ended: {outcome}"),
    }
}

/// Steps are counted from 1 for people, and from 0 in the journal.
fn deed(deed: &Deed) -> String {
    match deed {
        Deed::OpenRun => "write the run down".to_owned(),
        Deed::Survey { collection } => format!("survey {collection}"),
        Deed::KeepBefore => "keep what a rollback needs".to_owned(),
        Deed::Step { step } => format!("step {}", step + 1),
        Deed::Batch { step, batch, documents } => {
            format!("batch {batch} of step {}, {}", step + 1, counted(*documents, "documents"))
        }
        Deed::Index { step, name } => format!("index {name} of step {}", step + 1),
        Deed::Validator { step } => format!("validator of step {}", step + 1),
        Deed::BackUp => "back up what is there".to_owned(),
        Deed::Fill { collection } => format!("fill {collection}, beside the present one"),
        Deed::Replace { collection } => format!("replace {collection}"),
        Deed::Part { step } => format!("part {step}"),
        Deed::Verify => "verify".to_owned(),
        Deed::Record => "write the record".to_owned(),
    }
}
