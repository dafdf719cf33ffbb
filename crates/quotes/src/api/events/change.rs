//! What somebody sends to create or change an event.

use bson::{Bson, oid::ObjectId};
use quotes_core::money::Currency;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    answer::Warning,
    failure::Failure,
    store::{
        catalogue::Edit,
        events::{EventEdit, Price},
    },
    take::{Form, Refused, Sent, amount, line},
};

const CATEGORIES_MAX: usize = 20;
const DESTINATIONS_MAX: usize = 100;

/// What an event costs.
#[derive(ToSchema)]
#[schema(as = NewPricing)]
#[expect(dead_code, reason = "it documents the fields that `price` takes")]
struct NewPricing {
    /// Of one person or of the group, as each quote says. No more decimals than the currency has.
    #[schema(rename = "estimatedCost", minimum = 0, maximum = 1_000_000, example = 49.5)]
    estimated_cost: f64,
    /// ISO 4217, in any case.
    #[schema(min_length = 3, max_length = 3, default = "GBP", nullable = false)]
    currency: Option<String>,
}

/// A place.
#[derive(ToSchema)]
#[schema(min_length = 1, max_length = 100, pattern = r"^[^\x00-\x1f\x7f-\x9f]*$")]
#[expect(dead_code, reason = "it documents what `destination` takes")]
struct Destination(String);

/// A new event.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents the fields that `taken` takes")]
pub(super) struct NewEvent {
    /// Not the name of another, case and accents aside.
    #[schema(
        min_length = 2,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        example = "Karting in Prague"
    )]
    name: String,
    #[schema(max_length = 500, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    description: Option<String>,
    /// Ids of categories that there are.
    #[schema(max_items = 20, nullable = false, example = json!([]))]
    categories: Option<Vec<String>>,
    /// Each of 1 to 100 characters.
    #[schema(value_type = Vec<Destination>, required = false, max_items = 100, nullable = false, example = json!(["Prague"]))]
    destinations: Option<Vec<String>>,
    #[schema(rename = "availableInAllDestinations", default = false, nullable = false)]
    everywhere: Option<bool>,
    #[schema(rename = "isActive", default = true, nullable = false)]
    is_active: Option<bool>,
    #[schema(rename = "displayOrder", default = 0, minimum = -1_000_000, maximum = 1_000_000, nullable = false)]
    display_order: Option<i32>,
    /// Null or left out: the price is on request.
    pricing: Option<NewPricing>,
    #[schema(rename = "minimumPeople", minimum = 1, maximum = 100)]
    minimum_people: Option<i32>,
}

/// Fields to be changed; what is left out stays, and null takes an optional one away.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it documents the fields that `taken` takes")]
pub(super) struct EventChange {
    #[schema(
        min_length = 2,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*$",
        nullable = false
    )]
    name: Option<String>,
    #[schema(max_length = 500, pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    description: Option<String>,
    #[schema(max_items = 20, nullable = false)]
    categories: Option<Vec<String>>,
    #[schema(value_type = Vec<Destination>, required = false, max_items = 100, nullable = false)]
    destinations: Option<Vec<String>>,
    #[schema(rename = "availableInAllDestinations", nullable = false)]
    everywhere: Option<bool>,
    #[schema(rename = "isActive", nullable = false)]
    is_active: Option<bool>,
    #[schema(rename = "displayOrder", minimum = -1_000_000, maximum = 1_000_000, nullable = false)]
    display_order: Option<i32>,
    /// Null: the price is on request from now on.
    pricing: Option<NewPricing>,
    #[schema(rename = "minimumPeople", minimum = 1, maximum = 100)]
    minimum_people: Option<i32>,
    /// The revision that was seen, as `If-Match`.
    #[schema(min_length = 1, max_length = 64, nullable = false)]
    revision: Option<String>,
}

/// The event, and what was ignored.
pub(crate) fn creation(fields: &Map<String, Value>) -> Result<(EventEdit, Vec<Warning>), Failure> {
    let mut form = Form::of(fields);
    form.require(&["name"]);
    let edit = taken(&mut form);
    Ok((edit, form.finish()?))
}

/// The change, the revision that was seen, and what was ignored.
pub(crate) fn edit(
    fields: &Map<String, Value>,
) -> Result<(EventEdit, Option<String>, Vec<Warning>), Failure> {
    let mut form = Form::of(fields);
    let edit = taken(&mut form);
    form.refuse_null(&["revision"]);
    let seen = form.line("revision", 1..=64).value();
    Ok((edit, seen, form.finish()?))
}

fn taken(form: &mut Form<'_>) -> EventEdit {
    form.refuse_null(&[
        "name",
        "categories",
        "destinations",
        "availableInAllDestinations",
        "isActive",
        "displayOrder",
    ]);
    let mut fields = Edit::default();
    fields.put("name", form.line("name", 2..=100));
    fields.put("description", form.text("description", 0..=500));
    fields.put("categories", form.list("categories", CATEGORIES_MAX, category));
    fields.put("destinations", form.list("destinations", DESTINATIONS_MAX, destination));
    fields.put("availableInAllDestinations", form.flag("availableInAllDestinations"));
    fields.put("isActive", form.flag("isActive"));
    fields.put("displayOrder", form.whole("displayOrder", -1_000_000..=1_000_000));
    fields.put("minimumPeople", form.whole("minimumPeople", 1..=100));
    EventEdit { fields, price: price(form) }
}

fn category(value: &Value) -> Result<Bson, Refused> {
    let id = value.as_str().and_then(|id| ObjectId::parse_str(id).ok());
    id.map(Bson::from).ok_or_else(|| ("unknown_category", "there is no such category".to_owned()))
}

fn destination(value: &Value) -> Result<Bson, Refused> {
    line("a destination", value, &(1..=100)).map(Bson::from)
}

fn price(form: &mut Form<'_>) -> Sent<Price> {
    let not = || ("not_an_object", "pricing is an object".to_owned());
    let fields = match form.take("pricing", |value| value.as_object().ok_or_else(not)) {
        Sent::Is(fields) => fields,
        Sent::Null => return Sent::Null,
        Sent::Absent => return Sent::Absent,
    };
    let mut inside = Form::within(fields, "pricing.");
    inside.require(&["estimatedCost"]);
    inside.refuse_null(&["estimatedCost", "currency"]);
    let currency = inside.take("currency", currency).value().unwrap_or(Currency::GBP);
    let cost =
        inside.take("estimatedCost", |value| amount("estimatedCost", value, currency)).value();
    form.absorb(inside);
    cost.map_or(Sent::Absent, |cost| Sent::Is(Price { cost, currency }))
}

fn currency(value: &Value) -> Result<Currency, Refused> {
    let not = || ("not_a_currency", "currency is a code of three letters such as GBP".to_owned());
    let code = value.as_str().filter(|code| code.len() == 3);
    code.and_then(|code| code.parse().ok()).ok_or_else(not)
}
