//! Events looked up for one quote, and what they say about its selection.

use std::collections::HashMap;

use bson::oid::ObjectId;
use rust_decimal::Decimal;

use super::CatalogueEvent;
use crate::{
    money::{Currency, Money},
    problem::Warning,
    quote::Selection,
};

/// Events by their id: all that were asked for and exist.
#[derive(Debug, Clone, Default)]
pub struct Catalogue(HashMap<ObjectId, CatalogueEvent>);

impl FromIterator<CatalogueEvent> for Catalogue {
    fn from_iter<T: IntoIterator<Item = CatalogueEvent>>(events: T) -> Self {
        Self(events.into_iter().filter_map(|event| Some((event.id?, event))).collect())
    }
}

impl Catalogue {
    /// The event, if it exists.
    pub fn get(&self, event: ObjectId) -> Option<&CatalogueEvent> {
        self.0.get(&event)
    }

    /// What the catalogue says of chosen events: deleted or inactive since, too few people, another
    /// price now. All of `selection`'s events must have been asked for.
    pub fn warnings(&self, selection: &[Selection], people: Option<u32>) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for (position, chosen) in selection.iter().enumerate().filter(|(_, one)| !one.repeated) {
            let Some(event) = chosen.event else { continue };
            let mut warn = |(code, message): (&'static str, String)| {
                warnings.push(Warning::new(code, format!("selectedEvents.{position}"), message));
            };
            let name = &chosen.name;
            match self.get(event).filter(|event| event.deleted_at.is_none()) {
                None => warn(("event_deleted", format!("{name} is no longer in the catalogue."))),
                Some(event) => {
                    if !event.active {
                        warn(("event_inactive", format!("{name} is no longer offered.")));
                    }
                    below_minimum(event, people).into_iter().for_each(&mut warn);
                    price_moved(event, chosen).into_iter().for_each(&mut warn);
                }
            }
        }
        warnings
    }
}

fn below_minimum(event: &CatalogueEvent, people: Option<u32>) -> Option<(&'static str, String)> {
    let (minimum, people) = (event.minimum_people?, people?);
    let message = format!("{} needs at least {minimum} people; there are {people}.", event.name);
    (people < minimum).then_some(("below_minimum_people", message))
}

fn price_moved(event: &CatalogueEvent, chosen: &Selection) -> Option<(&'static str, String)> {
    let current = event.unit?;
    let same = chosen.unit == Some(current) && chosen.currency == event.currency;
    let now = shown(current, event.currency);
    let message = match chosen.unit {
        Some(unit) => {
            let then = shown(unit, chosen.currency);
            format!("{} costs {now} now; it is on this quote for {then}.", event.name)
        }
        None => format!("{} costs {now} now; it is on this quote on request.", event.name),
    };
    (!same).then_some(("price_moved", message))
}

fn shown(unit: Decimal, currency: Currency) -> String {
    let money = Money::from_decimal(unit, currency);
    money.map_or_else(|| format!("{currency} {unit}"), |money| money.to_string())
}
