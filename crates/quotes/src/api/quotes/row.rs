//! A quote in a list.

use bson::RawDocument;
use quotes_core::{
    life::Status,
    money::{Currency, Money},
    quote::{Quote, QuoteId, Reference},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::shown::{Moment, ShownId};

/// A quote in a list, under the names that its fields have in the database.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct QuoteRow {
    /// Its id.
    #[serde(rename = "_id")]
    #[schema(value_type = String, example = "65a1b2c3d4e5f60718293a4b")]
    id: QuoteId,
    /// How people call it.
    #[schema(value_type = String, example = "Q18293A4B")]
    reference: Reference,
    title: Option<String>,
    lead_name: Option<String>,
    hotel_name: Option<String>,
    destination: Option<String>,
    #[schema(value_type = String, example = "sent")]
    status: Status,
    version: u32,
    #[schema(value_type = Option<String>, format = DateTime)]
    arrival_date: Option<Moment>,
    number_of_people: Option<u32>,
    number_of_nights: Option<u32>,
    #[schema(value_type = String, example = "GBP")]
    currency: Currency,
    /// Null when it can't be read.
    #[schema(value_type = Option<f64>)]
    total_price: Option<Money>,
    /// How many events are on it.
    events_count: usize,
    #[schema(value_type = Option<String>)]
    created_by: Option<ShownId>,
    #[schema(value_type = Option<String>, format = DateTime)]
    created_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    deleted_at: Option<Moment>,
    /// How many of its fields could not be read, or only with good will.
    marks: usize,
}

impl QuoteRow {
    /// Of a document as lists read it.
    pub(super) fn of(document: &RawDocument) -> Self {
        let quote = Quote::read(document);
        Self {
            events_count: quote.events().count(),
            id: quote.id,
            reference: quote.reference,
            title: quote.trip.title,
            lead_name: quote.trip.lead_name,
            hotel_name: quote.trip.hotel_name,
            destination: quote.trip.destination,
            status: quote.status,
            version: quote.version,
            arrival_date: quote.trip.arrival.map(Moment),
            number_of_people: quote.trip.people,
            number_of_nights: quote.trip.nights,
            currency: quote.currency,
            total_price: quote.total,
            created_by: quote.created_by.map(ShownId),
            created_at: quote.times.created.map(Moment),
            updated_at: quote.times.updated.map(Moment),
            deleted_at: quote.times.deleted.map(Moment),
            marks: quote.marks.len(),
        }
    }
}
