//! What somebody wants to see in a list.

use bson::{Bson, DateTime, Document, doc, oid::ObjectId};

use super::spelling;

/// A page of a list.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Words, or a reference.
    pub search: Option<String>,
    /// What all of them have in common.
    pub filter: Filter,
    /// By what.
    pub sort: Sort,
    /// Which way.
    pub order: Order,
    /// At most so many quotes.
    pub limit: usize,
    /// Where the page begins; else at the first quote.
    pub cursor: Option<String>,
}

/// What the quotes of a list have in common.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// One of these; any when empty.
    pub statuses: Vec<String>,
    /// Case and accents aside.
    pub destination: Option<String>,
    /// An event that was chosen.
    pub event: Option<ObjectId>,
    /// They arrive at this moment or later.
    pub arrival_from: Option<DateTime>,
    /// They arrive at this moment or before.
    pub arrival_to: Option<DateTime>,
    /// Whose they are.
    pub created_by: Option<ObjectId>,
    /// The run of Causeway that made them.
    pub made_by_run: Option<String>,
    /// Whether they were deleted.
    pub deleted: Deleted,
}

/// Deleted quotes are kept, and shown apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Deleted {
    /// Those that were not.
    #[default]
    No,
    /// Those alone.
    Only,
}

/// By what a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// When they were last changed.
    #[default]
    Updated,
    /// When they were made: by `_id`, which begins with that second. What tools gave another kind of id
    /// stands at the end of the oldest.
    Created,
    /// When the group arrives.
    Arrival,
    /// What it costs, whatever the currency.
    Total,
}

/// Which way a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The smallest or oldest first.
    Ascending,
    /// The largest or newest first.
    #[default]
    Descending,
}

impl Order {
    /// The other way.
    pub(super) fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }

    /// As MongoDB says it.
    pub(super) fn sign(self) -> i32 {
        match self {
            Self::Ascending => 1,
            Self::Descending => -1,
        }
    }
}

impl Sort {
    /// The field it goes by.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Updated => "updatedAt",
            Self::Created => "_id",
            Self::Arrival => "arrivalDate",
            Self::Total => "totalPrice",
        }
    }
}

impl Filter {
    /// Nothing but what is not deleted.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.statuses.is_empty()
            && self.destination.is_none()
            && self.event.is_none()
            && self.arrival_from.is_none()
            && self.arrival_to.is_none()
            && self.created_by.is_none()
            && self.made_by_run.is_none()
    }

    /// As a query.
    pub(super) fn query(&self) -> Document {
        let mut query = Document::new();
        match self.statuses.as_slice() {
            [] => {}
            [only] => drop(query.insert("status", only)),
            several => drop(query.insert("status", doc! { "$in": several })),
        }
        if let Some(destination) = &self.destination {
            query.insert("destination", spelling::whole(destination));
        }
        if let Some(event) = self.event {
            query.insert("selectedEvents.eventId", event);
        }
        let mut arrival = Document::new();
        arrival.extend(self.arrival_from.map(|from| ("$gte".to_owned(), Bson::DateTime(from))));
        arrival.extend(self.arrival_to.map(|to| ("$lte".to_owned(), Bson::DateTime(to))));
        if !arrival.is_empty() {
            query.insert("arrivalDate", arrival);
        }
        if let Some(author) = self.created_by {
            query.insert("createdBy", author);
        }
        if let Some(run) = &self.made_by_run {
            query.insert("madeBy.causewayRun", run);
        }
        query.insert("deletedAt", self.deleted.condition());
        query
    }
}

impl Deleted {
    fn condition(self) -> Bson {
        match self {
            // Also where the field is missing.
            Self::No => Bson::Null,
            Self::Only => Bson::Document(doc! { "$ne": null }),
        }
    }
}
