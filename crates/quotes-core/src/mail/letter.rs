//! What the e-mail of a quote says, part by part.

use jiff::{Timestamp, tz::TimeZone};

use super::{changes, plain};
use crate::{
    money::Money,
    price::{Breakdown, Line, Standing},
    quote::Quote,
};

/// Who writes to whom, and why.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// Name of the agency.
    pub agency: &'a str,
    /// Name of the author.
    pub sender: &'a str,
    /// Where an answer goes.
    pub sender_email: Option<&'a str>,
    /// Name of the reader.
    pub recipient: Option<&'a str>,
    /// What the author adds in their own words.
    pub message: Option<&'a str>,
    /// The version that was sent before, when this one follows it.
    pub previous: Option<Previous<'a>>,
}

/// A version that was sent, with its price.
#[derive(Debug, Clone, Copy)]
pub struct Previous<'a> {
    /// The quote as it was sent.
    pub quote: &'a Quote,
    /// Its price.
    pub breakdown: &'a Breakdown,
}

/// Two words that belong together: a label and what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// `Hotel`.
    pub label: String,
    /// `Hotel Benidorm Palace`.
    pub value: String,
}

/// An event of the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LetterEvent {
    pub(super) name: String,
    /// `£50.00 per person × 10 people`.
    pub(super) basis: String,
    /// `£500.00`, or why there is none.
    pub(super) amount: String,
}

/// What the e-mail says. All of it is text: whoever puts it down escapes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub(super) agency: String,
    pub(super) subject: String,
    pub(super) preview: String,
    pub(super) reference: String,
    pub(super) version: u32,
    pub(super) heading: String,
    pub(super) greeting: String,
    pub(super) message: Vec<String>,
    pub(super) previous_version: u32,
    pub(super) changes: Vec<String>,
    pub(super) trip: Vec<Fact>,
    pub(super) included: Vec<String>,
    pub(super) activities: Vec<String>,
    pub(super) events: Vec<LetterEvent>,
    pub(super) receipt: Vec<Fact>,
    pub(super) total: String,
    pub(super) shares: String,
    pub(super) notes: Vec<String>,
    pub(super) validity: Option<String>,
    pub(super) answer: &'static str,
    pub(super) link: Option<String>,
    pub(super) closing: &'static str,
    pub(super) sender: String,
    pub(super) sender_email: Option<String>,
}

impl Letter {
    /// The letter for this occasion.
    pub fn of(quote: &Quote, breakdown: &Breakdown, occasion: &Occasion<'_>) -> Self {
        let mut letter = Self::alone(quote, breakdown, occasion);
        if let Some(previous) = occasion.previous {
            let before = Self::alone(previous.quote, previous.breakdown, occasion);
            letter.changes = changes::between(&before, &letter);
            letter.previous_version = before.version;
        }
        letter
    }

    /// As if nothing had been sent before.
    fn alone(quote: &Quote, breakdown: &Breakdown, occasion: &Occasion<'_>) -> Self {
        let reference = quote.reference.to_string();
        let heading = heading(quote);
        let address = occasion.sender_email.filter(|email| is_plain_address(email));
        let recipient = occasion.recipient.map(plain::line).filter(|name| !name.is_empty());
        let trip = trip(quote);
        Self {
            agency: plain::line(occasion.agency),
            subject: subject(quote, &reference, &heading),
            preview: preview(quote, breakdown),
            link: address.map(|to| format!("mailto:{to}?subject=Quote%20{reference}")),
            reference,
            version: quote.version,
            heading,
            greeting: recipient.map_or("Hello,".to_owned(), |name| format!("Hello {name},")),
            message: plain::paragraphs(occasion.message.unwrap_or_default()),
            previous_version: 0,
            changes: Vec::new(),
            trip,
            included: plain::paragraphs(quote.trip.whats_included.as_deref().unwrap_or_default()),
            activities: activities(quote),
            events: breakdown.lines.iter().filter_map(event).collect(),
            receipt: receipt(breakdown),
            total: breakdown.total.to_string(),
            shares: shares(breakdown),
            notes: breakdown.lines.iter().filter_map(note).collect(),
            validity: quote
                .times
                .valid_until
                .map(|until| format!("This quote is valid until {}.", day(until))),
            answer: "To accept this quote, or to change anything about it, answer this e-mail.",
            closing: "Kind regards,",
            sender: plain::line(occasion.sender),
            sender_email: address.map(str::to_owned),
        }
    }
}

fn subject(quote: &Quote, reference: &str, heading: &str) -> String {
    let kind = if quote.version > 1 { "Updated quote" } else { "Quote" };
    format!("{kind} {reference}: {heading}")
}

fn heading(quote: &Quote) -> String {
    let written =
        |text: &Option<String>| text.as_deref().map(plain::line).filter(|text| !text.is_empty());
    let trip = &quote.trip;
    written(&trip.title)
        .or_else(|| written(&trip.destination).map(|place| format!("Your trip to {place}")))
        .unwrap_or_else(|| "Your trip".to_owned())
}

