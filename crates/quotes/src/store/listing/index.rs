//! The indexes that lists read, as migration 012 makes them.

use bson::{Bson, Document, doc};

use super::wanted::{Deleted, Filter, Order, Sort};

/// An index of `quotes` that a list or a search reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Index {
    /// `_id` alone, which is always there.
    Id,
    /// All of them by a field.
    Sorted(Sort),
    /// Those of a status.
    Status,
    /// Those of an author.
    Author,
    /// Those of a destination, case and accents aside.
    Destination,
    /// Those with an event.
    Event,
    /// Those that were deleted.
    Deleted,
    /// By what people call them.
    Reference,
    /// By their words.
    Words,
}

impl Index {
    /// Its name in the file of the migration; on a server it may have another.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Id | Self::Sorted(Sort::Created) => "_id_",
            Self::Sorted(Sort::Updated) => "updatedAt_-1__id_-1",
            Self::Sorted(Sort::Arrival) => "arrivalDate_-1__id_-1",
            Self::Sorted(Sort::Total) => "totalPrice_-1__id_-1",
            Self::Status => "status_1_updatedAt_-1__id_-1",
            Self::Author => "createdBy_1_updatedAt_-1__id_-1",
            Self::Destination => "destination_1_updatedAt_-1__id_-1",
            Self::Event => "selectedEvents.eventId_1_updatedAt_-1__id_-1",
            Self::Deleted => "deleted_updatedAt_-1__id_-1",
            Self::Reference => "reference_1",
            Self::Words => "quote_words",
        }
    }

    /// The indexes that can serve a list, the best first. The last is always there.
    pub(super) fn serving(filter: &Filter, sort: Sort) -> Vec<Self> {
        let mut serving = Vec::new();
        if sort == Sort::Updated {
            let status = matches!(filter.statuses.as_slice(), [_]);
            let narrowing = [
                (filter.event.is_some(), Self::Event),
                (filter.deleted == Deleted::Only, Self::Deleted),
                (filter.created_by.is_some(), Self::Author),
                (filter.destination.is_some(), Self::Destination),
                (status, Self::Status),
            ];
            serving.extend(narrowing.into_iter().filter(|(can, _)| *can).map(|(_, index)| index));
        }
        if sort != Sort::Created {
            serving.push(Self::Sorted(sort));
        }
        serving.push(Self::Id);
        serving
    }

    /// What all keys of a list begin with.
    pub(super) fn prefix(self, filter: &Filter) -> Document {
        match self {
            Self::Status => doc! { "status": filter.statuses.first() },
            Self::Author => doc! { "createdBy": filter.created_by },
            Self::Destination => doc! { "destination": filter.destination.as_deref() },
            Self::Event => doc! { "selectedEvents.eventId": filter.event },
            Self::Id | Self::Sorted(_) | Self::Deleted | Self::Reference | Self::Words => {
                Document::new()
            }
        }
    }

    /// What its keys go on with, and the order in which the index has that.
    pub(super) fn sorted(self) -> (&'static [&'static str], Order) {
        match self {
            Self::Id | Self::Sorted(Sort::Created) => (&["_id"], Order::Ascending),
            Self::Sorted(Sort::Arrival) => (&["arrivalDate", "_id"], Order::Descending),
            Self::Sorted(Sort::Total) => (&["totalPrice", "_id"], Order::Descending),
            Self::Sorted(Sort::Updated)
            | Self::Status
            | Self::Author
            | Self::Destination
            | Self::Event
            | Self::Deleted
            | Self::Reference
            | Self::Words => (&["updatedAt", "_id"], Order::Descending),
        }
    }

    /// First and last value of a list's first sorted field, in the order of the index; whatever is
    /// beyond them need not be looked at.
    pub(super) fn ends(self, filter: &Filter) -> (Bson, Bson) {
        let (_, order) = self.sorted();
        let (mut low, mut high) = (Bson::MinKey, Bson::MaxKey);
        if self == Self::Sorted(Sort::Arrival) {
            low = filter.arrival_from.map_or(low, Bson::DateTime);
            high = filter.arrival_to.map_or(high, Bson::DateTime);
        }
        match order {
            Order::Ascending => (low, high),
            Order::Descending => (high, low),
        }
    }
}
