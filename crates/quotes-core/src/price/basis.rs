//! What a stored total rests on.

use super::line::Line;
use crate::{
    money::{Currency, Money},
    problem::Warning,
    quote::{Quote, Selection},
};

/// What a price is computed from, besides events and people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis {
    /// What somebody typed or a package gave.
    pub base: Money,
    /// A total that somebody typed, which is kept whatever else changes.
    pub custom_total: Option<Money>,
}

impl Basis {
    /// What a quote's stored total rests on. The total that stands in the document is what customers
    /// were told, so it decides:
    ///
    /// - A stored base counts while base and events make the total, or while the total is a typed one.
    ///   Otherwise the old application, which knows no events, wrote the total since, and the base is
    ///   the total less the events.
    /// - A typed total that is no longer the total was typed over: the total takes its place.
    /// - A total below its events can only be a typed one.
    /// - Without a readable total the stored base counts, or nothing is known and the base is zero.
    pub fn of(quote: &Quote) -> Self {
        Self::judge(quote).0
    }

    /// The same, and what there is to know about it.
    pub(super) fn judge(quote: &Quote) -> (Self, Option<Warning>) {
        let zero = Money::zero(quote.currency);
        let events = counted(&quote.selection, quote.trip.people, quote.currency);
        let stored = quote.base.filter(|base| !base.is_negative());
        let Some(total) = quote.total.or(quote.custom_total) else {
            let basis = Self { base: stored.unwrap_or(zero), custom_total: None };
            return (basis, Some(unreadable()));
        };
        let derived = total.checked_sub(events).unwrap_or(zero);
        let positive = (!derived.is_negative()).then_some(derived);
        let agrees = |base: Money| base.checked_add(events) == Some(total);
        match (quote.custom_total, positive) {
            (Some(_), _) => {
                let base = stored.or(positive).unwrap_or(zero);
                (Self { base, custom_total: Some(total) }, None)
            }
            (None, Some(derived)) => (
                Self {
                    base: stored.filter(|base| agrees(*base)).unwrap_or(derived),
                    custom_total: None,
                },
                None,
            ),
            (None, None) => (Self { base: zero, custom_total: Some(total) }, Some(below_events())),
        }
    }
}

/// What the events add to the total.
fn counted(selection: &[Selection], people: Option<u32>, currency: Currency) -> Money {
    selection
        .iter()
        .filter_map(|selection| Line::of(selection, people, currency).counted())
        .fold(Money::zero(currency), |sum, amount| sum.checked_add(amount).unwrap_or(sum))
}

fn unreadable() -> Warning {
    let message = "The stored total can't be read; it is computed from base and events.";
    Warning::new("total_unreadable", "totalPrice", message)
}

fn below_events() -> Warning {
    let message = "The stored total is below its events; it is kept as a custom price.";
    Warning::new("total_below_events", "totalPrice", message)
}
