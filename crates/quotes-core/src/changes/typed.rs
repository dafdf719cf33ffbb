//! What somebody typed about money.

use rust_decimal::Decimal;

use super::{Change, Changes, decide::Decision, price::Pricing};
use crate::{
    money::{Currency, Money},
    price::Breakdown,
};

/// The highest base or total, in units of the currency.
pub(super) const PRICE_MAX: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

const PRICE_WANTED: &str = "Enter a price from 0 to 1,000,000.";

/// What was typed about money, judged.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) base: Option<Money>,
    /// The present base was sent: clients send quotes back whole. It counts only where there would be
    /// none otherwise.
    pub(super) resent: Option<Money>,
    pub(super) custom_total: Change<Money>,
}

/// Whether somebody typed a price, so that the package's is not needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    Typed,
    Nothing,
}

impl Typed {
    /// Whether the price on `pricing` needs nothing from a package.
    pub(super) fn given(&self, pricing: &Pricing) -> Given {
        let is_typed = self.base.is_some()
            || self.resent.is_some()
            || is_sent(&self.custom_total)
            || pricing.basis.custom_total.is_some();
        if is_typed { Given::Typed } else { Given::Nothing }
    }
}

impl Decision<'_> {
    /// What was typed, with the one number of old clients put where it belongs.
    pub(super) fn typed(&mut self, changes: &Changes, currency: Currency) -> Typed {
        let stands = self.before.map(Breakdown::of);
        let present = stands.as_ref().map(|price| (price.base, price.total));
        let mut typed = Typed::default();
        if let Change::Set(base) = changes.base {
            let unchanged = present.map(|(base, _)| base.decimal());
            let money = self.money("basePrice", base, (currency, unchanged));
            *(if unchanged == Some(base) { &mut typed.resent } else { &mut typed.base }) = money;
        }
        match changes.custom_total {
            Change::Set(total) => {
                let unchanged = stands.as_ref().filter(|price| price.is_custom);
                let unchanged = unchanged.map(|price| price.total.decimal());
                let total = self.money("customTotal", total, (currency, unchanged));
                typed.custom_total = total.map_or(Change::Keep, Change::Set);
            }
            Change::Clear => typed.custom_total = Change::Clear,
            Change::Keep => {}
        }
        let Change::Set(total) = changes.total else { return typed };
        let undone = changes.custom_total == Change::Clear
            && stands.as_ref().is_some_and(|price| price.is_custom);
        let alone = !is_sent(&changes.base) && !is_sent(&changes.custom_total) && !undone;
        let unchanged = present.is_some_and(|(_, present)| {
            Money::from_decimal(total, present.currency()) == Some(present)
        });
        if unchanged {
            return typed;
        }
        if !alone {
            // It is not used, and no price all the same.
            if !(Decimal::ZERO..=PRICE_MAX).contains(&total) {
                self.problems.add("out_of_range", "totalPrice", PRICE_WANTED);
            }
            return typed;
        }
        let total = self.money("totalPrice", total, (currency, None));
        let keeps_events = stands.is_some_and(|price| {
            price.is_custom || price.lines.iter().any(|line| line.counted().is_some())
        });
        if keeps_events {
            typed.custom_total = total.map_or(Change::Keep, Change::Set);
        } else {
            typed.base = total;
        }
        typed
    }

    /// A typed amount; one that stands already is right.
    fn money(
        &mut self,
        key: &'static str,
        amount: Decimal,
        (currency, unchanged): (Currency, Option<Decimal>),
    ) -> Option<Money> {
        if unchanged != Some(amount) {
            if !(Decimal::ZERO..=PRICE_MAX).contains(&amount) {
                self.problems.add("out_of_range", key, PRICE_WANTED);
            } else if amount.normalize().scale() > currency.minor_digits() {
                let message = "Enter a price with two decimals.";
                self.problems.add("too_many_decimals", key, message);
            }
        }
        Money::from_decimal(amount, currency)
    }
}

pub(super) fn is_sent<T>(change: &Change<T>) -> bool {
    matches!(change, Change::Set(_))
}
