//! What a quote says of the trip, as labels and values.

use quotes_core::quote::Quote;

use crate::{
    app::Shared,
    failure::Failure,
    pages::words::{Time, counted},
};

/// A label and what stands beside it.
#[derive(Debug, Clone)]
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) value: Value,
}

/// How a value is shown.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// In one line.
    Text(String),
    /// As it was typed, line by line.
    Lines(String),
    /// A day of the calendar, and something after it.
    Day(Time, String),
}

/// Everything but the price.
pub(super) async fn of(app: &Shared, quote: &Quote, is_admin: bool) -> Result<Vec<Fact>, Failure> {
    let trip = &quote.trip;
    let nights = trip.nights.map(|it| counted(it, ("night", "nights")));
    let people = trip.people.map(|it| counted(it, ("person", "people")));
    let rooms = trip.rooms.map(|it| counted(it, ("room", "rooms")));
    let group = people.into_iter().chain(rooms).collect::<Vec<_>>().join(" in ");
    let agent = match quote.enquiry {
        Some(enquiry) => app.store.agent_of(enquiry).await?,
        None => None,
    };
    let enquiry = agent.map(|agent| {
        [agent.name, agent.email].into_iter().flatten().collect::<Vec<_>>().join(", ")
    });
    let text = |label, value: Option<String>| {
        value.filter(|it| !it.is_empty()).map(|it| Fact { label, value: Value::Text(it) })
    };
    let lines = |label, value: Option<String>| {
        value.filter(|it| !it.is_empty()).map(|it| Fact { label, value: Value::Lines(it) })
    };
    let arrival = trip.arrival.map(|at| Fact {
        label: "Arrival",
        value: Value::Day(
            Time::day(at),
            nights.clone().map(|it| format!(", {it}")).unwrap_or_default(),
        ),
    });
    let nights = if arrival.is_none() { nights } else { None };
    let valid = quote
        .times
        .valid_until
        .map(|at| Fact { label: "Valid until", value: Value::Day(Time::day(at), String::new()) });
    let interest = quote.booking_interest.clone().map(|it| {
        [it.urgency, it.contact_email, it.contact_phone, it.requests]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", ")
    });
    let interest = interest.map(|it| if it.is_empty() { "wants to book".to_owned() } else { it });
    let facts = [
        text("Title", trip.title.clone()),
        text("Destination", trip.destination.clone()),
        text("Hotel", trip.hotel_name.clone()),
        arrival,
        text("Stay", nights),
        text("Group", Some(group)),
        text(
            "Transfer",
            Some(if trip.transfer_included { "included" } else { "not included" }.into()),
        ),
        lines("Included", trip.whats_included.clone()),
        text("Package", quote.package.as_ref().map(package_words)),
        text("Enquiry", enquiry),
        valid,
        lines("Internal notes", quote.internal_notes.clone().filter(|_| is_admin)),
        lines("Prices named by", Some(sources(quote)).filter(|_| is_admin)),
        lines("Old activities", quote.activities_included.clone()),
        text("Interest", interest),
    ];
    Ok(facts.into_iter().flatten().collect())
}

/// Who named prices that the catalogue has not: `Escape room: the owner, by phone`.
fn sources(quote: &Quote) -> String {
    let named = quote.selection.iter().filter(|it| !it.repeated);
    let lines = named.filter_map(|it| Some(format!("{}: {}", it.name, it.reason.as_ref()?)));
    lines.collect::<Vec<_>>().join("\n")
}

fn package_words(package: &quotes_core::quote::LinkedPackage) -> String {
    package.name.clone().unwrap_or_else(|| "linked".to_owned())
}

/// Where the base price comes from.
pub(super) fn base_note(quote: &Quote) -> Option<String> {
    quote.package.as_ref().map(package_words)
}
