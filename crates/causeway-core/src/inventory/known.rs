//! A fact that may not be had: for want of a privilege, or because the server does not tell.

use serde::Serialize;

/// A fact, or why it is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Known<T> {
    /// It is known.
    Known(T),
    /// It could not be read.
    Unknown {
        /// Why: `needs the privilege serverStatus (role clusterMonitor)`.
        why: String,
    },
}

impl<T> Known<T> {
    /// Not known, because of `why`.
    pub fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown { why: why.into() }
    }

    /// The fact, when it is known.
    pub const fn get(&self) -> Option<&T> {
        match self {
            Self::Known(fact) => Some(fact),
            Self::Unknown { .. } => None,
        }
    }

    /// Why it is not known, when it is not.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Known(_) => None,
            Self::Unknown { why } => Some(why),
        }
    }

    /// The same fact in another form.
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Known<U> {
        match self {
            Self::Known(fact) => Known::Known(form(fact)),
            Self::Unknown { why } => Known::Unknown { why },
        }
    }
}
