//! Super offer packages: prices per person by size of the group, nights and time of the year.

mod offer;
mod period;
mod read;

use bson::oid::ObjectId;
use rust_decimal::Decimal;

pub use offer::{NoOffer, Offer};
pub use period::PeriodTime;

use crate::{money::Currency, reading::Mark};

/// A document of `super_offer_packages`.
#[derive(Debug, Clone, PartialEq)]
pub struct Package {
    /// `_id`; `None` when it is no ObjectId: such a package can't be linked.
    pub id: Option<ObjectId>,
    /// `name`.
    pub name: String,
    /// `destination`.
    pub destination: Option<String>,
    /// `currency`; pounds when missing.
    pub currency: Currency,
    /// `version`.
    pub version: u32,
    /// `status` is `active`, or missing.
    pub active: bool,
    /// `groupSizeTiers`, those that can be read.
    pub tiers: Vec<GroupTier>,
    /// `durationOptions`.
    pub nights: Vec<u32>,
    /// `pricingMatrix`, what can be read of it.
    pub periods: Vec<Period>,
    /// What could not be read, or only with good will.
    pub marks: Vec<Mark>,
}

/// A size of group, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupTier {
    /// Its place in `groupSizeTiers`, from 0: prices refer to it.
    pub index: u32,
    /// `label`.
    pub label: String,
    /// `minPeople`.
    pub people_min: u32,
    /// `maxPeople`.
    pub people_max: u32,
}

/// A time of the year and its prices.
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    /// `period`: the name of a month, or of a special time such as Easter.
    pub name: String,
    /// When it is.
    pub time: PeriodTime,
    /// `prices`.
    pub prices: Vec<Cell>,
}

/// The price of one tier for so many nights.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// `groupSizeTierIndex`.
    pub tier: u32,
    /// `nights`.
    pub nights: u32,
    /// `price` per person; `None` is `ON_REQUEST`.
    pub per_person: Option<Decimal>,
}
