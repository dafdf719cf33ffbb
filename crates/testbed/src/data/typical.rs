//! A quote as the model means it, with the fields of its time.

use bson::{DateTime, RawBson, RawDocumentBuf, rawdoc};

use super::{
    chance::{Chance, Purpose, number},
    draft::{Draft, array},
    events::{Selection, select},
    ids::{
        Kind, MILLIS_PER_DAY, PACKAGES, QUOTES_PER_ENQUIRY, USERS, enquiry_of, object_id,
        quote_created_millis,
    },
    words::{ACTIVITIES, DESTINATIONS, FIRST_NAMES, HOTELS, INCLUDED, LAST_NAMES, NOTES},
};

/// A typical quote and what an ugly one needs to know of it.
pub(super) struct Typical {
    pub(super) document: Draft,
    pub(super) selection: Selection,
    /// The price without events.
    pub(super) base: f64,
}

/// Which version of the application wrote it.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Age {
    Older,
    Middle,
    Newer,
}

struct Quote {
    seed: u64,
    n: u64,
    age: Age,
    created: i64,
    edited: i64,
    user: u64,
    selection: Selection,
    base: f64,
    chance: Chance,
}

/// Quote `n`.
pub(super) fn typical(seed: u64, n: u64) -> Typical {
    let mut quote = Quote::new(seed, n);
    let mut draft = Draft::with_capacity(34);
    quote.trip(&mut draft);
    let total = quote.contents(&mut draft);
    quote.price(&mut draft, total);
    quote.package_and_history(&mut draft, total);
    quote.ending(&mut draft);
    Typical { document: draft, selection: quote.selection, base: quote.base }
}

impl Quote {
    fn new(seed: u64, n: u64) -> Self {
        let mut chance = Chance::new(Purpose::Quote, seed, n);
        let age = match chance.between(0, 99) {
            0..30 => Age::Older,
            30..70 => Age::Middle,
            _ => Age::Newer,
        };
        let created = quote_created_millis(n) + i64::from(chance.between(0, 59_999));
        let edited = created + i64::from(chance.between(0, 20)) * MILLIS_PER_DAY / 4;
        let people = chance.between(4, 24);
        let per_head = f64::from(chance.between(360, 1_600)) / 4.0;
        let selection = Selection {
            seed,
            quote: n,
            currency: chance.pick(&["GBP", "GBP", "GBP", "GBP", "GBP", "GBP", "EUR", "EUR", "USD"]),
            people,
            added_at: DateTime::from_millis(edited),
        };
        let user = u64::from(chance.between(0, 1_000).unsigned_abs()) % USERS;
        Self {
            seed,
            n,
            age,
            created,
            edited,
            user,
            selection,
            base: per_head * f64::from(people),
            chance,
        }
    }

    fn trip(&mut self, draft: &mut Draft) {
        let chance = &mut self.chance;
        draft.push("_id", object_id(Kind::Quote, self.seed, self.n));
        draft.push("enquiryId", object_id(Kind::Enquiry, self.seed, enquiry_of(self.n)));
        if self.age != Age::Older {
            let destination = chance.pick(DESTINATIONS);
            draft.push("title", format!("{destination} weekend for {}", self.selection.people));
            draft.push("destination", destination);
        }
        let name = format!("{} {}", chance.pick(FIRST_NAMES), chance.pick(LAST_NAMES));
        draft.push("leadName", name);
        draft.push("hotelName", chance.pick(HOTELS));
        draft.push("numberOfPeople", self.selection.people);
        draft.push("numberOfRooms", (self.selection.people + 1) / 2);
        draft.push("numberOfNights", chance.between(1, 7));
        // A few are far ahead, so that some lie in the future whenever the data is used.
        let days =
            if chance.percent(4) { chance.between(2_000, 4_000) } else { chance.between(20, 320) };
        let arrival = (self.created / MILLIS_PER_DAY + i64::from(days)) * MILLIS_PER_DAY;
        draft.push("arrivalDate", DateTime::from_millis(arrival));
    }

    /// Returns the total price: base and what the selected events cost.
    fn contents(&mut self, draft: &mut Draft) -> f64 {
        let chance = &mut self.chance;
        draft.push("isSuperPackage", self.age != Age::Older && chance.percent(25));
        let mut included = INCLUDED.to_vec();
        chance.shuffle(&mut included);
        draft.push("whatsIncluded", included[..2].join(" "));
        draft.push("transferIncluded", chance.percent(70));
        if chance.percent(60) {
            draft.push("activitiesIncluded", chance.pick(ACTIVITIES));
        }
        let events = if self.age == Age::Newer { chance.between(0, 99) } else { 99 };
        match events {
            0..8 => {
                draft.push("selectedEvents", array(Vec::<RawBson>::new()));
                self.base
            }
            8..12 => {
                let count = u64::from(chance.between(1, 4).unsigned_abs());
                let selected = select(&self.selection, count, chance);
                draft.push("selectedEvents", selected.to_array());
                self.base + selected.total
            }
            _ => self.base,
        }
    }

