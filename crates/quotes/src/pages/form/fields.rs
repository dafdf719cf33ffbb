//! Fields of the form, and what people call them: beside a mistake, and where two versions are compared.

/// The plain ones: each is chosen by itself after a conflict. Events are another matter.
pub(super) const FIELDS: [(&str, &str); 14] = [
    ("enquiryId", "Enquiry"),
    ("leadName", "Lead"),
    ("title", "Title"),
    ("destination", "Destination"),
    ("hotelName", "Hotel"),
    ("numberOfPeople", "People"),
    ("numberOfRooms", "Rooms"),
    ("numberOfNights", "Nights"),
    ("arrivalDate", "Arrival"),
    ("whatsIncluded", "What is included"),
    ("basePrice", "Base price"),
    ("currency", "Currency"),
    ("customTotal", "Custom total"),
    ("validUntil", "Valid until"),
];
