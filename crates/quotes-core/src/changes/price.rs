//! What the price becomes, step by step, so that its history can say why.

use rust_decimal::Decimal;

use super::{
    Change, Changes, EventMoved,
    decide::Decision,
    typed::{Given, PRICE_MAX, Typed, is_sent},
};
use crate::{
    money::{Currency, Money},
    price::{Basis, Breakdown},
    quote::{CalculatedPrice, PriceEntry, Quote, Reason, Selection},
};

/// A price under way.
pub(super) struct Pricing {
    pub(super) basis: Basis,
    people: Option<u32>,
    selection: Vec<Selection>,
    /// The total after the last step; `None` before the first of a new quote.
    last: Option<Money>,
    moves: Vec<(Reason, Money)>,
}

impl Pricing {
    /// The total before and after a step. One that moves it is remembered with its reason.
    pub(super) fn step(&mut self, reason: Reason) -> (Option<Money>, Money) {
        let before = self.last;
        let total = Breakdown::calculate(&self.basis, &self.selection, (self.people, None)).total;
        if before != Some(total) {
            self.moves.push((reason, total));
        }
        self.last = Some(total);
        (before, total)
    }
}

impl Decision<'_> {
    /// Everything about money and events, in the order: a typed total is undone, currency, people,
    /// package, base, events removed, altered, added, a total is typed. Each step that moves the total
    /// is an entry of the history, and the last entry's price is the new total.
    pub(super) fn price(&mut self, changes: &Changes, quote: &mut Quote) {
        let currency = self.currency(&changes.currency, quote.currency);
        let typed = self.typed(changes, currency);
        let mut pricing = self.start(currency, quote, &typed);
        self.package(changes, quote, (&mut pricing, &typed));
        self.base(quote, (&mut pricing, &typed), changes);
        self.events(changes, &mut pricing);
        if let Change::Set(total) = typed.custom_total {
            pricing.basis.custom_total = Some(total);
            pricing.step(Reason::ManualOverride);
        }
        quote.currency = currency;
        self.finish(changes, quote, pricing);
    }

    fn currency(&mut self, change: &Change<Currency>, present: Currency) -> Currency {
        match change {
            Change::Keep => present,
            // What has no currency is in pounds; a quote that has one keeps it.
            Change::Clear => present,
            Change::Set(currency) => {
                if *currency != present && !Currency::OF_QUOTES.contains(currency) {
                    let message = "Choose GBP, EUR or USD.";
                    self.problems.add("unknown_currency", "currency", message);
                }
                *currency
            }
        }
    }

    /// Where the price stands, in the quote's new currency and for its new number of people, and
    /// without a typed total that is undone.
    fn start(&mut self, currency: Currency, quote: &Quote, typed: &Typed) -> Pricing {
        let zero = Money::zero(currency);
        let Some(before) = self.before else {
            let basis = Basis { base: zero, custom_total: None };
            let (people, selection) = (quote.trip.people, Vec::new());
            return Pricing { basis, people, selection, last: None, moves: Vec::new() };
        };
        let price = Breakdown::of(before);
        let mut pricing = Pricing {
            basis: Basis::of(before),
            people: before.trip.people,
            selection: before.selection.clone(),
            last: Some(price.total),
            moves: Vec::new(),
        };
        if typed.custom_total == Change::Clear && pricing.basis.custom_total.take().is_some() {
            pricing.step(Reason::ManualOverride);
        }
        if currency != before.currency {
            // Nothing is converted: the number that was typed is in the new currency from now on.
            pricing.basis.base = pricing.basis.base.relabelled(currency).unwrap_or(zero);
            let custom = pricing.basis.custom_total;
            pricing.basis.custom_total = custom.and_then(|total| total.relabelled(currency));
            pricing.step(Reason::Recalculation);
        }
        pricing.people = quote.trip.people;
        pricing
    }

    /// A typed base, which is marked where a package would have given another.
    fn base(&mut self, quote: &mut Quote, price: (&mut Pricing, &Typed), changes: &Changes) {
        let (pricing, typed) = price;
        if let Some(base) = typed.base {
            let stood = pricing.basis.base;
            pricing.basis.base = base;
            let moved = base != stood || self.is_new();
            if let Some(linked) = quote.package.as_mut().filter(|_| moved) {
                linked.custom_price = match linked.calculated {
                    Some(CalculatedPrice::Of(calculated)) => calculated != base,
                    Some(CalculatedPrice::OnRequest) => false,
                    None => true,
                };
            }
            pricing.step(Reason::ManualOverride);
            return;
        }
        let is_given = typed.given(pricing) == Given::Typed || is_sent(&changes.package);
        if self.is_new() && !is_given {
            self.missing("basePrice", "Enter the price without events.");
        }
    }

    fn events(&mut self, changes: &Changes, pricing: &mut Pricing) {
        let currency = pricing.basis.base.currency();
        let steps = self.selection(&pricing.selection, &changes.events, currency);
        for event in steps.removed {
            let of_event = |entry: &Selection| entry.event == Some(event);
            let removed = pricing.selection.iter().find(|entry| of_event(entry)).cloned();
            pricing.selection.retain(|entry| !of_event(entry));
            let moved = pricing.step(Reason::EventRemoved);
            if let Some(entry) = removed {
                self.audit.event(EventMoved::Removed, &entry, moved);
            }
        }
        for altered in steps.altered {
            let mut entries = pricing.selection.iter_mut();
            let place = entries.find(|entry| entry.event == altered.event && !entry.repeated);
            if let Some(place) = place {
                *place = altered.clone();
            }
            let moved = pricing.step(Reason::Recalculation);
            self.audit.event(EventMoved::Altered, &altered, moved);
        }
        for added in steps.added {
            pricing.selection.push(added.clone());
            let moved = pricing.step(Reason::EventAdded);
            self.audit.event(EventMoved::Added, &added, moved);
        }
    }

    /// Writes the price down if it was touched: a quote whose price nobody touched keeps its numbers
    /// as they are, however odd.
    fn finish(&mut self, changes: &Changes, quote: &mut Quote, pricing: Pricing) {
        let price =
            Breakdown::calculate(&pricing.basis, &pricing.selection, (pricing.people, None));
        let touched = self.before.is_none_or(|before| {
            pricing.basis != Basis::of(before)
                || pricing.selection != before.selection
                || pricing.people != before.trip.people
                || quote.package != before.package
        });
        if !touched {
            return;
        }
        let total = price.total.decimal();
        if !(Decimal::ZERO..=PRICE_MAX).contains(&total) {
            let message = format!("The total is {}; it can be from 0 to 1,000,000.", price.total);
            self.problems.add("out_of_range", "totalPrice", message);
        }
        let sent = |sent: Decimal| Money::from_decimal(sent, price.currency) != Some(price.total);
        let both = is_sent(&changes.base) || is_sent(&changes.custom_total);
        if both && matches!(changes.total, Change::Set(total) if sent(total)) {
            let message = "The total is computed from base and events; what was sent is not used.";
            self.warn("ignored_field", "totalPrice", message);
        }
        quote.base = Some(price.base);
        quote.events_total = Some(price.events_total);
        quote.custom_total = price.is_custom.then_some(price.total);
        quote.total = Some(price.total);
        quote.selection = pricing.selection;
        let (now, user) = (self.now(), self.context.user);
        quote.history.extend(pricing.moves.into_iter().map(|(reason, price)| PriceEntry {
            price: Some(price),
            reason,
            at: Some(now),
            user: Some(user),
            id: Some((self.context.fresh_id)()),
        }));
    }
}
