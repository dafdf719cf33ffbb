//! The package that a quote's base price comes from.

use quotes_core::{
    money::Money,
    quote::{CalculatedPrice, LinkedPackage, Tier},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::shown::{Moment, ShownId};

/// A linked package, and what it said when it was asked last.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PackageView {
    #[schema(value_type = String)]
    package_id: ShownId,
    package_name: Option<String>,
    package_version: Option<u32>,
    selected_tier: Option<TierView>,
    selected_nights: Option<u32>,
    selected_period: Option<String>,
    /// Of the whole group: an amount, or `ON_REQUEST`; null when nobody calculated it.
    #[schema(value_type = Option<serde_json::Value>)]
    calculated_price: Option<Calculated>,
    price_was_on_request: bool,
    /// Whether somebody typed another base price.
    custom_price_applied: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_recalculated_at: Option<Moment>,
}

/// The size of group that a price is for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TierView {
    tier_index: u32,
    tier_label: String,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Calculated {
    Of(Money),
    OnRequest(&'static str),
}

impl From<&LinkedPackage> for PackageView {
    fn from(package: &LinkedPackage) -> Self {
        let tier =
            |tier: &Tier| TierView { tier_index: tier.index, tier_label: tier.label.clone() };
        Self {
            package_id: ShownId(package.package),
            package_name: package.name.clone(),
            package_version: package.version,
            selected_tier: package.tier.as_ref().map(tier),
            selected_nights: package.nights,
            selected_period: package.period.clone(),
            calculated_price: package.calculated.map(|calculated| match calculated {
                CalculatedPrice::Of(price) => Calculated::Of(price),
                CalculatedPrice::OnRequest => Calculated::OnRequest("ON_REQUEST"),
            }),
            price_was_on_request: package.calculated == Some(CalculatedPrice::OnRequest),
            custom_price_applied: package.custom_price,
            last_recalculated_at: package.recalculated_at.map(Moment),
        }
    }
}
