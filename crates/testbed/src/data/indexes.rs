//! The indexes that are usually there.

use bson::{Document, doc};

const TWO_YEARS_SECONDS: i32 = 2 * 365 * 24 * 60 * 60;

/// What `createIndexes` takes, for each collection that has any beside `_id_`.
pub(super) fn all(rival_index: bool) -> Vec<(&'static str, Vec<Document>)> {
    let mut quotes = vec![
        index(doc! { "enquiryId": 1 }),
        index(doc! { "enquiryId": 1, "version": -1 }),
        index(doc! { "createdBy": 1, "createdAt": -1 }),
        index(doc! { "status": 1, "createdAt": -1 }),
        index(doc! { "emailDeliveryStatus": 1 }),
        index(doc! { "bookingInterest.expressed": 1, "bookingInterest.expressedAt": -1 }),
        with(index(doc! { "linkedPackage.packageId": 1 }), doc! { "sparse": true }),
    ];
    if rival_index {
        quotes.push(with(index(doc! { "selectedEvents.eventId": 1 }), doc! { "sparse": true }));
    }
    let unique = |keys| vec![with(index(keys), doc! { "unique": true })];
    let expiry = doc! { "expireAfterSeconds": TWO_YEARS_SECONDS };
    vec![
        ("quotes", quotes),
        ("events", unique(doc! { "name": 1 })),
        ("categories", unique(doc! { "slug": 1 })),
        ("users", unique(doc! { "contactEmail": 1 })),
        ("auditlogs", vec![with(index(doc! { "timestamp": 1 }), expiry)]),
    ]
}

/// Named as MongoDB names it by default.
fn index(keys: Document) -> Document {
    let name: Vec<String> =
        keys.iter().map(|(field, direction)| format!("{field}_{direction}")).collect();
    doc! { "key": keys, "name": name.join("_") }
}

fn with(mut index: Document, options: Document) -> Document {
    index.extend(options);
    index
}
