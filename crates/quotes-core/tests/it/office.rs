//! An agency with a few events and a package, and a day on which it works.

use std::cell::Cell;

use bson::{Document, RawDocumentBuf, doc, oid::ObjectId};
use quotes_core::{
    changes::{Changes, Context, Edited, Identity},
    event::{Catalogue, CatalogueEvent},
    package::Package,
    problem::Problems,
    quote::Quote,
};
use serde_json::{Map, Value, json};

pub(crate) fn raw(document: &Document) -> RawDocumentBuf {
    RawDocumentBuf::try_from(document).unwrap()
}

/// Event number `n`: 0 to 5 cost 10.35, 20.70 … pounds, 6 is in euros, 7 has no price, 8 is inactive, 9
/// is deleted.
pub(crate) fn event_id(n: u8) -> ObjectId {
    id(1, n)
}

pub(crate) fn id(kind: u8, n: u8) -> ObjectId {
    let mut bytes = [0x60; 12];
    (bytes[10], bytes[11]) = (kind, n);
    ObjectId::from_bytes(bytes)
}

pub(crate) struct Office {
    pub(crate) catalogue: Catalogue,
    pub(crate) package: Package,
    ids: Cell<u8>,
}

impl Office {
    pub(crate) fn new() -> Self {
        let catalogue = (0..10).map(|n| CatalogueEvent::read(&raw(&event(n)))).collect();
        Self { catalogue, package: Package::read(&raw(&package())), ids: Cell::new(0) }
    }

    fn decide(
        &self,
        decide: impl FnOnce(&Context<'_>) -> Result<Edited, Problems>,
    ) -> Result<Edited, Problems> {
        let fresh_id = || {
            self.ids.set(self.ids.get().wrapping_add(1));
            id(9, self.ids.get())
        };
        decide(&Context {
            now: "2027-01-15T12:00:00Z".parse().unwrap(),
            user: id(3, 1),
            catalogue: &self.catalogue,
            package: Some(&self.package),
            fresh_id: &fresh_id,
        })
    }

    pub(crate) fn create(&self, sent: &Value) -> Result<Edited, Problems> {
        let identity = Identity { id: id(4, 7), made_by_run: None };
        self.decide(|context| Changes::parse(fields(sent)).create(identity, context))
    }

    pub(crate) fn edit(&self, quote: &Quote, sent: &Value) -> Result<Edited, Problems> {
        self.decide(|context| Changes::parse(fields(sent)).edit(quote, context))
    }

    pub(crate) fn add(&self, quote: &Quote, sent: &Value) -> Result<Edited, Problems> {
        self.decide(|context| Changes::parse_event_to_add(fields(sent)).edit(quote, context))
    }

    pub(crate) fn alter(&self, quote: &Quote, n: u8, sent: &Value) -> Result<Edited, Problems> {
        let changes = Changes::parse_event_to_alter(event_id(n), fields(sent));
        self.decide(|context| changes.edit(quote, context))
    }

    pub(crate) fn remove(&self, quote: &Quote, n: u8) -> Result<Edited, Problems> {
        self.decide(|context| Changes::event_removed(event_id(n)).edit(quote, context))
    }

    /// A quote of 10 people for 3 nights with a base of 1,000 pounds, and what else is sent.
    pub(crate) fn quote(&self, sent: &Value) -> Quote {
        self.create(&with(&complete(), sent)).unwrap().quote
    }
}

fn fields(sent: &Value) -> &Map<String, Value> {
    sent.as_object().unwrap()
}

/// Everything that a new quote needs.
pub(crate) fn complete() -> Value {
    json!({
        "enquiryId": id(2, 1).to_hex(),
        "leadName": "Jo Miller",
        "hotelName": "Hotel Astra",
        "numberOfPeople": 10,
        "numberOfRooms": 5,
        "numberOfNights": 3,
        "arrivalDate": "2027-05-14",
        "whatsIncluded": "Breakfast",
        "basePrice": 1000,
    })
}

/// `sent` with other fields.
pub(crate) fn with(sent: &Value, others: &Value) -> Value {
    let mut all = fields(sent).clone();
    all.extend(fields(others).clone());
    Value::Object(all)
}

pub(crate) fn chosen(n: u8) -> Value {
    json!({ "eventId": event_id(n).to_hex(), "pricePerPerson": true })
}

fn event(n: u8) -> Document {
    let mut event = doc! {
        "_id": event_id(n),
        "name": format!("Event {n}"),
        "destinations": ["Kraków"],
        "isActive": n != 8,
        "minimumPeople": 4,
    };
    if n != 7 {
        let cost = 10.35 * f64::from(n + 1);
        let currency = if n == 6 { "EUR" } else { "GBP" };
        event.insert("pricing", doc! { "estimatedCost": cost, "currency": currency });
    }
    if n == 9 {
        event.insert("deletedAt", bson::DateTime::from_millis(1_700_000_000_000));
    }
    event
}

/// 6 to 11 people at 100, 12 and more at 90 a night in May, 2 to 4 nights; more at a special time.
pub(crate) fn package() -> Document {
    let prices = |more: i32| -> Vec<Document> {
        let cells = (0..2).flat_map(|tier| (2..=4).map(move |nights| (tier, nights)));
        cells
            .map(|(tier, nights)| {
                let price = (100 - 10 * tier + more) * nights;
                doc! { "groupSizeTierIndex": tier, "nights": nights, "price": price }
            })
            .collect()
    };
    let mut april = prices(0);
    april[0].insert("price", "ON_REQUEST");
    let day = |text: &str| bson::DateTime::parse_rfc3339_str(format!("{text}T00:00:00Z")).unwrap();
    doc! {
        "_id": id(5, 1),
        "name": "Super Offer",
        "currency": "GBP",
        "groupSizeTiers": [
            { "label": "6-11 People", "minPeople": 6, "maxPeople": 11 },
            { "label": "12+ People", "minPeople": 12, "maxPeople": 999 },
        ],
        "durationOptions": [2, 3, 4],
        "pricingMatrix": [
            { "period": "May", "periodType": "month", "prices": prices(0) },
            { "period": "Apr", "periodType": "month", "prices": april },
            {
                "period": "Spring holiday",
                "periodType": "special",
                "startDate": day("2027-05-29"),
                "endDate": day("2027-06-02"),
                "prices": prices(50),
            },
        ],
        "status": "active",
        "version": 3,
    }
}
