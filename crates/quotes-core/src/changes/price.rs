//! What the price becomes, step by step, so that its history can say why.

use rust_decimal::Decimal;

use super::{
    Change, Changes, EventMoved, PackageChoice,
    decide::{Decision, sentence},
    trip::day,
};
use crate::{
    money::{Currency, Money},
    package::{NoOffer, Offer, Package},
    price::{Basis, Breakdown},
    quote::{CalculatedPrice, LinkedPackage, PriceEntry, Quote, Reason, Selection},
};

/// The highest base or total, in units of the currency.
const PRICE_MAX: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

/// A price under way.
struct Pricing {
    basis: Basis,
    people: Option<u32>,
    selection: Vec<Selection>,
    /// The total after the last step; `None` before the first of a new quote.
    last: Option<Money>,
    moves: Vec<(Reason, Money)>,
}

/// What was typed about money, judged.
#[derive(Default)]
struct Typed {
    base: Option<Money>,
    custom_total: Change<Money>,
}

impl Pricing {
    /// The total before and after a step. One that moves it is remembered with its reason.
    fn step(&mut self, reason: Reason) -> (Option<Money>, Money) {
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

    /// What was typed, with the one number of old clients put where it belongs.
    fn typed(&mut self, changes: &Changes, currency: Currency) -> Typed {
        let stands = self.before.map(Breakdown::of);
        let present = stands.as_ref().map(|price| (price.base, price.total));
        let mut typed = Typed::default();
        if let Change::Set(base) = changes.base {
            let unchanged = present.map(|(base, _)| base.decimal());
            typed.base = self.money("basePrice", base, (currency, unchanged));
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
        if !alone || unchanged {
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
                self.problems.add("out_of_range", key, "Enter a price from 0 to 1,000,000.");
            } else if amount.normalize().scale() > currency.minor_digits() {
                let message = "Enter a price with two decimals.";
                self.problems.add("too_many_decimals", key, message);
            }
        }
        Money::from_decimal(amount, currency)
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

    /// The package that gives the base, and what it gives for the quote's new size and dates.
    fn package(&mut self, changes: &Changes, quote: &mut Quote, price: (&mut Pricing, &Typed)) {
        let (pricing, typed) = price;
        let linked = quote.package.clone();
        let chosen = match &changes.package {
            Change::Clear => {
                quote.package = None;
                None
            }
            Change::Set(choice) if is_new_choice(choice, linked.as_ref()) => Some(choice.package),
            Change::Set(_) | Change::Keep => None,
        };
        if let Some(package) = chosen {
            if !self.is_new() {
                pricing.step(Reason::Recalculation);
            }
            self.choose(package, quote, (&mut *pricing, typed));
            if !self.is_new() || typed.base.is_none() {
                pricing.step(Reason::PackageSelection);
            }
            return;
        }
        if let Some(linked) = linked.filter(|_| quote.package.is_some()) {
            self.follow(linked, quote, (&mut *pricing, typed));
        }
        if !self.is_new() {
            pricing.step(Reason::Recalculation);
        }
    }

    /// Links a package, whose price becomes the base.
    fn choose(
        &mut self,
        chosen: bson::oid::ObjectId,
        quote: &mut Quote,
        (pricing, typed): (&mut Pricing, &Typed),
    ) {
        let context = self.context;
        let Some(package) = context.package.filter(|package| package.id == Some(chosen)) else {
            let message = "There is no such package.";
            self.problems.add("unknown_package", "linkedPackage.packageId", message);
            return;
        };
        let linked = quote.package.as_ref().map(|linked| linked.package);
        if !package.active && linked != Some(chosen) {
            let message = format!("{} is no longer offered.", package.name);
            self.problems.add("inactive_package", "linkedPackage.packageId", message);
        }
        if let Some(offer) = self.offer(package, quote, (&mut *pricing, typed)) {
            quote.package = Some(self.linked(package, &offer));
        }
    }

    /// Takes a linked package's price anew when people, nights or dates are others. A base that
    /// somebody typed stays.
    fn follow(
        &mut self,
        linked: LinkedPackage,
        quote: &mut Quote,
        (pricing, typed): (&mut Pricing, &Typed),
    ) {
        let Some(before) = self.before else { return };
        let (old, new) = (&before.trip, &quote.trip);
        let moved = (old.people, old.nights, old.arrival) != (new.people, new.nights, new.arrival);
        if !moved || !linked.gives_the_base() {
            return;
        }
        if linked.calculated != Some(CalculatedPrice::Of(Basis::of(before).base)) {
            let message = "The base price is not the package's; it was kept.";
            self.warn("base_kept", "basePrice", message);
            return;
        }
        let context = self.context;
        let Some(package) = context.package.filter(|package| package.id == Some(linked.package))
        else {
            let message = "The package is gone; the base price was kept.";
            self.warn("package_gone", "linkedPackage", message);
            return;
        };
        if let Some(offer) = self.offer(package, quote, (pricing, typed)) {
            quote.package = Some(self.linked(package, &offer));
        }
    }

    /// What the package offers, which becomes the base. Where it offers nothing, or a price on request,
    /// somebody has to type one.
    fn offer(
        &mut self,
        package: &Package,
        quote: &Quote,
        (pricing, typed): (&mut Pricing, &Typed),
    ) -> Option<Offer> {
        let trip = &quote.trip;
        let given = given(pricing, typed);
        let (Some(people), Some(nights), Some(arrival)) = (trip.people, trip.nights, trip.arrival)
        else {
            self.ask_for_base(("package_not_priced", "linkedPackage"), given, NOT_PRICED);
            return None;
        };
        let offer = match package.offer(people, nights, day(arrival)) {
            Ok(offer) => offer,
            Err(none) => {
                let message = format!("{} Or enter a base price.", sentence(&none));
                self.ask_for_base((none.code(), NoOffer::field(&none)), given, &message);
                return None;
            }
        };
        match offer.whole {
            Some(whole) if whole.currency() == pricing.basis.base.currency() => {
                pricing.basis.base = whole;
            }
            Some(whole) => {
                let message =
                    format!("The package is priced in {}. Enter a base price.", whole.currency());
                self.ask_for_base(("package_currency", "currency"), given, &message);
            }
            None => {
                let message = "The package has its price on request. Enter a base price.";
                self.ask_for_base(("price_on_request", "basePrice"), given, message);
            }
        }
        Some(offer)
    }

    fn ask_for_base(&mut self, (code, field): (&'static str, &str), given: Given, message: &str) {
        match given {
            Given::Typed => self.warn(code, field, message),
            Given::Nothing => self.problems.add(code, field, message),
        }
    }

    fn linked(&self, package: &Package, offer: &Offer) -> LinkedPackage {
        LinkedPackage {
            package: package.id.unwrap_or_default(),
            name: Some(package.name.clone()),
            version: Some(package.version),
            tier: Some(offer.tier.clone()),
            nights: Some(offer.nights),
            period: Some(offer.period.clone()),
            calculated: Some(offer.whole.map_or(CalculatedPrice::OnRequest, CalculatedPrice::Of)),
            custom_price: false,
            recalculated_at: Some(self.now()),
        }
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
        let is_given = given(pricing, typed) == Given::Typed || is_sent(&changes.package);
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

const NOT_PRICED: &str =
    "The package needs people, nights and arrival for its price. Enter them or a base price.";

/// Whether somebody typed a price, so that the package's is not needed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Given {
    Typed,
    Nothing,
}

fn is_sent<T>(change: &Change<T>) -> bool {
    matches!(change, Change::Set(_))
}

fn is_new_choice(choice: &PackageChoice, linked: Option<&LinkedPackage>) -> bool {
    choice.recalculate.is_some() || linked.is_none_or(|linked| linked.package != choice.package)
}

fn given(pricing: &Pricing, typed: &Typed) -> Given {
    let is_typed = typed.base.is_some()
        || is_sent(&typed.custom_total)
        || pricing.basis.custom_total.is_some();
    if is_typed { Given::Typed } else { Given::Nothing }
}
