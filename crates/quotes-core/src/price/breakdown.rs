//! How a total comes about.

use super::{
    basis::Basis,
    line::{Line, Standing},
};
use crate::{
    event::Catalogue,
    money::{Currency, Money},
    problem::Warning,
    quote::{Quote, Selection},
};

/// A price with all its parts: `base + events_total + adjustment == total`, and `events_total` is the
/// sum of the counted lines. Always.
#[derive(Debug, Clone, PartialEq)]
pub struct Breakdown {
    /// What everything but some lines is in.
    pub currency: Currency,
    /// How many people, when that is known.
    pub people: Option<u32>,
    /// How many nights, when that is known.
    pub nights: Option<u32>,
    /// The price without events.
    pub base: Money,
    /// Every event, counted or not, in the order of the quote.
    pub lines: Vec<Line>,
    /// What the counted lines add.
    pub events_total: Money,
    /// What a custom total is above (or, negative, below) base and events; zero without one.
    pub adjustment: Money,
    /// The total is one that somebody typed.
    pub is_custom: bool,
    /// What the customer pays.
    pub total: Money,
    /// The share of each, half-up: to be shown, not summed.
    pub per_person: Option<Money>,
    /// The share of each night, half-up: to be shown, not summed.
    pub per_night: Option<Money>,
    /// What is not in the total, and whatever else there is to know.
    pub warnings: Vec<Warning>,
}

impl Breakdown {
    /// How the total of a stored quote comes about.
    pub fn of(quote: &Quote) -> Self {
        let (basis, warning) = Basis::judge(quote);
        let mut breakdown =
            Self::calculate(&basis, &quote.selection, (quote.trip.people, quote.trip.nights));
        breakdown.warnings.extend(warning);
        breakdown
    }

    /// The same, with what the catalogue says of the events today. All of the quote's events must have
    /// been asked for.
    pub fn with_catalogue(quote: &Quote, catalogue: &Catalogue) -> Self {
        let mut breakdown = Self::of(quote);
        let warnings = catalogue.warnings(&quote.selection, quote.trip.people);
        breakdown.warnings.extend(warnings);
        breakdown
    }

    /// The price of events for `(people, nights)` on a basis.
    pub fn calculate(
        basis: &Basis,
        selection: &[Selection],
        (people, nights): (Option<u32>, Option<u32>),
    ) -> Self {
        let currency = basis.base.currency();
        let mut lines: Vec<Line> =
            selection.iter().map(|one| Line::of(one, people, currency)).collect();
        let events_total = sum(&mut lines, basis.base);
        let computed = basis.base.checked_add(events_total).unwrap_or(basis.base);
        // A typed total too far away for the difference to be an amount is none.
        let adjusted =
            basis.custom_total.and_then(|total| Some((total, total.checked_sub(computed)?)));
        let (total, adjustment) = adjusted.unwrap_or((computed, Money::zero(currency)));
        let positions = lines.iter().enumerate();
        Self {
            currency,
            people,
            nights,
            base: basis.base,
            events_total,
            adjustment,
            is_custom: adjusted.is_some(),
            total,
            per_person: people.and_then(|people| total.share(people)),
            per_night: nights.and_then(|nights| total.share(nights)),
            warnings: positions.filter_map(|(at, line)| line.warning(at)).collect(),
            lines,
        }
    }
}

/// Sums the counted lines up. A line that would make the total too large to be exact is on request.
fn sum(lines: &mut [Line], base: Money) -> Money {
    let mut sum = Money::zero(base.currency());
    for line in lines {
        let Some(amount) = line.counted() else { continue };
        let next = sum.checked_add(amount).filter(|next| base.checked_add(*next).is_some());
        match next {
            Some(next) => sum = next,
            None => line.standing = Standing::OnRequest,
        }
    }
    sum
}
