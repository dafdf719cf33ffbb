//! Super offer packages, to choose the one that gives a quote its base price.

use axum::extract::State;
use quotes_core::{
    money::Currency,
    package::{GroupTier, Package, PeriodTime},
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    answer::{Answer, Outcome},
    api::shown::ShownId,
    app::Shared,
};

pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(list))
}

/// A package. What it costs is calculated when it is linked to a quote.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PackageRow {
    /// Null when a quote can't be linked to it.
    #[serde(rename = "_id")]
    #[schema(value_type = Option<String>)]
    id: Option<ShownId>,
    name: String,
    destination: Option<String>,
    #[schema(value_type = String, example = "GBP")]
    currency: Currency,
    version: u32,
    is_active: bool,
    group_size_tiers: Vec<TierRow>,
    /// For how many nights there are prices.
    duration_options: Vec<u32>,
    periods: Vec<PeriodRow>,
    /// How much of it could not be read.
    marks: usize,
}

/// A size of group.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TierRow {
    label: String,
    min_people: u32,
    max_people: u32,
}

/// A time of the year with prices.
#[derive(Debug, Serialize, ToSchema)]
struct PeriodRow {
    #[schema(example = "Easter")]
    period: String,
    /// The month, 1 to 12; null for a special time.
    month: Option<i8>,
    /// The first day of a special time.
    #[schema(format = Date)]
    from: Option<String>,
    /// The last day of a special time.
    #[schema(format = Date)]
    to: Option<String>,
}

/// List the packages by name.
#[utoipa::path(
    get,
    path = "/api/admin/packages",
    tag = "records",
    operation_id = "list_packages",
    responses((status = 200, description = "All of them", body = Vec<PackageRow>))
)]
async fn list(State(app): State<Shared>) -> Outcome<Vec<PackageRow>> {
    let found = app.store.packages().await?;
    let mut packages: Vec<Package> = found.iter().map(|it| Package::read(it)).collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Answer::ok(packages.into_iter().map(PackageRow::of).collect()))
}

impl PackageRow {
    fn of(package: Package) -> Self {
        let periods = package.periods.into_iter().map(|period| {
            let (month, from, to) = match period.time {
                PeriodTime::Month(month) => (Some(month), None, None),
                PeriodTime::Special(from, to) => (None, Some(from), Some(to)),
            };
            let (from, to) = (from.map(|day| day.to_string()), to.map(|day| day.to_string()));
            PeriodRow { period: period.name, month, from, to }
        });
        Self {
            id: package.id.map(ShownId),
            name: package.name,
            destination: package.destination,
            currency: package.currency,
            version: package.version,
            is_active: package.active,
            group_size_tiers: package.tiers.into_iter().map(TierRow::from).collect(),
            duration_options: package.nights,
            periods: periods.collect(),
            marks: package.marks.len(),
        }
    }
}

impl From<GroupTier> for TierRow {
    fn from(tier: GroupTier) -> Self {
        Self { label: tier.label, min_people: tier.people_min, max_people: tier.people_max }
    }
}
