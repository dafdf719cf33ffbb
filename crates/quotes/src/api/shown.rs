//! Values as JSON shows them.

use bson::{RawBsonRef, oid::ObjectId};
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

/// The moment that a stored date is; none when it is no date, or one that nobody can write.
pub(crate) fn date(value: RawBsonRef<'_>) -> Option<Moment> {
    let date = value.as_datetime()?;
    Timestamp::from_millisecond(date.timestamp_millis()).ok().map(Moment)
}
