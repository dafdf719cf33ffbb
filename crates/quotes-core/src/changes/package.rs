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
    money::{Currency, Money},
    package::{Offer, Package},
    price::Basis,
    quote::{CalculatedPrice, LinkedPackage, Quote, Reason, Trip},
};

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
            if typed.base.is_none() {
                pricing.step(Reason::PackageSelection);
            }
            return;
        }
        if let Some(linked) = linked.filter(|_| quote.package.is_some()) {
            self.follow(&linked, quote, (&mut *pricing, typed));
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
        quote.package = Some(self.linked(package, quote, (pricing, typed)));
    }

    /// Takes a linked package's price anew when people, nights, dates or currency are others, or when
    /// it gave none and the total typed instead is undone. A base that somebody typed stays.
    fn follow(
        &mut self,
        linked: &LinkedPackage,
        quote: &mut Quote,
        (pricing, typed): (&mut Pricing, &Typed),
    ) {
        let Some(before) = self.before else { return };
        let (old, new) = (&before.trip, &quote.trip);
        let moved = (old.people, old.nights, old.arrival) != (new.people, new.nights, new.arrival)
            || before.currency != pricing.basis.base.currency();
        let is_priced = matches!(linked.calculated, Some(CalculatedPrice::Of(_)));
        let undone = typed.custom_total == Change::Clear && !is_priced;
        if linked.custom_price || !(moved || undone) {
            return;
        }
        if !linked.gives(Basis::of(before).base) {
            if is_priced {
                let message = "The base price is not the package's; it was kept.";
                self.warn("base_kept", "basePrice", message);
            }
            return;
        }
        let context = self.context;
        match context.package.filter(|package| package.id == Some(linked.package)) {
            Some(package) => {
                quote.package = Some(self.linked(package, quote, (pricing, typed)));
            }
            None => {
                let message = "The package is gone; the base price was kept.";
                self.warn("package_gone", "linkedPackage", message);
            }
        }
    }

    /// The package with what it offers, which becomes the base unless somebody types another. Where it
    /// gives no price, somebody has to type one: a base, be it the present one, or a total; the base is
    /// zero then, and not what the package gave for another group.
    fn linked(
        &mut self,
        package: &Package,
        quote: &Quote,
        (pricing, typed): (&mut Pricing, &Typed),
    ) -> LinkedPackage {
        let currency = pricing.basis.base.currency();
        let offer = look_up(package, &quote.trip);
        let price = offer.as_ref().map_err(Clone::clone).and_then(|offer| price(offer, currency));
        let given = match &price {
            Ok(price) => Some(*price),
            Err(missing) => {
                self.ask_for_base(missing, typed.given(pricing));
                typed.resent
            }
        };
        if typed.base.is_none() {
            pricing.basis.base = given.unwrap_or_else(|| Money::zero(currency));
        }
        let offer = offer.ok();
        let is_on_request = offer.as_ref().is_some_and(|offer| offer.whole.is_none());
        LinkedPackage {
            package: package.id.unwrap_or_default(),
            name: Some(package.name.clone()),
            version: Some(package.version),
            tier: offer.as_ref().map(|offer| offer.tier.clone()),
            nights: offer.as_ref().map(|offer| offer.nights),
            period: offer.map(|offer| offer.period),
            calculated: match price {
                Ok(price) => Some(CalculatedPrice::Of(price)),
                Err(_) => is_on_request.then_some(CalculatedPrice::OnRequest),
            },
            custom_price: price.is_err() && !is_on_request && given.is_some(),
            recalculated_at: Some(self.now()),
        }
    }

    fn ask_for_base(&mut self, missing: &Missing, given: Given) {
        let Missing { code, field, message } = missing;
        match given {
            Given::Typed => self.warn(code, field, message),
            Given::Nothing => self.problems.add(code, *field, message),
        }
    }
}

/// Why a package gives a group no price.
#[derive(Debug, Clone)]
struct Missing {
    code: &'static str,
    field: &'static str,
    message: String,
}

fn look_up(package: &Package, trip: &Trip) -> Result<Offer, Missing> {
    let (Some(people), Some(nights), Some(arrival)) = (trip.people, trip.nights, trip.arrival)
    else {
        return Err(Missing {
            code: "package_not_priced",
            field: "linkedPackage",
            message: "The package needs people, nights and arrival. Enter them or a base price."
                .to_owned(),
        });
    };
    package.offer(people, nights, day(arrival)).map_err(|none| Missing {
        code: none.code(),
        field: none.field(),
        message: format!("{} Or enter a base price.", sentence(&none)),
    })
}

fn price(offer: &Offer, currency: Currency) -> Result<Money, Missing> {
    let (code, field, message) = match offer.whole {
        Some(whole) if whole.currency() == currency => return Ok(whole),
        Some(whole) => (
            "package_currency",
            "currency",
            format!("The package is priced in {}. Enter a base price.", whole.currency()),
        ),
        None => (
            "price_on_request",
            "basePrice",
            "The package has its price on request. Enter a base price.".to_owned(),
        ),
    };
    Err(Missing { code, field, message })
}

fn is_new_choice(choice: &PackageChoice, linked: Option<&LinkedPackage>) -> bool {
    choice.recalculate.is_some() || linked.is_none_or(|linked| linked.package != choice.package)
}
