//! The price of an event in its document, beside what other programs wrote there.

use bson::{Bson, Document, doc};
use quotes_core::money::{Currency, decimal_to_bson};
use rust_decimal::Decimal;

use crate::{store::catalogue::Edit, take::Sent};

/// What an event costs each person or the group, as each quote says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// In pounds, if it is in pounds.
    pub cost: Decimal,
    /// What it is in.
    pub currency: Currency,
}

/// Sets the price; says whether it moves.
pub(super) fn reprice(fields: &mut Edit, price: Sent<Price>, present: &Document) -> bool {
    let before = present.get("pricing");
    match price {
        Sent::Absent => false,
        Sent::Null => {
            let there = before.is_some();
            if there {
                fields.put("pricing", Sent::<Bson>::Null);
            }
            there
        }
        Sent::Is(price) => {
            let new = pricing(price);
            let same =
                |old: &Document| new.iter().all(|(name, value)| old.get(name) == Some(value));
            match before.map(Bson::as_document) {
                Some(Some(old)) if same(old) => return false,
                Some(None) => fields.set("pricing", new),
                None | Some(Some(_)) => {
                    for (name, value) in new {
                        fields.set(&format!("pricing.{name}"), value);
                    }
                }
            }
            true
        }
    }
}

/// As other programs read it.
pub(super) fn pricing(price: Price) -> Document {
    let Price { cost, currency } = price;
    doc! { "estimatedCost": decimal_to_bson(cost), "currency": currency.code() }
}

/// A price for the audit log; null when there is none that is a number.
pub(super) fn shown(pricing: Option<&Bson>) -> Bson {
    let pricing = pricing.and_then(Bson::as_document);
    let number = |it: &&Bson| matches!(it, Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_));
    pricing.and_then(|it| it.get("estimatedCost")).filter(number).cloned().unwrap_or(Bson::Null)
}
