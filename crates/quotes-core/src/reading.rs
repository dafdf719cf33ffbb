//! Reading documents that programs wrote for years: what can be read, and a mark for what can't.

mod describe;
mod fields;

use serde::Serialize;

pub(crate) use describe::describe;
pub(crate) use fields::{Fields, date_from_text};

/// A field that is not as it should be. What could be read of it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// Where, such as `selectedEvents.2.eventPrice`.
    pub field: String,
    /// What is there instead, without its contents: `a text`, `a list of 3`, `nothing`.
    pub found: String,
}
