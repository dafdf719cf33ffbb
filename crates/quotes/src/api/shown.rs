//! Values as JSON shows them.

use bson::oid::ObjectId;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// An ObjectId as its 24 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShownId(pub(crate) ObjectId);

impl Serialize for ShownId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A moment as browsers write it: `2026-05-31T00:00:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment(pub(crate) Timestamp);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", self.0))
    }
}
