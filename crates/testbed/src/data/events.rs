//! Entries of `selectedEvents`, and the events that they were selected from.

use bson::{DateTime, RawBson};

use super::{
    chance::{Chance, number},
    draft::{Draft, array},
    ids::{EVENTS, EVENTS_UNPRICED, Kind, object_id},
    words::{ACTIVITIES, DESTINATIONS},
};

/// The name of event `n`, different for each.
pub(super) fn name(n: u64) -> String {
    let activities = ACTIVITIES.len() as u64;
    let activity = usize::try_from(n % activities).unwrap_or_default();
    format!("{} in {}", ACTIVITIES[activity], city(n))
}

/// Where event `n` takes place.
pub(super) fn city(n: u64) -> &'static str {
    let round = usize::try_from(n / ACTIVITIES.len() as u64).unwrap_or_default();
    DESTINATIONS[round % DESTINATIONS.len()]
}

/// What event `n` costs; none for the seeded ones.
pub(super) fn cost(n: u64) -> Option<f64> {
    (n >= EVENTS_UNPRICED).then(|| 15.0 + f64::from(u32::try_from(n * 7 % 120).unwrap_or(0)) / 2.0)
}

/// Which quote the entries are for.
pub(super) struct Selection {
    pub(super) seed: u64,
    pub(super) quote: u64,
    pub(super) currency: &'static str,
    pub(super) people: i32,
    pub(super) added_at: DateTime,
}

/// Well-formed entries, and the money that they add to the quote's total.
pub(super) struct Selected {
    pub(super) entries: Vec<Draft>,
    pub(super) total: f64,
}

impl Selected {
    pub(super) fn to_array(&self) -> RawBson {
        array(self.entries.iter().map(Draft::finish)).into()
    }
}

/// `count` different events that have a price.
pub(super) fn select(selection: &Selection, count: u64, chance: &mut Chance) -> Selected {
    let first = u64::try_from(chance.between(0, 40)).unwrap_or_default();
    let mut total = 0.0;
    let entries = (0..count).map(|position| {
        let event = EVENTS_UNPRICED + (first + position) % (EVENTS - EVENTS_UNPRICED);
        let price = cost(event).unwrap_or_default();
        let per_person = chance.percent(60);
        total += if per_person { price * f64::from(selection.people) } else { price };
        entry(selection, event, position, per_person)
    });
    let entries = entries.collect();
    Selected { entries, total }
}

fn entry(selection: &Selection, event: u64, position: u64, per_person: bool) -> Draft {
    let id = object_id(Kind::SelectedEvent, selection.seed, selection.quote * 32 + position);
    let mut entry = Draft::with_capacity(7);
    entry.push("eventId", object_id(Kind::Event, selection.seed, event));
    entry.push("eventName", name(event));
    entry.push("eventPrice", number(cost(event).unwrap_or_default()));
    entry.push("eventCurrency", selection.currency);
    entry.push("pricePerPerson", per_person);
    entry.push("addedAt", selection.added_at);
    entry.push("_id", id);
    entry
}
