//! The catalogue's events, and what they say about a quote that has them.

mod catalogue;
mod read;

use bson::oid::ObjectId;
use jiff::Timestamp;
use rust_decimal::Decimal;

pub use catalogue::Catalogue;

use crate::{fold::fold, money::Currency, reading::Mark};

/// An event that can be chosen for quotes: a document of `events`.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogueEvent {
    /// `_id`; `None` when it is no ObjectId: such an event can't be chosen.
    pub id: Option<ObjectId>,
    /// `name`.
    pub name: String,
    /// `description`.
    pub description: Option<String>,
    /// `categories`.
    pub categories: Vec<ObjectId>,
    /// `destinations`.
    pub destinations: Vec<String>,
    /// `availableInAllDestinations`.
    pub everywhere: bool,
    /// `isActive`; yes when missing.
    pub active: bool,
    /// `displayOrder`; 0 when missing.
    pub order: i64,
    /// `pricing.estimatedCost`, of one person or of the group as the quote says; `None` when there is
    /// no price.
    pub unit: Option<Decimal>,
    /// `pricing.currency`; pounds when missing.
    pub currency: Currency,
    /// `minimumPeople`.
    pub minimum_people: Option<u32>,
    /// `metadata`: who made and changed it, and when.
    pub record: EventRecord,
    /// `deletedAt`.
    pub deleted_at: Option<Timestamp>,
    /// What could not be read, or only with good will.
    pub marks: Vec<Mark>,
}

/// `metadata` of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventRecord {
    /// `metadata.createdBy`.
    pub created_by: Option<ObjectId>,
    /// `metadata.updatedBy`.
    pub updated_by: Option<ObjectId>,
    /// `metadata.createdAt`.
    pub created_at: Option<Timestamp>,
    /// `metadata.updatedAt`.
    pub updated_at: Option<Timestamp>,
}

impl CatalogueEvent {
    /// It takes place at the quote's destination, case and accents aside; everywhere while no
    /// destination is given.
    pub fn is_offered_in(&self, destination: Option<&str>) -> bool {
        let wanted = fold(destination.unwrap_or_default());
        self.everywhere
            || wanted.is_empty()
            || self.destinations.iter().any(|offered| fold(offered) == wanted)
    }

    /// It can be chosen now.
    pub fn can_be_chosen(&self) -> bool {
        self.active && self.deleted_at.is_none()
    }
}
