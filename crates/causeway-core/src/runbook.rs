//! The runbook: which steps carry out a plan, in which order, and what may follow what.
//!
//! Pure: it says what comes next and what a failure asks for; `causeway run` does it.

mod course;
mod escalation;
mod record;
mod step;

pub use course::{Course, Place, Shape, has_evidence, has_touched, last, was_begun, way_back};
pub use escalation::Kind;
pub use record::{
    Failing, JobRecord, JobState, Note, NoteKind, RunRecord, StepRecord, StepState, WindowRecord,
};
pub use step::{Back, Step};
