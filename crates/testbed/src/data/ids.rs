//! Identities and times of everything: functions of the seed and a number.

use bson::{DateTime, oid::ObjectId};

/// 2023-01-01T00:00:00Z, when the first quote was made.
const FIRST_QUOTE_SECONDS: u64 = 1_672_531_200;
/// 2022-06-01T00:00:00Z: events, users and packages were there before.
const REFERENCE_SECONDS: u64 = 1_654_041_600;
/// A million quotes take close to two years.
const SECONDS_BETWEEN_QUOTES: u64 = 60;
/// Enquiries have up to three quotes, and there are at most so many of them.
pub(super) const ENQUIRIES_MAX: u64 = 20_000;
pub(super) const QUOTES_PER_ENQUIRY: u64 = 3;
pub(super) const USERS: u64 = 12;
pub(super) const PACKAGES: u64 = 12;
pub(super) const EVENTS_UNPRICED: u64 = 102;
pub(super) const EVENTS: u64 = 150;
/// Numbers from here on belong to nothing: what refers to them refers to something deleted.
pub(super) const DELETED: u64 = 1_000_000;
pub(super) const MILLIS_PER_DAY: i64 = 86_400_000;

#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Quote = 1,
    Enquiry = 2,
    User = 3,
    Event = 4,
    Category = 5,
    Package = 6,
    PriceHistory = 7,
    SelectedEvent = 8,
    AuditLog = 9,
    Migration = 10,
}

/// The id of thing `n` of a kind, made as drivers make them: seconds, a constant, a counter.
pub(super) fn object_id(kind: Kind, seed: u64, n: u64) -> ObjectId {
    let seconds = match kind {
        Kind::Quote => quote_seconds(n),
        Kind::Enquiry => FIRST_QUOTE_SECONDS - 86_400 + n * SECONDS_BETWEEN_QUOTES,
        Kind::PriceHistory | Kind::SelectedEvent => FIRST_QUOTE_SECONDS + n,
        Kind::User
        | Kind::Event
        | Kind::Category
        | Kind::Package
        | Kind::AuditLog
        | Kind::Migration => REFERENCE_SECONDS + n,
    };
    let mut bytes = [0; 12];
    // The low four bytes: seconds since 1970 until 2106.
    bytes[..4].copy_from_slice(&seconds.to_be_bytes()[4..]);
    bytes[4] = kind as u8;
    bytes[5..9].copy_from_slice(&seed.to_be_bytes()[4..]);
    bytes[9..].copy_from_slice(&n.to_be_bytes()[5..]);
    ObjectId::from_bytes(bytes)
}

fn quote_seconds(n: u64) -> u64 {
    FIRST_QUOTE_SECONDS + n * SECONDS_BETWEEN_QUOTES
}

/// When quote `n` was made.
pub(super) fn quote_created_millis(n: u64) -> i64 {
    i64::try_from(quote_seconds(n) * 1_000).unwrap_or(i64::MAX)
}

/// When the things that quotes refer to were made.
pub(super) fn reference_created() -> DateTime {
    DateTime::from_millis(i64::try_from(REFERENCE_SECONDS * 1_000).unwrap_or(i64::MAX))
}

/// Which enquiry quote `n` answers.
pub(super) fn enquiry_of(n: u64) -> u64 {
    n / QUOTES_PER_ENQUIRY % ENQUIRIES_MAX
}
