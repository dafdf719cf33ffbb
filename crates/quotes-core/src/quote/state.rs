//! What became of a quote outside of its contents: its mail, and a customer's interest.

use jiff::Timestamp;

/// What is known of the mail that the quote was last sent with.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Email {
    /// `emailSent`.
    pub sent: bool,
    /// `emailSentAt`.
    pub sent_at: Option<Timestamp>,
    /// `emailDeliveryStatus`: `pending`, `delivered`, `failed`, or what another program wrote.
    pub delivery: Option<String>,
    /// `emailMessageId`.
    pub message_id: Option<String>,
}

/// A customer wants to book.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BookingInterest {
    /// `expressedAt`.
    pub expressed_at: Option<Timestamp>,
    /// `contactEmail`.
    pub contact_email: Option<String>,
    /// `contactPhone`.
    pub contact_phone: Option<String>,
    /// `bookingUrgency`.
    pub urgency: Option<String>,
    /// `additionalRequests`.
    pub requests: Option<String>,
}