    fn price(&mut self, draft: &mut Draft, total: f64) {
        let chance = &mut self.chance;
        draft.push("totalPrice", number(total));
        draft.push("currency", self.selection.currency);
        let version = i32::try_from(self.n % QUOTES_PER_ENQUIRY).unwrap_or_default() + 1;
        draft.push("version", version);
        let status = chance.pick(&["draft", "sent", "sent", "updated"]);
        draft.push("status", status);
        draft.push("createdBy", object_id(Kind::User, self.seed, self.user));
        draft.push("emailSent", status != "draft");
        if status != "draft" {
            let delivery =
                chance.pick(&["delivered", "delivered", "delivered", "failed", "pending"]);
            draft.push("emailDeliveryStatus", delivery);
            draft.push("emailSentAt", DateTime::from_millis(self.edited));
            draft.push("emailMessageId", format!("<{:016x}@mail.example>", self.n));
        } else {
            draft.push("emailDeliveryStatus", "pending");
        }
        if chance.percent(50) {
            draft.push("internalNotes", chance.pick(NOTES));
        }
    }

    fn package_and_history(&mut self, draft: &mut Draft, total: f64) {
        if self.age == Age::Older {
            return;
        }
        let chance = &mut self.chance;
        if chance.percent(35) {
            let package = u64::from(chance.between(0, 1_000).unsigned_abs()) % PACKAGES;
            let edited = DateTime::from_millis(self.edited);
            draft.push("linkedPackage", linked_package(self.seed, package, (total, edited)));
        } else {
            draft.push(
                "linkedPackage",
                rawdoc! { "priceWasOnRequest": false, "customPriceApplied": false },
            );
        }
        let reasons = ["package_selection", "recalculation", "manual_override"];
        let entries = u64::from(chance.between(0, 2).unsigned_abs());
        let history = (0..entries).map(|position| {
            let mut entry = RawDocumentBuf::new();
            entry.append(
                bson::raw::cstr!("price"),
                number(total - 10.0 * (entries - 1 - position) as f64).as_raw_bson_ref(),
            );
            entry.append(bson::raw::cstr!("reason"), chance.pick(&reasons));
            entry.append(bson::raw::cstr!("timestamp"), DateTime::from_millis(self.edited));
            entry.append(bson::raw::cstr!("userId"), object_id(Kind::User, self.seed, self.user));
            entry.append(
                bson::raw::cstr!("_id"),
                object_id(Kind::PriceHistory, self.seed, self.n * 4 + position),
            );
            entry
        });
        draft.push("priceHistory", array(history));
    }

    fn ending(&mut self, draft: &mut Draft) {
        if self.age == Age::Newer && self.chance.percent(30) {
            draft.push("bookingInterest", self.booking_interest());
        }
        draft.push("createdAt", DateTime::from_millis(self.created));
        draft.push("updatedAt", DateTime::from_millis(self.edited));
        draft.push("__v", self.chance.between(0, 3));
    }

    fn booking_interest(&mut self) -> RawDocumentBuf {
        rawdoc! {
            "expressed": true,
            "expressedAt": DateTime::from_millis(self.edited + MILLIS_PER_DAY),
            "contactEmail": format!("customer{}@example.com", self.n),
            "contactPhone": format!("+44 7700 {:06}", self.n % 1_000_000),
            "bookingUrgency": self.chance.pick(&["asap", "this_week", "flexible"]),
            "additionalRequests": "Ground floor rooms if possible",
        }
    }
}

fn linked_package(seed: u64, package: u64, price: (f64, DateTime)) -> RawDocumentBuf {
    let (calculated, recalculated_at) = price;
    let on_request = package % 6 == 5;
    let calculated = if on_request { RawBson::from("ON_REQUEST") } else { number(calculated) };
    rawdoc! {
        "packageId": object_id(Kind::Package, seed, package),
        "packageName": format!("Super Offer {}", package + 1),
        "packageVersion": 1,
        "selectedTier": { "tierIndex": 0, "tierLabel": "6-11 People" },
        "selectedNights": 3,
        "selectedPeriod": "May",
        "calculatedPrice": calculated,
        "priceWasOnRequest": on_request,
        "customPriceApplied": false,
        "lastRecalculatedAt": recalculated_at,
    }
}
