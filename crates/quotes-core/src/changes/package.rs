//! The package that gives a quote its base price.

use bson::oid::ObjectId;

use super::{
    Change, Changes, PackageChoice,
    decide::{Decision, sentence},
    price::Pricing,
    trip::day,
    typed::{Given, Typed},
};
use crate::{
    package::{NoOffer, Offer, Package},
    price::Basis,
    quote::{CalculatedPrice, LinkedPackage, Quote, Reason},
};

const NOT_PRICED: &str =
    "The package needs people, nights and arrival for its price. Enter them or a base price.";

impl Decision<'_> {
    /// The package that gives the base, and what it gives for the quote's new size and dates.
    pub(super) fn package(
        &mut self,
        changes: &Changes,
        quote: &mut Quote,
        price: (&mut Pricing, &Typed),
    ) {
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
        chosen: ObjectId,
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
        let given = typed.given(pricing);
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
}

fn is_new_choice(choice: &PackageChoice, linked: Option<&LinkedPackage>) -> bool {
    choice.recalculate.is_some() || linked.is_none_or(|linked| linked.package != choice.package)
}
