//! How the price came about.

use bson::oid::ObjectId;
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::{
    money::{Currency, Money},
    reading::Fields,
};

/// One move of the price: an entry of `priceHistory`.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceEntry {
    /// The total from then on.
    pub price: Option<Money>,
    /// Why it moved.
    pub reason: Reason,
    /// When.
    pub at: Option<Timestamp>,
    /// Who moved it.
    pub user: Option<ObjectId>,
    /// The entry's own `_id`.
    pub id: Option<ObjectId>,
}

/// Why the price moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A package was linked, and gave the base.
    PackageSelection,
    /// People, nights, a mark or another input moved it.
    Recalculation,
    /// Somebody typed a base or a total, or undid a typed total.
    ManualOverride,
    /// An event was added.
    EventAdded,
    /// An event was removed.
    EventRemoved,
    /// What another program wrote.
    Other(String),
}

impl Reason {
    /// The one of this word.
    pub fn parse(word: &str) -> Self {
        match word {
            "package_selection" => Self::PackageSelection,
            "recalculation" => Self::Recalculation,
            "manual_override" => Self::ManualOverride,
            "event_added" => Self::EventAdded,
            "event_removed" => Self::EventRemoved,
            other => Self::Other(other.to_owned()),
        }
    }

    /// As stored.
    pub fn as_str(&self) -> &str {
        match self {
            Self::PackageSelection => "package_selection",
            Self::Recalculation => "recalculation",
            Self::ManualOverride => "manual_override",
            Self::EventAdded => "event_added",
            Self::EventRemoved => "event_removed",
            Self::Other(word) => word,
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Reads `priceHistory`. Entries that are no documents are marked and left out.
pub(super) fn read(fields: &mut Fields<'_, '_>, currency: Currency) -> Vec<PriceEntry> {
    let list = "priceHistory";
    let values = fields.list(list);
    let entries = values.into_iter().enumerate();
    entries
        .filter_map(|(position, value)| Some(entry(fields.entry(list, position, value)?, currency)))
        .collect()
}

fn entry(mut fields: Fields<'_, '_>, currency: Currency) -> PriceEntry {
    fields.expect(&["price", "reason", "timestamp"]);
    let price = fields.decimal("price");
    PriceEntry {
        price: price.and_then(|price| Money::from_decimal(price, currency)),
        reason: Reason::parse(&fields.text("reason").unwrap_or_default()),
        at: fields.date("timestamp"),
        user: fields.object_id("userId"),
        id: fields.object_id("_id"),
    }
}
