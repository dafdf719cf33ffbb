//! What somebody wants to know the price of.

use std::collections::HashMap;

use bson::oid::ObjectId;
use quotes_core::{
    money::Currency,
    price::{Calculation, EventChoice},
    quote::SELECTIONS_MAX,
};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    answer::Warning,
    failure::{Detail, Failure},
    take::{Form, Refused, amount},
};

/// Which events, for how many people, on which base. Either `eventIds` with `perPerson`, or `events`.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "it documents the fields that `Asked` takes")]
pub(super) struct PriceQuestion {
    /// At most 20, none twice.
    #[schema(value_type = Vec<EventId>, required = false, max_items = 20, nullable = false)]
    event_ids: Option<Vec<EventId>>,
    /// For `eventIds`: whether prices are of each person; for all, or by id.
    #[schema(default = false, nullable = false)]
    per_person: Option<PerPerson>,
    /// The same as one list.
    #[schema(value_type = Vec<PricedEvent>, required = false, max_items = 20, nullable = false)]
    events: Option<Vec<PricedEvent>>,
    #[schema(minimum = 1, maximum = 100, example = 10)]
    number_of_people: u32,
    /// For the share of each night.
    #[schema(minimum = 1, maximum = 30)]
    number_of_nights: Option<u32>,
    #[schema(default = "GBP", nullable = false)]
    currency: Option<QuoteCurrency>,
    /// The price without events.
    #[schema(default = 0, minimum = 0, maximum = 1_000_000, nullable = false, example = 970)]
    base_price: Option<f64>,
}

/// `_id` of an event.
#[derive(ToSchema)]
#[schema(pattern = "^[0-9a-fA-F]{24}$", example = "65a1f0c2e4b0a1b2c3d4e5f6")]
#[expect(dead_code, reason = "it documents what `event_id` takes")]
struct EventId(String);

/// For all, or by id; ids that are not in it are of the group.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
enum PerPerson {
    All(bool),
    ById(HashMap<String, bool>),
}

/// An event and what its price is of.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "it documents what `priced_event` takes")]
struct PricedEvent {
    #[schema(value_type = EventId)]
    event_id: EventId,
    #[schema(default = false, nullable = false)]
    price_per_person: Option<bool>,
}

/// What a quote can be in.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents what `currency` takes")]
#[expect(clippy::upper_case_acronyms, reason = "ISO 4217")]
enum QuoteCurrency {
    GBP,
    EUR,
    USD,
}

/// A question that can be answered.
#[derive(Debug)]
pub(super) struct Asked {
    /// The field that names the events.
    pub(super) field: &'static str,
    /// What is to be calculated.
    pub(super) calculation: Calculation,
}

impl Asked {
    /// The question, and what was ignored of it.
    pub(super) fn of(fields: &Map<String, Value>) -> Result<(Self, Vec<Warning>), Failure> {
        let mut form = Form::of(fields);
        form.require(&["numberOfPeople"]);
        form.refuse_null(&[
            "eventIds",
            "perPerson",
            "events",
            "numberOfPeople",
            "currency",
            "basePrice",
        ]);
        let (field, choices) = choices(&mut form);
        let whole = |number: i32| u32::try_from(number).ok();
        let people = form.whole("numberOfPeople", 1..=100).value().and_then(whole);
        let nights = form.whole("numberOfNights", 1..=30).value().and_then(whole);
        let currency = form.take("currency", currency).value().unwrap_or(Currency::GBP);
        let base = form.take("basePrice", |value| amount("basePrice", value, currency)).value();
        let base = base.unwrap_or(Decimal::ZERO);
        let ignored = form.finish()?;
        distinct(field, &choices)?;
        let calculation = Calculation { currency, base, people, nights, choices };
        Ok((Self { field, calculation }, ignored))
    }

    /// Ids of the events.
    pub(super) fn events(&self) -> Vec<ObjectId> {
        self.calculation.choices.iter().map(|choice| choice.event).collect()
    }
}

/// The field that names the events, and which they are.
fn choices(form: &mut Form<'_>) -> (&'static str, Vec<EventChoice>) {
    let ids = form.list("eventIds", usize::MAX, event_id).value();
    let per_person = form.take("perPerson", per_person).value();
    let events = form.list("events", usize::MAX, priced_event).value();
    match (ids, events) {
        (Some(_), Some(_)) => {
            form.refuse("events", "one_of_two", "send either eventIds or events");
            ("events", Vec::new())
        }
        (None, Some(events)) => ("events", events),
        (ids, None) => {
            let choice =
                |event| EventChoice { event, per_person: is_of(per_person.as_ref(), event) };
            ("eventIds", ids.unwrap_or_default().into_iter().map(choice).collect())
        }
    }
}

fn per_person(value: &Value) -> Result<PerPerson, Refused> {
    PerPerson::deserialize(value).map_err(|_| {
        let message = "perPerson is true or false, for all or by id of an event";
        ("not_a_flag", message.to_owned())
    })
}

fn is_of(mark: Option<&PerPerson>, event: ObjectId) -> bool {
    match mark {
        None => false,
        Some(PerPerson::All(mark)) => *mark,
        Some(PerPerson::ById(marks)) => {
            let id = event.to_hex();
            marks.iter().any(|(key, mark)| *mark && key.eq_ignore_ascii_case(&id))
        }
    }
}

fn event_id(value: &Value) -> Result<ObjectId, Refused> {
    let id = value.as_str().and_then(|id| ObjectId::parse_str(id).ok());
    id.ok_or_else(|| ("not_an_id", "an id of an event has 24 hex digits".to_owned()))
}

fn priced_event(value: &Value) -> Result<EventChoice, Refused> {
    let not = || ("not_an_object", "an event is {eventId, pricePerPerson}".to_owned());
    let fields = value.as_object().ok_or_else(not)?;
    let event = event_id(fields.get("eventId").unwrap_or(&Value::Null))?;
    match fields.get("pricePerPerson") {
        None => Ok(EventChoice { event, per_person: false }),
        Some(Value::Bool(per_person)) => Ok(EventChoice { event, per_person: *per_person }),
        Some(_) => Err(("not_a_flag", "pricePerPerson is true or false".to_owned())),
    }
}

fn currency(value: &Value) -> Result<Currency, Refused> {
    let code = value.as_str().and_then(|code| code.parse().ok());
    let known = code.filter(|currency| Currency::OF_QUOTES.contains(currency));
    known.ok_or_else(|| ("unknown_currency", "currency is GBP, EUR or USD".to_owned()))
}

/// As a quote can have them: not too many, none twice.
fn distinct(field: &str, choices: &[EventChoice]) -> Result<(), Failure> {
    let mut details = Vec::new();
    if choices.len() > SELECTIONS_MAX {
        details.push(Detail {
            field: field.to_owned(),
            code: "too_many_events".to_owned(),
            message: format!("a quote has at most {SELECTIONS_MAX} events"),
        });
    }
    let wanted = choices.iter().take(SELECTIONS_MAX).enumerate();
    for (position, _) in wanted
        .filter(|(position, choice)| choices[..*position].iter().any(|it| it.event == choice.event))
    {
        details.push(Detail {
            field: format!("{field}.{position}"),
            code: "duplicate_event".to_owned(),
            message: "this event is chosen already".to_owned(),
        });
    }
    if details.is_empty() { Ok(()) } else { Err(Failure::invalid("INVALID_EVENTS", details)) }
}
