//! Enquiries, each with the quotes that answer it.

use bson::{DateTime, RawArrayBuf, RawDocumentBuf, oid::ObjectId, raw::cstr, rawdoc};

use crate::data::{
    chance::{Chance, Purpose},
    draft::array,
    events,
    ids::{
        ENQUIRIES_MAX, EVENTS, Kind, MILLIS_PER_DAY, QUOTES_PER_ENQUIRY, object_id,
        quote_created_millis,
    },
    options::Options,
    words::{COMPANIES, DESTINATIONS, FIRST_NAMES, LAST_NAMES},
};

/// As many as the quotes need.
pub(super) fn enquiries(options: &Options) -> Vec<RawDocumentBuf> {
    let count = options.quotes_total().div_ceil(QUOTES_PER_ENQUIRY).min(ENQUIRIES_MAX);
    (0..count).map(|n| enquiry(options, n)).collect()
}

fn enquiry(options: &Options, n: u64) -> RawDocumentBuf {
    let seed = options.seed;
    let mut chance = Chance::new(Purpose::Enquiry, seed, n);
    let first = n * QUOTES_PER_ENQUIRY;
    let made = quote_created_millis(first) - MILLIS_PER_DAY;
    let company = chance.pick(COMPANIES);
    let mut enquiry = rawdoc! {
        "_id": object_id(Kind::Enquiry, seed, n),
        "leadName": format!("{} {}", chance.pick(FIRST_NAMES), chance.pick(LAST_NAMES)),
        "tripType": chance.pick(&["stag", "stag", "hen", "hen", "other"]),
        "agentName": chance.pick(FIRST_NAMES),
        "agentCompany": company,
        "agentEmail": format!("agent{}@agency.example", n % 40),
        "firstChoiceDestination": chance.pick(DESTINATIONS),
        "travelDate": DateTime::from_millis(made + 90 * MILLIS_PER_DAY),
        "numberOfNights": chance.between(1, 7),
        "numberOfGuests": chance.between(4, 24),
        "eventsRequested": requested(seed, n, &mut chance),
        "budgetPerPerson": chance.between(80, 600),
        "status": chance.pick(&["new", "in-progress", "quoted"]),
    };
    let (ids, latest) = answers(options, first);
    enquiry.append(cstr!("hasQuotes"), !ids.is_empty());
    enquiry.append(cstr!("quotesCount"), i32::try_from(ids.len()).unwrap_or(i32::MAX));
    enquiry.append(cstr!("quotes"), array(ids));
    enquiry.append(cstr!("latestQuoteDate"), DateTime::from_millis(latest));
    enquiry.append(cstr!("createdAt"), DateTime::from_millis(made));
    enquiry.append(cstr!("updatedAt"), DateTime::from_millis(latest));
    enquiry.append(cstr!("__v"), 0);
    enquiry
}

/// Ids of events; in every fourth enquiry, from the time before events had documents, names.
fn requested(seed: u64, n: u64, chance: &mut Chance) -> RawArrayBuf {
    let numbers: Vec<u64> = (0..chance.between(0, 3))
        .map(|_| u64::from(chance.between(0, i32::MAX).unsigned_abs()) % EVENTS)
        .collect();
    if n.is_multiple_of(4) {
        array(numbers.into_iter().map(events::name))
    } else {
        array(numbers.into_iter().map(|event| object_id(Kind::Event, seed, event)))
    }
}

/// The ids of the quotes with the id that the model gave them, and when the last was made.
fn answers(options: &Options, first: u64) -> (Vec<ObjectId>, i64) {
    let round = usize::try_from(ENQUIRIES_MAX * QUOTES_PER_ENQUIRY).unwrap_or(usize::MAX);
    let numbers = (first..options.quotes_total())
        .step_by(round)
        .flat_map(|first| first..(first + QUOTES_PER_ENQUIRY).min(options.quotes_total()));
    let latest = numbers.clone().last().unwrap_or(first);
    let ids = numbers.map(|n| object_id(Kind::Quote, options.seed, n)).collect();
    (ids, quote_created_millis(latest))
}
