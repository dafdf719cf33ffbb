//! Events that are wanted on a quote, as a form says it.

use serde_json::{Value, json};

use super::typed::{Typed, json_of};
use crate::pages::posted::Posted;

/// So many are looked at; the rules take twenty.
const CHOSEN_MAX: usize = 100;

/// An event that is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) event: String,
    pub(super) per_person: bool,
    /// Typed, where the catalogue has no price.
    pub(super) price: String,
    pub(super) reason: String,
    pub(super) use_current: bool,
}

impl Chosen {
    /// What the catalogue or the quote says already is not said again.
    pub(super) fn json(&self, before: Option<&Typed>) -> Value {
        let mut fields = json!({ "eventId": self.event, "pricePerPerson": self.per_person });
        let there = before.and_then(|it| it.chosen.iter().find(|it| it.event == self.event));
        let is_otherwise =
            there.is_none_or(|it| (&it.price, &it.reason) != (&self.price, &self.reason));
        if let Some(fields) = fields.as_object_mut() {
            if !self.price.is_empty() && is_otherwise {
                fields.insert("price".to_owned(), json_of("basePrice", &self.price));
                fields.insert("priceReason".to_owned(), self.reason.clone().into());
            }
            if self.use_current {
                fields.insert("useCurrentPrice".to_owned(), true.into());
            }
        }
        fields
    }
}

/// In the order in which they were chosen; those that were ticked just now come last.
pub(super) fn chosen(posted: &Posted) -> Vec<Chosen> {
    let ticked: Vec<&str> = posted.all("event").take(CHOSEN_MAX).collect();
    let before: Vec<&str> = posted.all("chosen").take(CHOSEN_MAX).collect();
    let kept = before.iter().filter(|id| ticked.contains(id));
    let new = ticked.iter().filter(|id| !before.contains(id));
    let mut chosen: Vec<Chosen> = Vec::new();
    for id in kept.chain(new) {
        if chosen.iter().any(|it| it.event == **id) {
            continue;
        }
        let of = |what: &str| posted.text(&format!("{what}.{id}")).unwrap_or_default().to_owned();
        chosen.push(Chosen {
            // Most events are priced for each person.
            per_person: posted.text(&format!("perPerson.{id}")).is_none_or(|it| it == "true"),
            price: of("price"),
            reason: of("priceReason"),
            use_current: of("useCurrentPrice") == "true",
            event: (*id).to_owned(),
        });
    }
    chosen
}
