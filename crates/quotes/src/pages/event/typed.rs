//! The form of an event: as its document fills it in, and as the API takes it.

use quotes_core::event::CatalogueEvent;
use serde_json::{Map, Value, json};

use crate::pages::{
    filled::{Labels, Typed, number},
    posted::Pairs,
};

/// The fields, and what the page calls them.
pub(super) const LABELS: Labels = &[
    ("name", "Name"),
    ("description", "Description"),
    ("pricing.estimatedCost", "Price"),
    ("pricing.currency", "Currency"),
    ("minimumPeople", "From people"),
    ("displayOrder", "Order"),
    ("availableInAllDestinations", "Where"),
    ("destinations", "Destinations"),
    ("categories", "Categories"),
    ("isActive", "Offered"),
];

/// A new event, as most are.
pub(super) fn blank() -> Pairs {
    pairs([
        ("pricing.currency", "GBP".to_owned()),
        ("displayOrder", "0".to_owned()),
        ("availableInAllDestinations", "false".to_owned()),
        ("isActive", "true".to_owned()),
    ])
}

/// An event that is there.
pub(super) fn of(event: &CatalogueEvent) -> Pairs {
    let mut typed = pairs([
        ("name", event.name.clone()),
        ("description", event.description.clone().unwrap_or_default()),
        ("pricing.estimatedCost", price(event)),
        ("pricing.currency", event.currency.code().to_owned()),
        ("minimumPeople", event.minimum_people.map(|it| it.to_string()).unwrap_or_default()),
        ("displayOrder", event.order.to_string()),
        ("availableInAllDestinations", event.everywhere.to_string()),
        ("destinations", event.destinations.join("\n")),
    ]);
    let categories = event.categories.iter().map(|id| ("categories".to_owned(), id.to_hex()));
    typed.extend(categories);
    if event.active {
        typed.push(("isActive".to_owned(), "true".to_owned()));
    }
    typed
}

/// `50.00`, as prices are written.
fn price(event: &CatalogueEvent) -> String {
    let Some(mut price) = event.unit else { return String::new() };
    price.rescale(price.scale().max(event.currency.minor_digits()));
    price.to_string()
}

/// What the API would be sent for all of it.
pub(super) fn fields(typed: &Typed) -> Map<String, Value> {
    let optional = |name| typed.text(name).map_or(Value::Null, Value::from);
    let price = typed.text("pricing.estimatedCost").map(|it| {
        json!({ "estimatedCost": number(it), "currency": typed.get("pricing.currency").trim() })
    });
    let mut categories: Vec<&str> = typed.all("categories").collect();
    categories.sort_unstable();
    let fields = json!({
        "name": typed.get("name").trim(),
        "description": optional("description"),
        "pricing": price,
        "minimumPeople": typed.text("minimumPeople").map(number),
        "displayOrder": number(typed.text("displayOrder").unwrap_or("0")),
        "availableInAllDestinations": typed.has("availableInAllDestinations", "true"),
        "destinations": destinations(typed.get("destinations")),
        "categories": categories,
        "isActive": typed.has("isActive", "true"),
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// What of it is otherwise than the document says. What stands there and can't be read stays, unless
/// something else was typed.
pub(super) fn changes(typed: &Typed, present: &CatalogueEvent) -> Map<String, Value> {
    let before = fields(&Typed(of(present)));
    fields(typed).into_iter().filter(|(name, value)| before.get(name) != Some(value)).collect()
}

/// One a line; on a single line, with commas between.
fn destinations(typed: &str) -> Vec<&str> {
    let text = typed.trim();
    let between = if text.contains('\n') { '\n' } else { ',' };
    text.split(between).map(str::trim).filter(|it| !it.is_empty()).collect()
}

fn pairs<const N: usize>(pairs: [(&str, String); N]) -> Pairs {
    pairs.map(|(name, value)| (name.to_owned(), value)).into()
}

#[cfg(test)]
mod tests {
    use bson::{doc, oid::ObjectId, serialize_to_raw_document_buf};
    use quotes_core::event::CatalogueEvent;
    use serde_json::json;

    use super::{Typed, blank, changes, destinations, fields, of};

    #[test]
    fn destinations_are_lines_or_between_commas() {
        assert_eq!(destinations(" Prague, Budapest,"), ["Prague", "Budapest"]);
        assert_eq!(destinations("Palma, Mallorca\n\nPrague\n"), ["Palma, Mallorca", "Prague"]);
    }

    #[test]
    fn what_nobody_touched_is_not_sent() {
        let odd = doc! { "_id": ObjectId::new(), "name": 7, "destinations": ["Palma, Mallorca"],
        "categories": [ObjectId::new()], "pricing": { "estimatedCost": "dear" } };
        let event = CatalogueEvent::read(&serialize_to_raw_document_buf(&odd).unwrap());
        assert!(!event.marks.is_empty());
        let mut typed = Typed(of(&event));
        assert!(changes(&typed, &event).is_empty());
        typed.0.retain(|(name, _)| name != "isActive" && name != "destinations");
        typed.0.push(("destinations".to_owned(), "Prague, Brno".to_owned()));
        let changed = serde_json::Value::Object(changes(&typed, &event));
        assert_eq!(changed, json!({ "isActive": false, "destinations": ["Prague", "Brno"] }));
    }

    #[test]
    fn no_price_is_a_price_on_request() {
        assert_eq!(fields(&Typed(blank()))["pricing"], json!(null));
    }
}
