//! A whole quote, as forms and clients of the old system know it.

use bson::RawDocument;
use quotes_core::{
    life::Status,
    money::{Currency, Money},
    price::Breakdown,
    quote::{BookingInterest, Quote, QuoteId, Reference, revision},
    reading::Mark,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{PackageView, Price, PriceMove, SelectedEvent};
use crate::{
    access::Principal,
    api::shown::{Moment, ShownId},
};

/// A quote, under the names that its fields have in the database.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QuoteView {
    #[serde(rename = "_id")]
    #[schema(value_type = String, example = "65a1b2c3d4e5f60718293a4b")]
    id: QuoteId,
    /// How people call it.
    #[schema(value_type = String, example = "Q18293A4B")]
    reference: Reference,
    /// Names this very state: a write that carries it as `revision` or `If-Match` is refused when
    /// another stands by then.
    #[schema(example = "0f343b0931126a20f133d67c2b018a3b")]
    pub(crate) revision: String,
    #[schema(value_type = Option<String>)]
    enquiry_id: Option<ShownId>,
    #[serde(flatten)]
    trip: TripView,
    /// What old quotes say of events.
    activities_included: Option<String>,
    selected_events: Vec<SelectedEvent>,
    #[schema(value_type = String, example = "GBP")]
    currency: Currency,
    /// What the customer pays.
    #[schema(value_type = f64, example = 1470)]
    total_price: Money,
    #[schema(value_type = f64, example = 970)]
    base_price: Money,
    #[schema(value_type = f64, example = 500)]
    events_total: Money,
    /// A total that somebody typed; null when it is base and events.
    #[schema(value_type = Option<f64>)]
    custom_total: Option<Money>,
    price_breakdown: Price,
    price_history: Vec<PriceMove>,
    linked_package: Option<PackageView>,
    #[schema(value_type = String, example = "draft")]
    status: Status,
    version: u32,
    #[schema(value_type = Option<String>, format = DateTime)]
    valid_until: Option<Moment>,
    email_sent: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    email_sent_at: Option<Moment>,
    /// `pending`, `delivered` or `failed`.
    email_delivery_status: Option<String>,
    email_message_id: Option<String>,
    /// For administrators.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    internal_notes: Option<String>,
    booking_interest: Option<InterestView>,
    #[serde(flatten)]
    times: TimesView,
    /// What could not be read of its document, or only with good will.
    #[schema(value_type = Vec<MarkView>)]
    marks: Vec<Mark>,
}

/// Where, when and with how many.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TripView {
    title: Option<String>,
    destination: Option<String>,
    lead_name: Option<String>,
    hotel_name: Option<String>,
    number_of_people: Option<u32>,
    number_of_rooms: Option<u32>,
    number_of_nights: Option<u32>,
    #[schema(value_type = Option<String>, format = DateTime)]
    arrival_date: Option<Moment>,
    is_super_package: bool,
    transfer_included: bool,
    whats_included: Option<String>,
}

/// When what happened, and by whom.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TimesView {
    #[schema(value_type = Option<String>)]
    created_by: Option<ShownId>,
    #[schema(value_type = Option<String>, format = DateTime)]
    created_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    accepted_at: Option<Moment>,
    #[schema(value_type = Option<String>, format = DateTime)]
    booked_at: Option<Moment>,
    /// Not null: it was deleted, and can be restored.
    #[schema(value_type = Option<String>, format = DateTime)]
    deleted_at: Option<Moment>,
}

/// A customer wants to book.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct InterestView {
    #[schema(value_type = Option<String>, format = DateTime)]
    expressed_at: Option<Moment>,
    contact_email: Option<String>,
    contact_phone: Option<String>,
    booking_urgency: Option<String>,
    additional_requests: Option<String>,
}

/// A field that is not as it should be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mark)]
struct MarkView {
    #[schema(example = "selectedEvents.2.eventPrice")]
    field: String,
    /// What is there instead, without its contents.
    #[schema(example = "a text")]
    found: String,
}

/// What a reader may see beside what everybody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sees {
    /// Notes for the agency itself, too.
    Everything,
    /// What may be shown to agents.
    NoNotes,
}

impl From<&Principal> for Sees {
    fn from(principal: &Principal) -> Self {
        if principal.is_admin() { Self::Everything } else { Self::NoNotes }
    }
}

impl QuoteView {
    /// Of a document, as it was read, and its price.
    pub(crate) fn of((raw, quote): (&RawDocument, &Quote), price: &Breakdown, sees: Sees) -> Self {
        let notes = quote.internal_notes.clone().filter(|_| sees == Sees::Everything);
        let (quote, email) = (quote.clone(), quote.email.clone());
        Self {
            trip: TripView::of(&quote),
            times: TimesView::of(&quote),
            id: quote.id,
            reference: quote.reference,
            revision: revision(raw),
            enquiry_id: quote.enquiry.map(ShownId),
            activities_included: quote.activities_included,
            selected_events: quote.selection.iter().map(SelectedEvent::from).collect(),
            currency: quote.currency,
            total_price: price.total,
            base_price: price.base,
            events_total: price.events_total,
            custom_total: price.is_custom.then_some(price.total),
            price_breakdown: Price::from(price),
            price_history: quote.history.iter().map(PriceMove::from).collect(),
            linked_package: quote.package.as_ref().map(PackageView::from),
            status: quote.status,
            version: quote.version,
            valid_until: quote.times.valid_until.map(Moment),
            email_sent: email.sent,
            email_sent_at: email.sent_at.map(Moment),
            email_delivery_status: email.delivery,
            email_message_id: email.message_id,
            internal_notes: notes,
            booking_interest: quote.booking_interest.map(InterestView::from),
            marks: quote.marks,
        }
    }
}

impl TripView {
    fn of(quote: &Quote) -> Self {
        let trip = quote.trip.clone();
        Self {
            title: trip.title,
            destination: trip.destination,
            lead_name: trip.lead_name,
            hotel_name: trip.hotel_name,
            number_of_people: trip.people,
            number_of_rooms: trip.rooms,
            number_of_nights: trip.nights,
            arrival_date: trip.arrival.map(Moment),
            is_super_package: trip.is_super_package,
            transfer_included: trip.transfer_included,
            whats_included: trip.whats_included,
        }
    }
}

impl TimesView {
    fn of(quote: &Quote) -> Self {
        let times = &quote.times;
        Self {
            created_by: quote.created_by.map(ShownId),
            created_at: times.created.map(Moment),
            updated_at: times.updated.map(Moment),
            accepted_at: times.accepted.map(Moment),
            booked_at: times.booked.map(Moment),
            deleted_at: times.deleted.map(Moment),
        }
    }
}

impl From<BookingInterest> for InterestView {
    fn from(interest: BookingInterest) -> Self {
        Self {
            expressed_at: interest.expressed_at.map(Moment),
            contact_email: interest.contact_email,
            contact_phone: interest.contact_phone,
            booking_urgency: interest.urgency,
            additional_requests: interest.requests,
        }
    }
}
