//! An event as it is answered.

use bson::{RawDocumentBuf, oid::ObjectId};
use quotes_core::{event::CatalogueEvent, money::decimal_to_json, reading::Mark};
use serde::Serialize;
use utoipa::ToSchema;

/// An event of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Event {
    /// Its id; null when it is of a kind that can't be chosen.
    #[serde(rename = "_id")]
    id: Option<String>,
    #[schema(example = "Karting in Prague")]
    name: String,
    description: Option<String>,
    /// Ids of its categories.
    categories: Vec<String>,
    /// Where it takes place.
    destinations: Vec<String>,
    /// It takes place wherever the quote goes.
    #[serde(rename = "availableInAllDestinations")]
    everywhere: bool,
    /// It can be chosen for quotes.
    #[serde(rename = "isActive")]
    is_active: bool,
    /// The lowest comes first.
    #[serde(rename = "displayOrder")]
    display_order: i64,
    /// Null: the price is on request.
    pricing: Option<Pricing>,
    /// Below it a quote gets a warning.
    #[serde(rename = "minimumPeople")]
    minimum_people: Option<u32>,
}

/// What an event costs each person or the group, as each quote says.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Pricing {
    #[serde(rename = "estimatedCost")]
    #[schema(value_type = f64, minimum = 0, example = 49.5)]
    estimated_cost: serde_json::Number,
    /// ISO 4217.
    #[schema(min_length = 3, max_length = 3, example = "GBP")]
    currency: &'static str,
}

/// An event with all that administrators see.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ManagedEvent {
    #[serde(flatten)]
    event: Event,
    metadata: Metadata,
    /// Which state of it this is: for `If-Match`.
    revision: String,
    /// Fields of the document that can't be read as they should.
    #[schema(value_type = [MarkedField])]
    marks: Vec<Mark>,
}

/// Who made and changed it, and when; null where nobody wrote it down.
#[derive(Debug, Serialize, ToSchema)]
struct Metadata {
    #[serde(rename = "createdBy")]
    created_by: Option<String>,
    #[serde(rename = "updatedBy")]
    updated_by: Option<String>,
    #[serde(rename = "createdAt")]
    #[schema(format = DateTime)]
    created_at: Option<String>,
    #[serde(rename = "updatedAt")]
    #[schema(format = DateTime)]
    updated_at: Option<String>,
}

/// A field that is not as it should be.
#[derive(ToSchema)]
#[schema(as = Mark)]
#[expect(dead_code, reason = "it documents what `Mark` is written as")]
struct MarkedField {
    /// Where: `pricing.estimatedCost`.
    field: String,
    /// What is there instead, without its contents: `a text`.
    found: String,
}

impl Event {
    pub(super) fn of(event: &CatalogueEvent) -> Self {
        let pricing = event.unit.map(|unit| Pricing {
            estimated_cost: decimal_to_json(unit),
            currency: event.currency.code(),
        });
        Self {
            id: event.id.map(ObjectId::to_hex),
            name: event.name.clone(),
            description: event.description.clone(),
            categories: event.categories.iter().map(|id| id.to_hex()).collect(),
            destinations: event.destinations.clone(),
            everywhere: event.everywhere,
            is_active: event.can_be_chosen(),
            display_order: event.order,
            pricing,
            minimum_people: event.minimum_people,
        }
    }
}

impl ManagedEvent {
    pub(super) fn of(raw: &RawDocumentBuf) -> Self {
        Self::read(CatalogueEvent::read(raw), raw)
    }

    /// Of an event that was read from this document.
    pub(super) fn read(event: CatalogueEvent, raw: &RawDocumentBuf) -> Self {
        let record = event.record;
        let metadata = Metadata {
            created_by: record.created_by.map(ObjectId::to_hex),
            updated_by: record.updated_by.map(ObjectId::to_hex),
            created_at: record.created_at.map(|at| at.to_string()),
            updated_at: record.updated_at.map(|at| at.to_string()),
        };
        let revision = quotes_core::quote::revision(raw);
        Self { event: Event::of(&event), metadata, revision, marks: event.marks }
    }
}
