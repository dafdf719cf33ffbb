//! Reading a package: it never fails. What can't be read of it has no price.

use bson::{RawBsonRef, RawDocument};
use jiff::tz::TimeZone;
use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use super::{Cell, GroupTier, Package, Period, PeriodTime, period};
use crate::{
    money::{Currency, UNIT_PRICE_MAX, decimal_from_bson},
    reading::{Fields, describe},
};

const ON_REQUEST: &str = "ON_REQUEST";

impl Package {
    /// Reads any document. Tiers, periods and prices that can't be read are left out and marked.
    pub fn read(document: &RawDocument) -> Self {
        let mut marks = Vec::new();
        let mut package = read(&mut Fields::of(document, &mut marks));
        package.marks = marks;
        package
    }
}

fn read(fields: &mut Fields<'_, '_>) -> Package {
    fields.expect(&["_id", "name", "groupSizeTiers", "pricingMatrix"]);
    let code = fields.text("currency");
    let currency = code.as_deref().map_or(Ok(Currency::GBP), str::parse);
    if currency.is_err() {
        fields.mark_found("currency", "no currency");
    }
    Package {
        id: fields.object_id("_id"),
        name: fields.text("name").unwrap_or_default(),
        destination: fields.text("destination"),
        currency: currency.unwrap_or(Currency::GBP),
        version: fields.whole("version", u32::MAX).unwrap_or(1),
        active: fields.text("status").is_none_or(|status| status == "active"),
        tiers: entries(fields, "groupSizeTiers", tier),
        nights: nights(fields),
        // Numbers in a currency that nobody knows are no prices.
        periods: if currency.is_ok() {
            entries(fields, "pricingMatrix", |_, fields| period(fields))
        } else {
            Vec::new()
        },
        marks: Vec::new(),
    }
}

/// The entries of a list of documents that `read` can make something of.
fn entries<T>(
    fields: &mut Fields<'_, '_>,
    list: &str,
    read: impl Fn(u32, &mut Fields<'_, '_>) -> Option<T>,
) -> Vec<T> {
    let mut items = Vec::new();
    for (position, value) in fields.list(list).into_iter().enumerate() {
        let Some(mut entry) = fields.entry(list, position, value) else { continue };
        let item = read(u32::try_from(position).unwrap_or(u32::MAX), &mut entry);
        if item.is_none() {
            fields.mark_found(&format!("{list}.{position}"), describe(value));
        }
        items.extend(item);
    }
    items
}

fn tier(index: u32, fields: &mut Fields<'_, '_>) -> Option<GroupTier> {
    let people_min = fields.whole("minPeople", u32::MAX)?;
    // No upper end is as it says: any number from the lower end on.
    let people_max = fields.whole("maxPeople", u32::MAX).unwrap_or(u32::MAX);
    let label = fields.text("label").unwrap_or_else(|| format!("{people_min}+ People"));
    Some(GroupTier { index, label, people_min, people_max })
}

fn nights(fields: &mut Fields<'_, '_>) -> Vec<u32> {
    let values = fields.list("durationOptions");
    values.into_iter().filter_map(|value| decimal_from_bson(value)?.to_u32()).collect()
}

fn period(fields: &mut Fields<'_, '_>) -> Option<Period> {
    let name = fields.text("period").unwrap_or_default();
    let time = match fields.text("periodType").as_deref() {
        Some("special") => {
            let mut day = |key| Some(fields.date(key)?.to_zoned(TimeZone::UTC).date());
            PeriodTime::Special(day("startDate")?, day("endDate")?)
        }
        _ => PeriodTime::Month(period::month(&name)?),
    };
    Some(Period { name, time, prices: entries(fields, "prices", |_, fields| cell(fields)) })
}

fn cell(fields: &mut Fields<'_, '_>) -> Option<Cell> {
    let tier = fields.whole("groupSizeTierIndex", u32::MAX)?;
    let nights = fields.whole("nights", u32::MAX)?;
    let per_person = match fields.get("price")? {
        RawBsonRef::String(ON_REQUEST) => None,
        _ => Some(fields.decimal("price").filter(is_price)?),
    };
    Some(Cell { tier, nights, per_person })
}

fn is_price(price: &Decimal) -> bool {
    (Decimal::ZERO..=UNIT_PRICE_MAX).contains(price)
}
