//! What a filter offers: destinations and events of the catalogue.

use std::collections::BTreeMap;

use bson::doc;
use quotes_core::{event::CatalogueEvent, fold::fold};

use crate::{app::Shared, failure::Failure};

/// What can be filtered by.
#[derive(Debug, Clone, Default)]
pub(super) struct Choices {
    pub(super) destinations: Vec<String>,
    pub(super) events: Vec<Choice>,
}

/// An event that can be filtered by.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) name: String,
}

impl Choices {
    /// Reads the catalogue. Events that nobody can choose any more are on quotes all the same.
    pub(super) async fn read(app: &Shared) -> Result<Self, Failure> {
        let raw = app.store.events(doc! { "deletedAt": null }).await?;
        let mut events: Vec<CatalogueEvent> =
            raw.iter().map(|raw| CatalogueEvent::read(raw)).collect();
        events.sort_by_cached_key(|event| fold(&event.name));
        let choices = events
            .iter()
            .filter_map(|event| Some(Choice { id: event.id?.to_hex(), name: event.name.clone() }));
        Ok(Self { events: choices.collect(), destinations: destinations(&events) })
    }

    /// What the filter says of the event that is asked for.
    fn name_of_event(&self, id: &str) -> Option<&str> {
        self.events.iter().find(|event| event.id == id).map(|event| event.name.as_str())
    }

    /// The same in words; nothing asked for is any.
    pub(super) fn name_of(&self, id: &str) -> &str {
        match id {
            "" => "any event",
            id => self.name_of_event(id).unwrap_or("an event that is not known"),
        }
    }
}

/// Where something is offered, each once, whatever its case and accents.
pub(super) fn destinations(events: &[CatalogueEvent]) -> Vec<String> {
    let names = events.iter().flat_map(|event| &event.destinations);
    let mut folded: BTreeMap<String, &String> = BTreeMap::new();
    for name in names.filter(|name| !name.trim().is_empty()) {
        folded.entry(fold(name)).or_insert(name);
    }
    folded.into_values().cloned().collect()
}