/// What a mailbox shows beside the subject.
fn preview(quote: &Quote, breakdown: &Breakdown) -> String {
    let mut parts = vec![format!("Total {}", breakdown.total)];
    parts.extend(quote.trip.people.map(people));
    parts.extend(quote.trip.arrival.map(|arrival| format!("arriving on {}", day(arrival))));
    parts.join(", ")
}

fn trip(quote: &Quote) -> Vec<Fact> {
    let trip = &quote.trip;
    let text = |label: &str, value: &Option<String>| {
        let value = plain::line(value.as_deref().unwrap_or_default());
        (!value.is_empty()).then(|| fact(label, value))
    };
    let count = |label: &str, count: Option<u32>| count.map(|count| fact(label, count.to_string()));
    let transfer = trip.transfer_included.then(|| fact("Transfer", "included".to_owned()));
    [
        text("For", &trip.lead_name),
        text("Destination", &trip.destination),
        text("Hotel", &trip.hotel_name),
        trip.arrival.map(|arrival| fact("Arrival", day(arrival))),
        count("Nights", trip.nights),
        count("People", trip.people),
        count("Rooms", trip.rooms),
        transfer,
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn fact(label: &str, value: String) -> Fact {
    Fact { label: label.to_owned(), value }
}

/// What old quotes say of events in words: only where none were chosen, for those supersede it.
fn activities(quote: &Quote) -> Vec<String> {
    if quote.selection.is_empty() {
        plain::paragraphs(quote.activities_included.as_deref().unwrap_or_default())
    } else {
        Vec::new()
    }
}

fn event(line: &Line) -> Option<LetterEvent> {
    let amount = match (line.standing, line.amount) {
        (Standing::Repeated, _) => return None,
        (Standing::OnRequest, _) | (_, None) => "on request".to_owned(),
        (Standing::Counted | Standing::OtherCurrency, Some(amount)) => amount.to_string(),
    };
    Some(LetterEvent { name: name(line), basis: basis(line), amount })
}

fn name(line: &Line) -> String {
    let name = plain::line(&line.name);
    if name.is_empty() { "An event".to_owned() } else { name }
}

fn basis(line: &Line) -> String {
    let basis = match unit(line) {
        None => return "price on request, not in the total".to_owned(),
        Some(unit) if line.per_person => format!("{unit} per person × {}", people(line.quantity)),
        Some(unit) => format!("{unit} for the group"),
    };
    match line.standing {
        Standing::OtherCurrency => format!("{basis}, not in the total"),
        Standing::OnRequest => "price on request, not in the total".to_owned(),
        Standing::Counted | Standing::Repeated => basis,
    }
}

/// A unit price finer than the currency's coins is shown as it is: £33.333 × 3 makes £100.00.
fn unit(line: &Line) -> Option<String> {
    let unit = line.unit?;
    let money = Money::from_decimal(unit, line.currency)?;
    if money.decimal() == unit {
        return Some(money.to_string());
    }
    Some(format!("{} {}", line.currency.code(), unit.normalize()))
}

fn receipt(breakdown: &Breakdown) -> Vec<Fact> {
    let mut rows = vec![fact("Base price", breakdown.base.to_string())];
    for line in &breakdown.lines {
        let Some(amount) = line.counted() else { continue };
        let label = match unit(line) {
            Some(unit) if line.per_person => format!("{}, {unit} × {}", name(line), line.quantity),
            _ => name(line),
        };
        rows.push(Fact { label, value: amount.to_string() });
    }
    if !breakdown.adjustment.is_zero() {
        rows.push(fact("Agreed price, difference", breakdown.adjustment.to_string()));
    }
    rows
}

fn shares(breakdown: &Breakdown) -> String {
    let person = breakdown.per_person.map(|share| format!("{share} per person"));
    let night = breakdown.per_night.map(|share| format!("{share} per night"));
    [person, night].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn note(line: &Line) -> Option<String> {
    let name = name(line);
    match (line.standing, line.amount) {
        (Standing::OtherCurrency, Some(amount)) => {
            Some(format!("{name} costs {amount} in its own currency, which is not in the total."))
        }
        (Standing::OnRequest, _) => {
            Some(format!("The price of {name} is on request and not in the total."))
        }
        _ => None,
    }
}

fn people(count: u32) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

/// Dates are stored as midnight UTC of the day that is meant.
fn day(moment: Timestamp) -> String {
    moment.to_zoned(TimeZone::UTC).strftime("%A %-d %B %Y").to_string()
}

/// Whether an address can stand in a link as it is.
fn is_plain_address(address: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "@.-_+'".contains(c);
    address.matches('@').count() == 1 && address.chars().all(allowed)
}
