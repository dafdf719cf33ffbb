//! What is wrong with what a person sent, field by field, and what they should know although it is right.

use serde::Serialize;

/// One thing wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A word for programs, such as `too_long`.
    pub code: &'static str,
    /// Where, such as `selectedEvents.2.eventId`.
    pub field: String,
    /// A sentence for people.
    pub message: String,
}

/// Something to know that prevents nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// A word for programs, such as `other_currency`.
    pub code: &'static str,
    /// Where, such as `selectedEvents.2`.
    pub field: String,
    /// A sentence for people.
    pub message: String,
}

impl Warning {
    /// A warning about a field.
    pub fn new(code: &'static str, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, field: field.into(), message: message.into() }
    }
}

/// Everything wrong with what was sent, in the order in which it was found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds one.
    pub fn add(
        &mut self,
        code: &'static str,
        field: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.0.push(Problem { code, field: field.into(), message: message.into() });
    }

    /// All of them.
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }

    /// Nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One about this field is there.
    pub fn concerns(&self, field: &str) -> bool {
        self.0.iter().any(|problem| problem.field == field)
    }

    /// One of this code is there.
    pub fn contains(&self, code: &str) -> bool {
        self.0.iter().any(|problem| problem.code == code)
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
