//! What a package costs a group.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::{Package, Period, PeriodTime};
use crate::{
    money::{Money, line_amount},
    quote::Tier,
};

/// What a package offers a group. Nothing of it was typed.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// The first tier that fits the group.
    pub tier: Tier,
    /// The name of the period that the arrival falls in.
    pub period: String,
    /// So many nights.
    pub nights: u32,
    /// The price of each; `None` on request: somebody has to type a base price.
    pub per_person: Option<Decimal>,
    /// The price of the group, rounded half-up once; `None` on request.
    pub whole: Option<Money>,
}

/// Why a package offers a group nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoOffer {
    /// No tier has room for so many.
    #[error("the package has no price for {people} people; it is for {tiers}")]
    NoTier {
        /// The size of the group.
        people: u32,
        /// The labels of the tiers there are.
        tiers: String,
    },
    /// Neither a special time nor a month fits the arrival.
    #[error("the package has no price for an arrival on {arrival}; it is for {periods}")]
    NoPeriod {
        /// In UTC.
        arrival: Date,
        /// The names of the periods there are.
        periods: String,
    },
    /// The tier and period have no price for so many nights.
    #[error("the package has no price for {nights} nights in {period}; it is for {offered} nights")]
    NoNights {
        /// How many were wanted.
        nights: u32,
        /// Where it was looked for.
        period: String,
        /// What there is, such as `2, 3`; `no` when there is nothing.
        offered: String,
    },
}

impl NoOffer {
    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoTier { .. } => "package_no_tier",
            Self::NoPeriod { .. } => "package_no_period",
            Self::NoNights { .. } => "package_no_nights",
        }
    }

    /// The field that would have to be another.
    pub fn field(&self) -> &'static str {
        match self {
            Self::NoTier { .. } => "numberOfPeople",
            Self::NoPeriod { .. } => "arrivalDate",
            Self::NoNights { .. } => "numberOfNights",
        }
    }
}

impl Package {
    /// What it costs `people` for so many nights from `arrival` on: the first tier that fits, the
    /// special time that contains the arrival, else its month, and the price of exactly that tier and
    /// number of nights.
    ///
    /// # Errors
    /// When it has no such price.
    pub fn offer(&self, people: u32, nights: u32, arrival: Date) -> Result<Offer, NoOffer> {
        let tier = self
            .tiers
            .iter()
            .find(|tier| (tier.people_min..=tier.people_max).contains(&people))
            .ok_or_else(|| NoOffer::NoTier {
                people,
                tiers: listed(self.tiers.iter().map(|tier| tier.label.clone()), "no group"),
            })?;
        let period = self.period(arrival).ok_or_else(|| NoOffer::NoPeriod {
            arrival,
            periods: listed(self.periods.iter().map(|period| period.name.clone()), "no time"),
        })?;
        let mut of_tier = period.prices.iter().filter(|cell| cell.tier == tier.index);
        let cell = of_tier.clone().find(|cell| cell.nights == nights);
        let cell = cell.ok_or_else(|| NoOffer::NoNights {
            nights,
            period: period.name.clone(),
            offered: listed(of_tier.by_ref().map(|cell| cell.nights.to_string()), "no"),
        })?;
        let whole = cell.per_person.and_then(|price| line_amount(price, people, self.currency));
        Ok(Offer {
            tier: Tier { index: tier.index, label: tier.label.clone() },
            period: period.name.clone(),
            nights,
            per_person: cell.per_person.filter(|_| whole.is_some()),
            whole,
        })
    }

    fn period(&self, arrival: Date) -> Option<&Period> {
        let special = |period: &&Period| match period.time {
            PeriodTime::Special(first, last) => (first..=last).contains(&arrival),
            PeriodTime::Month(_) => false,
        };
        let month = |period: &&Period| period.time == PeriodTime::Month(arrival.month());
        self.periods.iter().find(special).or_else(|| self.periods.iter().find(month))
    }
}

fn listed(names: impl Iterator<Item = String>, none: &str) -> String {
    let names: Vec<String> = names.collect();
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}
