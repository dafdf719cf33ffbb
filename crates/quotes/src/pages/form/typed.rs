//! A quote's form as somebody typed it, and what the rules get to see of it.

use std::collections::BTreeMap;

use quotes_core::{money::Currency, price::Basis, quote::Quote};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::chosen::{Chosen, chosen};
use crate::pages::{
    filled,
    posted::{Pairs, Posted},
    words::iso_day,
};

/// Fields of text, by the names that the API has for them.
pub(super) const TEXTS: [&str; 15] = [
    "enquiryId",
    "leadName",
    "title",
    "destination",
    "hotelName",
    "numberOfPeople",
    "numberOfRooms",
    "numberOfNights",
    "arrivalDate",
    "whatsIncluded",
    "basePrice",
    "currency",
    "customTotal",
    "internalNotes",
    "validUntil",
];
const NUMBERS: [&str; 5] =
    ["numberOfPeople", "numberOfRooms", "numberOfNights", "basePrice", "customTotal"];

/// What stands in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Typed {
    texts: BTreeMap<&'static str, String>,
    pub(super) is_super_package: bool,
    pub(super) transfer_included: bool,
    /// Id of the linked package; empty for none.
    pub(super) package: String,
    /// The package's price is wanted anew.
    pub(super) recalculate: bool,
    pub(super) chosen: Vec<Chosen>,
    /// Words by which an enquiry is looked for.
    pub(super) enquiry_search: String,
    /// The state of the quote that it was typed on; empty for a new one.
    pub(super) revision: String,
}

impl Typed {
    /// An empty form.
    pub(super) fn blank() -> Self {
        let mut typed = Self::default();
        typed.set("currency", Currency::GBP.code().to_owned());
        typed
    }

    /// As it was sent, with what the pressed button changes.
    pub(super) fn of(posted: &Posted) -> Self {
        let mut typed = Self {
            is_super_package: posted.has("isSuperPackage"),
            transfer_included: posted.has("transferIncluded"),
            package: posted.text("linkedPackage.packageId").unwrap_or_default().to_owned(),
            revision: posted.text("revision").unwrap_or_default().to_owned(),
            chosen: chosen(posted),
            enquiry_search: posted.text("enquirySearch").unwrap_or_default().to_owned(),
            ..Self::default()
        };
        for name in TEXTS {
            typed.set(name, posted.text(name).unwrap_or_default().to_owned());
        }
        let [remove, add, current] = ["remove", "add", "useCurrent"]
            .map(|button| posted.text(button).unwrap_or_default().to_owned());
        typed.chosen.retain(|it| it.event != remove);
        if !add.is_empty() && !typed.chosen.iter().any(|it| it.event == add) {
            typed.chosen.push(Chosen { event: add, per_person: true, ..Chosen::default() });
        }
        for chosen in typed.chosen.iter_mut().filter(|it| it.event == current) {
            chosen.use_current = true;
        }
        match posted.text("action") {
            Some("undo-custom") => typed.set("customTotal", String::new()),
            Some("package-price") => typed.recalculate = !typed.package.is_empty(),
            _ => {}
        }
        typed
    }

    /// As a quote fills it in.
    pub(super) fn of_quote(quote: &Quote, revision: String) -> Self {
        let trip = &quote.trip;
        let basis = Basis::of(quote);
        let number = |number: Option<u32>| number.map(|it| it.to_string()).unwrap_or_default();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let amount = |amount: Decimal| amount.normalize().to_string();
        let texts = [
            ("enquiryId", quote.enquiry.map(|it| it.to_hex()).unwrap_or_default()),
            ("leadName", text(&trip.lead_name)),
            ("title", text(&trip.title)),
            ("destination", text(&trip.destination)),
            ("hotelName", text(&trip.hotel_name)),
            ("numberOfPeople", number(trip.people)),
            ("numberOfRooms", number(trip.rooms)),
            ("numberOfNights", number(trip.nights)),
            ("arrivalDate", trip.arrival.map(iso_day).unwrap_or_default()),
            ("whatsIncluded", text(&trip.whats_included)),
            ("basePrice", amount(basis.base.decimal())),
            ("currency", quote.currency.code().to_owned()),
            ("customTotal", basis.custom_total.map(|it| amount(it.decimal())).unwrap_or_default()),
            ("internalNotes", text(&quote.internal_notes)),
            ("validUntil", quote.times.valid_until.map(iso_day).unwrap_or_default()),
        ];
        let chosen = quote.selection.iter().filter(|it| !it.repeated).filter_map(|it| {
            let typed_price = it.reason.is_some();
            Some(Chosen {
                event: it.event?.to_hex(),
                per_person: it.per_person,
                price: it.unit.filter(|_| typed_price).map(amount).unwrap_or_default(),
                reason: it.reason.clone().unwrap_or_default(),
                use_current: false,
            })
        });
        Self {
            texts: texts.into_iter().collect(),
            is_super_package: trip.is_super_package,
            transfer_included: trip.transfer_included,
            package: quote.package.as_ref().map(|it| it.package.to_hex()).unwrap_or_default(),
            recalculate: false,
            chosen: chosen.collect(),
            enquiry_search: String::new(),
            revision,
        }
    }

