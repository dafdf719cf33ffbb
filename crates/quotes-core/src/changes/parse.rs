//! What a person sent, by its fields.

use bson::oid::ObjectId;
use serde_json::{Map, Value};

use super::{
    Change, Changes, CurrentPrice, EventChanges, PackageChoice, Recalculate, TripChanges, Wanted,
    sent::Sent,
};
use crate::{money::Currency, problem::Problems};

/// What a client may send along for the server, which is no field of a quote.
const PASSED_OVER: [&str; 1] = ["revision"];

/// So many entries of a list are looked at; a quote has at most twenty.
const LIST_MAX: usize = 100;

impl Changes {
    /// Reads what was sent for a quote, to be created or edited. Fields that are not sent stay; null
    /// empties those that can be empty. Fields that are not a client's to set are named in a warning.
    ///
    /// `selectedEvents` is the whole list that is wanted: `[{eventId, pricePerPerson, price,
    /// priceReason, useCurrentPrice}]`. Events that stay keep the price of when they were chosen, in
    /// the order of the quote; new ones get the catalogue's, or `price` with a `priceReason` if it has
    /// none. Entries of the quote without a readable event, and repeated ones of events that stay, stay
    /// too. `linkedPackage` is `{packageId, recalculate}`; without `packageId` it is none.
    ///
    /// `totalPrice` is what old clients know: see [`Changes::edit`] for what it means.
    pub fn parse(sent: &Map<String, Value>) -> Self {
        with_problems(sent, |sent| {
            sent.pass_over(&PASSED_OVER);
            Self {
                enquiry: sent.id("enquiryId"),
                trip: trip(sent),
                activities: sent.text("activitiesIncluded"),
                internal_notes: sent.text("internalNotes"),
                valid_until: sent.date("validUntil"),
                currency: currency(sent),
                base: sent.number("basePrice"),
                total: sent.number("totalPrice"),
                custom_total: sent.number("customTotal"),
                package: package(sent),
                events: events(sent),
                ..Self::default()
            }
        })
    }

    /// One more event: `{eventId, pricePerPerson, price, priceReason}`.
    pub fn parse_event_to_add(sent: &Map<String, Value>) -> Self {
        with_problems(sent, |sent| {
            let events = match sent.id("eventId") {
                Change::Set(event) => EventChanges::Add(wanted(sent, event)),
                Change::Keep | Change::Clear => EventChanges::Keep,
            };
            if events == EventChanges::Keep && !sent.problems.contains("not_an_id") {
                sent.problem("required", "eventId", "Choose an event.");
            }
            Self { events, ..Self::default() }
        })
    }

    /// Another mark or price of an event that is there: `{pricePerPerson, price, priceReason,
    /// useCurrentPrice}`.
    pub fn parse_event_to_alter(event: ObjectId, sent: &Map<String, Value>) -> Self {
        with_problems(sent, |sent| {
            sent.pass_over(&["eventId"]);
            Self { events: EventChanges::Alter(wanted(sent, event)), ..Self::default() }
        })
    }

    /// One event less.
    pub fn event_removed(event: ObjectId) -> Self {
        Self { events: EventChanges::Remove(event), ..Self::default() }
    }
}

/// Lets `read` take what it wants of `sent`; what it finds wrong stays with the changes.
fn with_problems(
    sent: &Map<String, Value>,
    read: impl FnOnce(&mut Sent<'_, '_>) -> Changes,
) -> Changes {
    let (mut problems, mut warnings) = (Problems::default(), Vec::new());
    let mut sent = Sent::new(sent, String::new(), &mut problems, &mut warnings);
    let changes = read(&mut sent);
    sent.finish();
    Changes { problems, warnings, ..changes }
}

fn trip(sent: &mut Sent<'_, '_>) -> TripChanges {
    TripChanges {
        title: sent.text("title"),
        destination: sent.text("destination"),
        lead_name: sent.text("leadName"),
        hotel_name: sent.text("hotelName"),
        whats_included: sent.text("whatsIncluded"),
        people: sent.whole("numberOfPeople"),
        rooms: sent.whole("numberOfRooms"),
        nights: sent.whole("numberOfNights"),
        arrival: sent.date("arrivalDate"),
        is_super_package: sent.flag("isSuperPackage"),
        transfer_included: sent.flag("transferIncluded"),
    }
}

