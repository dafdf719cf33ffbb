//! What somebody sends for a quote, for the document; `quotes_core::changes` reads it.

use utoipa::ToSchema;

/// An event that is wanted.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents the fields that quotes-core reads")]
pub(super) struct WantedEvent {
    #[schema(
        rename = "eventId",
        pattern = "^[0-9a-fA-F]{24}$",
        example = "65a1f0c2e4b0a1b2c3d4e5f6"
    )]
    event_id: String,
    /// Whether its price is of each person.
    #[schema(rename = "pricePerPerson")]
    price_per_person: Option<bool>,
    /// For events that have no price in the catalogue: what somebody found out, with where from.
    price: Option<f64>,
    #[schema(rename = "priceReason", max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    price_reason: Option<String>,
    /// The catalogue's price of today, instead of the one of when it was chosen.
    #[schema(rename = "useCurrentPrice")]
    use_current_price: Option<bool>,
}

/// Another mark or price of an event that is on a quote. What is left out stays.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents the fields that quotes-core reads")]
pub(super) struct EventAlteration {
    #[schema(rename = "pricePerPerson")]
    price_per_person: Option<bool>,
    price: Option<f64>,
    #[schema(rename = "priceReason", max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
    price_reason: Option<String>,
    #[schema(rename = "useCurrentPrice")]
    use_current_price: Option<bool>,
    #[schema(inline)]
    revision: Option<String>,
    version: Option<u32>,
}

/// A package whose price becomes the base.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents the fields that quotes-core reads")]
pub(super) struct WantedPackage {
    /// Null or left out unlinks it.
    #[schema(rename = "packageId", pattern = "^[0-9a-fA-F]{24}$")]
    package_id: Option<String>,
    /// Its price is wanted anew, although it is linked already.
    recalculate: Option<bool>,
}

/// A new quote.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents the fields that quotes-core reads")]
pub(super) struct NewQuote {
    #[schema(
        rename = "enquiryId",
        pattern = "^[0-9a-fA-F]{24}$",
        example = "65a1f0c2e4b0a1b2c3d4e5f6"
    )]
    enquiry_id: String,
    #[schema(max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", example = "Ski weekend")]
    title: Option<String>,
    #[schema(max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", example = "Prague")]
    destination: Option<String>,
    #[schema(
        rename = "leadName",
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        example = "Jo Smith"
    )]
    lead_name: String,
    #[schema(
        rename = "hotelName",
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        example = "Hotel Anna"
    )]
    hotel_name: String,
    #[schema(rename = "numberOfPeople", minimum = 1, maximum = 100, example = 10)]
    number_of_people: u32,
    #[schema(rename = "numberOfRooms", minimum = 1, maximum = 50, example = 5)]
    number_of_rooms: u32,
    #[schema(rename = "numberOfNights", minimum = 1, maximum = 30, example = 2)]
    number_of_nights: u32,
    /// A date or a moment, not in the past.
    #[schema(rename = "arrivalDate", format = Date, example = "2035-05-18")]
    arrival_date: String,
    #[schema(rename = "isSuperPackage")]
    is_super_package: Option<bool>,
    #[schema(rename = "transferIncluded")]
    transfer_included: Option<bool>,
    #[schema(
        rename = "whatsIncluded",
        min_length = 1,
        max_length = 2_000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
        example = "Two nights with breakfast"
    )]
    whats_included: String,
    /// The price without events; not needed when a package gives it.
    #[schema(rename = "basePrice", minimum = 0, maximum = 1_000_000, example = 970)]
    base_price: Option<f64>,
    /// Of clients that know one number: the base price.
    #[schema(rename = "totalPrice", minimum = 0, maximum = 1_000_000)]
    total_price: Option<f64>,
    /// A total that is kept, whatever base and events add up to.
    #[schema(rename = "customTotal", minimum = 0, maximum = 1_000_000)]
    custom_total: Option<f64>,
    /// `GBP`, `EUR` or `USD`; `GBP` unless said.
    #[schema(pattern = "^(GBP|EUR|USD)$", example = "GBP")]
    currency: Option<String>,
    #[schema(
        rename = "internalNotes",
        max_length = 1_000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    internal_notes: Option<String>,
    /// The last day on which the customer can say yes.
    #[schema(rename = "validUntil", format = Date, example = "2035-03-01")]
    valid_until: Option<String>,
    #[schema(rename = "linkedPackage")]
    linked_package: Option<WantedPackage>,
    #[schema(rename = "selectedEvents", max_items = 20)]
    selected_events: Option<Vec<WantedEvent>>,
}

/// What is to be changed; what is left out stays, and null takes an optional field away.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents the fields that quotes-core reads")]
pub(super) struct QuoteChange {
    #[schema(rename = "enquiryId", pattern = "^[0-9a-fA-F]{24}$", nullable = false)]
    enquiry_id: Option<String>,
    #[schema(max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", example = "Ski weekend")]
    title: Option<String>,
    #[schema(max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$", example = "Prague")]
    destination: Option<String>,
    #[schema(
        rename = "leadName",
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        nullable = false
    )]
    lead_name: Option<String>,
    #[schema(
        rename = "hotelName",
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        nullable = false
    )]
    hotel_name: Option<String>,
    #[schema(rename = "numberOfPeople", minimum = 1, maximum = 100, nullable = false)]
    number_of_people: Option<u32>,
    #[schema(rename = "numberOfRooms", minimum = 1, maximum = 50, nullable = false)]
    number_of_rooms: Option<u32>,
    #[schema(rename = "numberOfNights", minimum = 1, maximum = 30, nullable = false)]
    number_of_nights: Option<u32>,
    /// A date or a moment; a new one can't be in the past.
    #[schema(rename = "arrivalDate", format = Date, example = "2035-05-18", nullable = false)]
    arrival_date: Option<String>,
    #[schema(rename = "isSuperPackage")]
    is_super_package: Option<bool>,
    #[schema(rename = "transferIncluded")]
    transfer_included: Option<bool>,
    #[schema(
        rename = "whatsIncluded",
        min_length = 1,
        max_length = 2_000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$",
        nullable = false
    )]
    whats_included: Option<String>,
    #[schema(rename = "basePrice", minimum = 0, maximum = 1_000_000)]
    base_price: Option<f64>,
    /// Of clients that know one number: another than the present one is a custom total when the quote
    /// has events, else the base price.
    #[schema(rename = "totalPrice", minimum = 0, maximum = 1_000_000)]
    total_price: Option<f64>,
    /// A total that is kept; null undoes it.
    #[schema(rename = "customTotal", minimum = 0, maximum = 1_000_000)]
    custom_total: Option<f64>,
    #[schema(pattern = "^(GBP|EUR|USD)$", example = "GBP")]
    currency: Option<String>,
    #[schema(
        rename = "internalNotes",
        max_length = 1_000,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$"
    )]
    internal_notes: Option<String>,
    #[schema(rename = "validUntil", format = Date, example = "2035-03-01")]
    valid_until: Option<String>,
    #[schema(rename = "linkedPackage")]
    linked_package: Option<WantedPackage>,
    /// All events that are wanted: those that stay keep their price, others get the catalogue's.
    #[schema(rename = "selectedEvents", max_items = 20)]
    selected_events: Option<Vec<WantedEvent>>,
    /// The state that was seen, as `If-Match`.
    #[schema(min_length = 1, max_length = 64)]
    revision: Option<String>,
    /// The version that was seen.
    #[schema(minimum = 1)]
    version: Option<u32>,
}