    /// A field of text.
    pub(super) fn get(&self, name: &str) -> &str {
        self.texts.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Fills a field of text in.
    pub(super) fn set(&mut self, name: &'static str, value: String) {
        self.texts.insert(name, value);
    }

    /// A field that is ticked or not.
    pub(super) fn flag(&self, name: &str) -> bool {
        match name {
            "transferIncluded" => self.transfer_included,
            "isSuperPackage" => self.is_super_package,
            _ => false,
        }
    }

    /// As a form sends it: [`Typed::of`] makes the same of it again.
    pub(super) fn pairs(&self) -> Pairs {
        let mut pairs: Pairs =
            self.texts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let mut push = |name: &str, value: &str| pairs.push((name.to_owned(), value.to_owned()));
        for name in ["transferIncluded", "isSuperPackage"] {
            if self.flag(name) {
                push(name, "true");
            }
        }
        push("linkedPackage.packageId", &self.package);
        push("revision", &self.revision);
        if self.recalculate {
            push("action", "package-price");
        }
        for chosen in &self.chosen {
            let id = &chosen.event;
            push("chosen", id);
            push("event", id);
            push(&format!("perPerson.{id}"), if chosen.per_person { "true" } else { "false" });
            push(&format!("price.{id}"), &chosen.price);
            push(&format!("priceReason.{id}"), &chosen.reason);
            if chosen.use_current {
                push(&format!("useCurrentPrice.{id}"), "true");
            }
        }
        pairs
    }

    /// Takes one thing as it stands in another form: a field, `package`, or `event.` and its id.
    pub(super) fn take_from(&mut self, other: &Self, what: &str) {
        match what {
            "transferIncluded" => self.transfer_included = other.transfer_included,
            "isSuperPackage" => self.is_super_package = other.is_super_package,
            "package" => {
                self.package.clone_from(&other.package);
                self.recalculate = false;
            }
            _ => {}
        }
        if let Some(name) = TEXTS.into_iter().find(|name| *name == what) {
            self.set(name, other.get(name).to_owned());
        }
        let Some(event) = what.strip_prefix("event.") else { return };
        let theirs = other.chosen.iter().find(|it| it.event == event);
        let place = self.chosen.iter().position(|it| it.event == event);
        match (place, theirs) {
            (Some(place), Some(theirs)) => self.chosen[place] = theirs.clone(),
            (Some(place), None) => drop(self.chosen.remove(place)),
            (None, Some(theirs)) => self.chosen.push(theirs.clone()),
            (None, None) => {}
        }
    }

    /// As the API takes it: of a quote that is there only what is otherwise, so that what nobody
    /// touched stays as it is, however odd.
    pub(super) fn fields(&self, present: Option<&Quote>) -> Map<String, Value> {
        let before = present.map(|quote| Self::of_quote(quote, String::new()));
        let before = before.as_ref();
        let mut fields = Map::new();
        for name in TEXTS {
            let value = self.get(name);
            if before.is_some_and(|it| it.get(name) == value)
                || (before.is_none() && value.is_empty())
            {
                continue;
            }
            fields.insert(name.to_owned(), json_of(name, value));
        }
        let mut flag = |name: &str, now: bool, then: Option<bool>| {
            if then != Some(now) {
                fields.insert(name.to_owned(), now.into());
            }
        };
        flag("isSuperPackage", self.is_super_package, before.map(|it| it.is_super_package));
        flag("transferIncluded", self.transfer_included, before.map(|it| it.transfer_included));
        if let Some(package) = self.linked_package(before) {
            fields.insert("linkedPackage".to_owned(), package);
        }
        if before.is_none_or(|it| it.chosen != self.chosen) {
            let events = self.chosen.iter().map(|it| it.json(before)).collect();
            fields.insert("selectedEvents".to_owned(), Value::Array(events));
        }
        fields
    }

    fn linked_package(&self, before: Option<&Self>) -> Option<Value> {
        if before.is_some_and(|it| it.package == self.package) && !self.recalculate {
            return None;
        }
        match self.package.as_str() {
            "" => before.map(|_| Value::Null),
            id => Some(json!({ "packageId": id, "recalculate": self.recalculate })),
        }
    }
}

/// A field as the rules get it: a number where it is one, nothing for nothing.
pub(super) fn json_of(name: &str, value: &str) -> Value {
    match value {
        "" => Value::Null,
        number if NUMBERS.contains(&name) => filled::number(number),
        text => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Typed, json_of};
    use crate::pages::posted::Posted;

    fn posted(pairs: &[(&str, &str)]) -> Posted {
        Posted(
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        )
    }

    #[test]
    fn amounts_are_read_as_people_type_them() {
        assert_eq!(json_of("basePrice", "£1,470.50"), json!(1470.5));
        assert_eq!(json_of("numberOfPeople", "12"), json!(12));
        assert_eq!(json_of("numberOfPeople", "a dozen"), json!("a dozen"));
        assert_eq!(json_of("title", "12"), json!("12"));
        assert_eq!(json_of("title", ""), json!(null));
    }

    #[test]
    fn events_keep_their_order_and_new_ones_come_last() {
        let typed = Typed::of(&posted(&[
            ("event", "c"),
            ("event", "a"),
            ("event", "b"),
            ("chosen", "b"),
            ("chosen", "x"),
            ("chosen", "a"),
            ("perPerson.a", "false"),
            ("price.b", "140"),
            ("priceReason.b", "phone"),
            ("remove", "a"),
            ("add", "d"),
        ]));
        let events: Vec<&str> = typed.chosen.iter().map(|it| it.event.as_str()).collect();
        assert_eq!(events, ["b", "c", "d"]);
        assert_eq!((typed.chosen[0].price.as_str(), typed.chosen[0].per_person), ("140", true));
    }

    #[test]
    fn a_form_is_the_same_when_it_is_sent_again() {
        let typed = Typed::of(&posted(&[
            ("leadName", "Tom"),
            ("event", "a"),
            ("perPerson.a", "false"),
            ("price.a", "140"),
            ("priceReason.a", "phone"),
            ("transferIncluded", "true"),
            ("revision", "r1"),
            ("linkedPackage.packageId", "p"),
            ("action", "package-price"),
            ("useCurrent", "a"),
        ]));
        assert_eq!(Typed::of(&Posted(typed.pairs())), typed);
        let mut merged = typed.clone();
        merged.take_from(&Typed::blank(), "event.a");
        merged.take_from(&Typed::blank(), "leadName");
        assert!(merged.chosen.is_empty() && merged.get("leadName").is_empty());
        merged.take_from(&typed, "event.a");
        assert_eq!(merged.chosen, typed.chosen);
    }

    #[test]
    fn a_new_quote_says_what_was_typed_and_no_more() {
        let typed = Typed::of(&posted(&[
            ("leadName", "Tom"),
            ("title", ""),
            ("numberOfPeople", "12"),
            ("event", "a"),
            ("transferIncluded", "true"),
            ("linkedPackage.packageId", ""),
        ]));
        let fields = serde_json::Value::Object(typed.fields(None));
        assert_eq!(
            fields,
            json!({ "leadName": "Tom", "numberOfPeople": 12, "isSuperPackage": false,
                "transferIncluded": true,
                "selectedEvents": [{ "eventId": "a", "pricePerPerson": true }] })
        );
    }
}