/// An empty text is no currency: nobody who sends one means pounds.
fn currency(sent: &mut Sent<'_, '_>) -> Change<Currency> {
    sent.typed("currency", ("unknown_currency", "Choose GBP, EUR or USD."), |value| {
        value.as_str()?.trim().parse().ok()
    })
}

fn package(sent: &mut Sent<'_, '_>) -> Change<PackageChoice> {
    let key = "linkedPackage";
    let fields = match sent.value(key) {
        Change::Keep => return Change::Keep,
        Change::Clear => return Change::Clear,
        Change::Set(Value::Object(fields)) => fields,
        Change::Set(_) => {
            sent.problem("not_an_object", key, "Say which package by its packageId.");
            return Change::Keep;
        }
    };
    // Old clients send the whole object back; what they say besides the id is not theirs to say.
    let mut unused = Vec::new();
    let mut inner = Sent::new(fields, format!("{key}."), sent.problems, &mut unused);
    let recalculate = (inner.flag("recalculate") == Change::Set(true)).then_some(Recalculate);
    match inner.id("packageId") {
        Change::Set(package) => Change::Set(PackageChoice { package, recalculate }),
        Change::Clear => Change::Clear,
        Change::Keep if fields.contains_key("packageId") => Change::Keep,
        Change::Keep => Change::Clear,
    }
}

fn events(sent: &mut Sent<'_, '_>) -> EventChanges {
    let key = "selectedEvents";
    let list = match sent.value(key) {
        Change::Keep => return EventChanges::Keep,
        Change::Clear => return EventChanges::Whole(Vec::new()),
        Change::Set(Value::Array(list)) => list,
        Change::Set(_) => {
            sent.problem("not_a_list", key, "Give a list of events.");
            return EventChanges::Keep;
        }
    };
    if list.len() > LIST_MAX {
        sent.problem("too_many_events", key, "Choose at most 20 events.");
    }
    let entries = list.iter().take(LIST_MAX).enumerate();
    EventChanges::Whole(entries.filter_map(|(at, entry)| list_entry(sent, at, entry)).collect())
}

fn list_entry(sent: &mut Sent<'_, '_>, position: usize, entry: &Value) -> Option<Wanted> {
    let prefix = format!("selectedEvents.{position}");
    let Value::Object(fields) = entry else {
        sent.problem("not_an_object", &prefix, "Say which event by its eventId.");
        return None;
    };
    let mut inner = Sent::new(fields, format!("{prefix}."), sent.problems, sent.warnings);
    let event = inner.id("eventId");
    let is_named = matches!(fields.get("eventId"), Some(id) if !id.is_null());
    // An entry that the quote has without a readable event comes back with its own id, and stays.
    if !is_named && !fields.contains_key("_id") {
        inner.problem("required", "eventId", "Choose an event.");
    }
    // What a client that sends a quote back says of an entry besides; the server knows better.
    inner.pass_over(&["_id", "eventName", "eventCurrency", "addedAt"]);
    let wanted = match event {
        Change::Set(event) => Some(wanted(&mut inner, event)),
        Change::Keep | Change::Clear => None,
    };
    inner.finish();
    wanted
}

fn wanted(sent: &mut Sent<'_, '_>, event: ObjectId) -> Wanted {
    fn set<T>(change: Change<T>) -> Option<T> {
        match change {
            Change::Set(value) => Some(value),
            Change::Keep | Change::Clear => None,
        }
    }
    Wanted {
        prefix: sent.prefix().to_owned(),
        event,
        per_person: set(sent.flag("pricePerPerson")),
        price: set(sent.number("price")),
        reason: set(sent.text("priceReason")),
        current_price: (set(sent.flag("useCurrentPrice")) == Some(true)).then_some(CurrentPrice),
    }
}
