//! `linkedPackage` as the old application keeps it: two flags when there is no package.

use bson::{Bson, Document, doc};

use super::entries::date;
use crate::quote::{CalculatedPrice, LinkedPackage};

/// What only a linked package has.
const WITH_PACKAGE: [&str; 8] = [
    "packageId",
    "packageName",
    "packageVersion",
    "selectedTier",
    "selectedNights",
    "selectedPeriod",
    "calculatedPrice",
    "lastRecalculatedAt",
];

/// All of it.
pub(super) fn whole(package: Option<&LinkedPackage>) -> Document {
    let Some(linked) = package else {
        return doc! { "priceWasOnRequest": false, "customPriceApplied": false };
    };
    let tier = linked.tier.as_ref().map(|tier| {
        doc! { "tierIndex": count(tier.index), "tierLabel": &tier.label }
    });
    let on_request = linked.calculated == Some(CalculatedPrice::OnRequest);
    let calculated = match linked.calculated {
        Some(CalculatedPrice::Of(price)) => price.to_bson(),
        Some(CalculatedPrice::OnRequest) => "ON_REQUEST".into(),
        None => Bson::Null,
    };
    doc! {
        "packageId": linked.package,
        "packageName": linked.name.clone(),
        "packageVersion": linked.version.map(count),
        "selectedTier": tier,
        "selectedNights": linked.nights.map(count),
        "selectedPeriod": linked.period.clone(),
        "calculatedPrice": calculated,
        "priceWasOnRequest": on_request,
        "customPriceApplied": linked.custom_price,
        "lastRecalculatedAt": date(linked.recalculated_at),
    }
}

/// What to set and to unset so that an object that is there becomes this one, and keeps the fields
/// that nobody knows.
pub(super) fn changes(package: Option<&LinkedPackage>) -> (Document, Vec<String>) {
    let path = |key: &str| format!("linkedPackage.{key}");
    let whole = whole(package);
    let unset = WITH_PACKAGE.iter().filter(|key| !whole.contains_key(**key));
    let unset = unset.map(|key| path(key)).collect();
    (whole.into_iter().map(|(key, value)| (path(&key), value)).collect(), unset)
}

/// A count as `int`; the validator wants no other type.
pub(super) fn count(count: u32) -> Bson {
    Bson::Int32(i32::try_from(count).unwrap_or(i32::MAX))
}
