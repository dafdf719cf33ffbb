//! Two states of a quote, compared for people.

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use crate::{
    money::Money,
    price::{Breakdown, Line, Standing},
    quote::Quote,
};

/// Something that is another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// As documents call it; `selectedEvents` for an event.
    pub field: &'static str,
    /// As people call it: `Arrival`, or the name of the event.
    pub label: String,
    /// What it was; `None` when there was nothing.
    pub before: Option<String>,
    /// What it is; `None` when there is nothing.
    pub after: Option<String>,
}

/// What a customer can see to be another, in the order of the quote: the trip, the events, the price.
pub fn between(before: &Quote, after: &Quote) -> Vec<Difference> {
    let mut differences = trip(before, after);
    let (old, new) = (Breakdown::of(before), Breakdown::of(after));
    differences.extend(events(&old, &new));
    differences.extend(price(&old, &new));
    differences
}

fn difference(
    (field, label): (&'static str, &str),
    before: Option<String>,
    after: Option<String>,
) -> Option<Difference> {
    (before != after).then(|| Difference { field, label: label.to_owned(), before, after })
}

fn trip(before: &Quote, after: &Quote) -> Vec<Difference> {
    let (old, new) = (&before.trip, &after.trip);
    let text = |text: &Option<String>| text.clone();
    let count = |count: Option<u32>| count.map(|count| count.to_string());
    let flag = |flag: bool| Some(if flag { "yes" } else { "no" }.to_owned());
    let until = |quote: &Quote| quote.times.valid_until.map(day);
    [
        difference(("title", "Title"), text(&old.title), text(&new.title)),
        difference(("destination", "Destination"), text(&old.destination), text(&new.destination)),
        difference(("leadName", "Lead"), text(&old.lead_name), text(&new.lead_name)),
        difference(("hotelName", "Hotel"), text(&old.hotel_name), text(&new.hotel_name)),
        difference(("numberOfPeople", "People"), count(old.people), count(new.people)),
        difference(("numberOfRooms", "Rooms"), count(old.rooms), count(new.rooms)),
        difference(("numberOfNights", "Nights"), count(old.nights), count(new.nights)),
        difference(("arrivalDate", "Arrival"), old.arrival.map(day), new.arrival.map(day)),
        difference(
            ("transferIncluded", "Transfer included"),
            flag(old.transfer_included),
            flag(new.transfer_included),
        ),
        difference(
            ("whatsIncluded", "What is included"),
            text(&old.whats_included),
            text(&new.whats_included),
        ),
        difference(("validUntil", "Valid until"), until(before), until(after)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn events(before: &Breakdown, after: &Breakdown) -> Vec<Difference> {
    let same = |one: &Line, other: &Line| match (one.event, other.event) {
        (Some(event), Some(other)) => event == other,
        _ => one.entry.is_some() && one.entry == other.entry,
    };
    let find = |price: &Breakdown, line: &Line| {
        counted_once(price).find(|other| same(line, other)).map(described)
    };
    let field = "selectedEvents";
    let gone_or_altered = counted_once(before).filter_map(|line| {
        difference((field, &line.name), Some(described(line)), find(after, line))
    });
    let added = counted_once(after)
        .filter(|line| find(before, line).is_none())
        .filter_map(|line| difference((field, &line.name), None, Some(described(line))));
    gone_or_altered.chain(added).collect()
}

fn counted_once(price: &Breakdown) -> impl Iterator<Item = &Line> {
    price.lines.iter().filter(|line| line.standing != Standing::Repeated)
}

/// `£50.00 × 10 people = £500.00`, `£90.00`, `price on request`.
fn described(line: &Line) -> String {
    let Some((unit, amount)) = line.unit.zip(line.amount) else {
        return "price on request".to_owned();
    };
    if !line.per_person {
        return amount.to_string();
    }
    let unit = Money::from_decimal(unit, line.currency).unwrap_or(amount);
    let people = if line.quantity == 1 { "person" } else { "people" };
    format!("{unit} × {} {people} = {amount}", line.quantity)
}

fn price(before: &Breakdown, after: &Breakdown) -> Vec<Difference> {
    let shown = |money: Money| Some(money.to_string());
    let custom = |price: &Breakdown| price.is_custom.then(|| price.total.to_string());
    [
        difference(("basePrice", "Base price"), shown(before.base), shown(after.base)),
        difference(
            ("eventsTotal", "Events"),
            shown(before.events_total),
            shown(after.events_total),
        ),
        difference(("customTotal", "Custom price"), custom(before), custom(after)),
        difference(("totalPrice", "Total"), shown(before.total), shown(after.total)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `14 June 2027`, in UTC.
fn day(moment: Timestamp) -> String {
    moment.to_zoned(TimeZone::UTC).strftime("%-d %B %Y").to_string()
}
