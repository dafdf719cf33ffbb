//! Validators: enums extended and retracted, and objections to steps.

mod enums;
mod objections;

use bson::{RawBson, RawDocumentBuf, rawdoc};

/// Like the one that a collection of quotes may have.
fn quotes() -> RawDocumentBuf {
    rawdoc! { "$jsonSchema": {
        "bsonType": "object",
        "required": ["leadName", "status"],
        "properties": {
            "leadName": { "bsonType": "string", "maxLength": 100 },
            "status": { "enum": ["draft", "sent", "updated"], "description": "of the quote" },
            "numberOfPeople": { "bsonType": "int", "minimum": 1 },
            "priceHistory": { "bsonType": ["array", "null"], "items": {
                "bsonType": "object",
                "properties": {
                    "reason": { "bsonType": "string", "enum": ["recalculation", "manual_override"] },
                    "price": { "bsonType": "number" },
                },
            } },
        },
    } }
}

fn texts(values: &[&str]) -> Vec<RawBson> {
    values.iter().map(|value| RawBson::from(*value)).collect()
}
