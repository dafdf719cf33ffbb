//! What became of each document between two passes over a collection.
//!
//! A pure function of the record before, the record after, and the cause that the change stream
//! knows. Only a document for which nothing explains a difference is damage.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::record::{Record, State};

/// What is expected of a document that nobody but the migration touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expected {
    /// The owned fields are there with the right type; every other byte is unchanged.
    Applied,
    /// Every byte is as before.
    RolledBack,
}

/// What of a document must be as before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The rest; and all of it, where the document needed nothing.
    Applied,
    /// Every byte.
    AllBytes,
    /// Every byte outside the owned fields, and those gone: a rollback of what other scripts applied.
    FieldsGone,
    /// Every byte outside the owned fields, where nobody knows what those held before.
    RestOnly,
}

/// What became of one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As expected, byte for byte.
    Unchanged,
    /// Differs, and the application wrote it meanwhile.
    ChangedByApplication,
    /// New, and the application inserted it.
    CreatedByApplication,
    /// Gone, and the application or a TTL index deleted it.
    DeletedByApplication,
    /// Differs, and nobody but the migration can have written it.
    Damaged,
    /// Gone, and nobody deleted it.
    Missing,
    /// New, and nobody inserted it.
    Unexpected,
    /// Differs, and the history that would tell why is lost.
    CauseUnknown,
    /// Whatever its history: the owned fields are not as the state asks.
    WrongState,
}

impl Verdict {
    /// Every verdict, in the order of the report.
    pub const ALL: [Self; 9] = [
        Self::Unchanged,
        Self::ChangedByApplication,
        Self::CreatedByApplication,
        Self::DeletedByApplication,
        Self::Damaged,
        Self::Missing,
        Self::Unexpected,
        Self::CauseUnknown,
        Self::WrongState,
    ];

    /// Whether it makes the verification fail.
    #[must_use]
    pub const fn is_wrong(self) -> bool {
        match self {
            Self::Unchanged
            | Self::ChangedByApplication
            | Self::CreatedByApplication
            | Self::DeletedByApplication => false,
            Self::Damaged
            | Self::Missing
            | Self::Unexpected
            | Self::CauseUnknown
            | Self::WrongState => true,
        }
    }

    /// In words, as the report shows it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::ChangedByApplication => "changed by the application",
            Self::CreatedByApplication => "created by the application",
            Self::DeletedByApplication => "deleted by the application",
            Self::Damaged => "damaged",
            Self::Missing => "missing",
            Self::Unexpected => "unexpected",
            Self::CauseUnknown => "changed, cause unknown",
            Self::WrongState => "not in the state asked for",
        }
    }
}

/// Who wrote a document since the pass before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The change stream shows a write that was not ours.
    Application,
    /// The change stream is complete and shows no such write.
    Nobody,
    /// The history needed is not there any more.
    Unknown,
}

/// A document whose records differ from what was expected, before its cause is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// In both passes, with other bytes than expected.
    Changed(Record),
    /// Only in the pass before.
    Gone(Record),
    /// Only in the pass after.
    New(Record),
}

impl Difference {
    /// The record that names the document.
    #[must_use]
    pub const fn record(&self) -> &Record {
        match self {
            Self::Changed(record) | Self::Gone(record) | Self::New(record) => record,
        }
    }

    /// The verdict, given the cause.
    #[must_use]
    pub const fn verdict(&self, cause: Cause) -> Verdict {
        match (self, cause) {
            (_, Cause::Unknown) => Verdict::CauseUnknown,
            (Self::Changed(_), Cause::Application) => Verdict::ChangedByApplication,
            (Self::Gone(_), Cause::Application) => Verdict::DeletedByApplication,
            (Self::New(_), Cause::Application) => Verdict::CreatedByApplication,
            (Self::Changed(_), Cause::Nobody) => Verdict::Damaged,
            (Self::Gone(_), Cause::Nobody) => Verdict::Missing,
            (Self::New(_), Cause::Nobody) => Verdict::Unexpected,
        }
    }
}

/// Whether `after` is what `comparison` asks, given `before`, when nobody else wrote the document.
#[must_use]
pub fn as_expected(before: &Record, after: &Record, comparison: Comparison) -> bool {
    match comparison {
        Comparison::Applied => match before.state {
            // It needed nothing, so nothing may have been done to it, in owned fields either.
            State::Applied => before.digest.all == after.digest.all,
            State::Absent | State::Malformed => before.digest.rest == after.digest.rest,
        },
        Comparison::AllBytes => before.digest.all == after.digest.all,
        Comparison::FieldsGone => {
            after.state == State::Absent && before.digest.rest == after.digest.rest
        }
        Comparison::RestOnly => before.digest.rest == after.digest.rest,
    }
}

/// Compares one bucket of two passes. Sorts both by `_id`; calls `found` for each difference.
///
/// Returns the number of documents that are as expected. An `_id` twice in one pass is reported as
/// [`Difference::New`]: the server can't hold it, so the pass read a document twice.
pub fn compare(
    mut before: Vec<Record>,
    mut after: Vec<Record>,
    comparison: Comparison,
    mut found: impl FnMut(Difference),
) -> u64 {
    before.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    after.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    let mut unchanged = 0;
    let (mut old, mut new) = (before.into_iter().peekable(), after.into_iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return unchanged,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.id.cmp(&new.id),
        };
        match order {
            Ordering::Less => old.next().into_iter().for_each(|it| found(Difference::Gone(it))),
            Ordering::Greater => new.next().into_iter().for_each(|it| found(Difference::New(it))),
            Ordering::Equal => {
                if let (Some(old), Some(new)) = (old.next(), new.next()) {
                    if as_expected(&old, &new, comparison) {
                        unchanged += 1;
                    } else {
                        found(Difference::Changed(new));
                    }
                }
            }
        }
    }
}
