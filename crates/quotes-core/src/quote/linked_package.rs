//! The package that a quote's base price comes from.

use bson::oid::ObjectId;
use jiff::Timestamp;

use crate::{
    money::{Currency, Money},
    reading::Fields,
};

/// `linkedPackage` with a `packageId`: without one the object says nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkedPackage {
    /// `packageId`.
    pub package: ObjectId,
    /// `packageName`.
    pub name: Option<String>,
    /// `packageVersion`.
    pub version: Option<u32>,
    /// `selectedTier`.
    pub tier: Option<Tier>,
    /// `selectedNights`.
    pub nights: Option<u32>,
    /// `selectedPeriod`.
    pub period: Option<String>,
    /// `calculatedPrice`: of the whole group.
    pub calculated: Option<CalculatedPrice>,
    /// `customPriceApplied`: somebody typed a base instead of the package's price.
    pub custom_price: bool,
    /// `lastRecalculatedAt`.
    pub recalculated_at: Option<Timestamp>,
}

/// The group sizes that a price is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// `tierIndex`, from 0.
    pub index: u32,
    /// `tierLabel`.
    pub label: String,
}

/// What the package said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalculatedPrice {
    /// For the whole group.
    Of(Money),
    /// `ON_REQUEST`: somebody typed the base.
    OnRequest,
}

impl LinkedPackage {
    /// The base is the package's and not one that somebody typed: zero where the package has no price.
    pub fn gives(&self, base: Money) -> bool {
        let own = match self.calculated {
            Some(CalculatedPrice::Of(price)) => price == base,
            Some(CalculatedPrice::OnRequest) | None => base.is_zero(),
        };
        own && !self.custom_price
    }
}

/// Reads `linkedPackage`.
pub(super) fn read(fields: &mut Fields<'_, '_>, currency: Currency) -> Option<LinkedPackage> {
    let mut fields = fields.inside("linkedPackage")?;
    fields.get("packageId")?;
    let package = fields.object_id("packageId")?;
    let on_request = fields.flag("priceWasOnRequest")
        || fields.get("calculatedPrice").and_then(|price| price.as_str()) == Some("ON_REQUEST");
    let calculated = if on_request {
        Some(CalculatedPrice::OnRequest)
    } else {
        let price = fields.decimal("calculatedPrice");
        price.and_then(|price| Money::from_decimal(price, currency)).map(CalculatedPrice::Of)
    };
    Some(LinkedPackage {
        package,
        name: fields.text("packageName"),
        version: fields.whole("packageVersion", u32::MAX),
        tier: tier(&mut fields),
        nights: fields.whole("selectedNights", u32::MAX),
        period: fields.text("selectedPeriod"),
        calculated,
        custom_price: fields.flag("customPriceApplied"),
        recalculated_at: fields.date("lastRecalculatedAt"),
    })
}

fn tier(fields: &mut Fields<'_, '_>) -> Option<Tier> {
    let mut fields = fields.inside("selectedTier")?;
    let index = fields.whole("tierIndex", u32::MAX)?;
    Some(Tier { index, label: fields.text("tierLabel").unwrap_or_default() })
}
