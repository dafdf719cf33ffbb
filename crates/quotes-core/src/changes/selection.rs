//! Which events are wanted, against those that are there.

use std::collections::HashMap;

use bson::oid::ObjectId;
use rust_decimal::Decimal;

use super::{
    EventChanges, Wanted,
    decide::Decision,
    text::{Lines, Need, TextField},
};
use crate::{
    event::CatalogueEvent,
    money::{Currency, UNIT_PRICE_MAX},
    quote::{SELECTIONS_MAX, Selection},
};

const REASON: TextField = TextField {
    key: "priceReason",
    name: "reason",
    characters_max: 200,
    lines: Lines::One,
    need: Need::Required,
};

/// What happens to the events of a quote, in this order.
#[derive(Debug, Default)]
pub(super) struct SelectionSteps {
    pub(super) removed: Vec<ObjectId>,
    /// The entry as it becomes.
    pub(super) altered: Vec<Selection>,
    pub(super) added: Vec<Selection>,
}

impl Decision<'_> {
    /// What has to happen to `present` for what is wanted. `currency` is that of the quote from now on.
    pub(super) fn selection(
        &mut self,
        present: &[Selection],
        wanted: &EventChanges,
        currency: Currency,
    ) -> SelectionSteps {
        let there = |event: ObjectId| {
            present.iter().find(|entry| entry.event == Some(event) && !entry.repeated)
        };
        let mut steps = SelectionSteps::default();
        match wanted {
            EventChanges::Keep => {}
            EventChanges::Whole(list) => {
                self.repeated(present, list);
                let mut done = Vec::new();
                for wanted in list {
                    if done.contains(&wanted.event) {
                        continue;
                    }
                    done.push(wanted.event);
                    self.one(there(wanted.event), wanted, currency, &mut steps);
                }
                let kept = |event: &ObjectId| done.contains(event);
                let events = present.iter().filter(|entry| !entry.repeated);
                steps.removed =
                    events.filter_map(|entry| entry.event).filter(|event| !kept(event)).collect();
            }
            EventChanges::Add(wanted) => match there(wanted.event) {
                Some(_) => {
                    self.event_problem(wanted, "duplicate_event", "The quote has this event.")
                }
                None => self.one(None, wanted, currency, &mut steps),
            },
            EventChanges::Alter(wanted) => match there(wanted.event) {
                None => {
                    self.event_problem(
                        wanted,
                        "event_not_on_quote",
                        "The quote has no such event.",
                    );
                }
                entry => self.one(entry, wanted, currency, &mut steps),
            },
            EventChanges::Remove(event) => match there(*event) {
                None => {
                    let message = "The quote has no such event.";
                    self.problems.add("event_not_on_quote", "eventId", message);
                }
                Some(_) => steps.removed.push(*event),
            },
        }
        self.limit(present, &steps);
        steps
    }

    /// An event can be wanted as often as the document has it, which old programs send back.
    fn repeated(&mut self, present: &[Selection], list: &[Wanted]) {
        let mut seen: HashMap<ObjectId, usize> = HashMap::new();
        for wanted in list {
            let times = seen.entry(wanted.event).or_default();
            *times += 1;
            let stored = present.iter().filter(|entry| entry.event == Some(wanted.event)).count();
            if *times > stored.max(1) {
                self.event_problem(wanted, "duplicate_event", "Choose each event once.");
            }
        }
    }

    fn limit(&mut self, present: &[Selection], steps: &SelectionSteps) {
        let now = present.iter().filter(|entry| !entry.repeated).count();
        let then = now + steps.added.len() - steps.removed.len();
        if then > SELECTIONS_MAX && then > now {
            let message = format!("Choose at most {SELECTIONS_MAX} events.");
            self.problems.add("too_many_events", "selectedEvents", message);
        }
    }

    fn one(
        &mut self,
        entry: Option<&Selection>,
        wanted: &Wanted,
        currency: Currency,
        steps: &mut SelectionSteps,
    ) {
        match entry {
            Some(entry) => {
                let altered = self.altered(entry, wanted, currency);
                if altered != *entry {
                    steps.altered.push(altered);
                }
            }
            None => steps.added.extend(self.added(wanted, currency)),
        }
    }

    /// A new entry with the catalogue's price, or a typed one where the catalogue has none.
    fn added(&mut self, wanted: &Wanted, currency: Currency) -> Option<Selection> {
        let Some(event) = self.context.catalogue.get(wanted.event) else {
            self.event_problem(wanted, "unknown_event", "There is no such event.");
            return None;
        };
        if !event.can_be_chosen() {
            let message = format!("{} is no longer offered.", event.name);
            self.event_problem(wanted, "inactive_event", &message);
            return None;
        }
        let mut entry = Selection {
            per_person: wanted.per_person.unwrap_or_default(),
            added_at: Some(self.now()),
            id: Some((self.context.fresh_id)()),
            ..Selection::of_event(event, currency)
        };
        self.typed_price(&mut entry, wanted, Some(event), currency);
        Some(entry)
    }

    fn altered(&mut self, entry: &Selection, wanted: &Wanted, currency: Currency) -> Selection {
        let mut altered = entry.clone();
        altered.per_person = wanted.per_person.unwrap_or(entry.per_person);
        let event = self.context.catalogue.get(wanted.event);
        if wanted.current_price.is_some() {
            match event {
                Some(event) => {
                    let Selection { unit, currency, .. } = Selection::of_event(event, currency);
                    (altered.unit, altered.currency, altered.reason) = (unit, currency, None);
                }
                None => {
                    let message =
                        "The event is no longer in the catalogue, and has no current price.";
                    self.event_problem(wanted, "unknown_event", message);
                }
            }
        }
        self.typed_price(&mut altered, wanted, event, currency);
        altered
    }

    /// Takes a typed price, which counts only where the catalogue has none, and its reason.
    fn typed_price(
        &mut self,
        entry: &mut Selection,
        wanted: &Wanted,
        event: Option<&CatalogueEvent>,
        currency: Currency,
    ) {
        let same = wanted.price.is_none_or(|price| entry.unit == Some(price))
            && wanted.reason.as_ref().is_none_or(|reason| entry.reason.as_ref() == Some(reason));
        if same {
            return;
        }
        let was_typed = entry.unit.is_none() || entry.reason.is_some();
        if event.is_some_and(|event| event.unit.is_some()) || !was_typed {
            let field = format!("{}price", wanted.prefix);
            let message = "The price comes from the catalogue; what was sent is not used.";
            self.warn("price_ignored", &field, message);
            return;
        }
        let reason_path = format!("{}priceReason", wanted.prefix);
        if let Some(reason) = &wanted.reason {
            self.judge_text(&REASON, &reason_path, reason);
            entry.reason = Some(reason.clone());
        }
        let Some(price) = wanted.price else { return };
        if entry.reason.is_none() {
            let message = "Say where the price comes from.";
            self.problems.add("required", reason_path, message);
        }
        self.judge_unit(wanted, price, currency);
        (entry.unit, entry.currency) = (Some(price), currency);
    }

    fn judge_unit(&mut self, wanted: &Wanted, price: Decimal, currency: Currency) {
        let field = format!("{}price", wanted.prefix);
        if !(Decimal::ZERO..=UNIT_PRICE_MAX).contains(&price) {
            self.problems.add("out_of_range", field, "Enter a price from 0 to 1,000,000.");
        } else if price.normalize().scale() > currency.minor_digits() {
            self.problems.add("too_many_decimals", field, "Enter a price with two decimals.");
        }
    }

    fn event_problem(&mut self, wanted: &Wanted, code: &'static str, message: &str) {
        self.problems.add(code, format!("{}eventId", wanted.prefix), message);
    }
}
