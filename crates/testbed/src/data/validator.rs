//! The validators that `quotes` may have.

use bson::{Document, doc};

use super::options::Validator;

/// The one asked for, as `create` and `collMod` take it.
pub(super) fn validator(kind: Validator) -> Option<Document> {
    let reason = match kind {
        Validator::None => return None,
        Validator::Strict => {
            doc! { "enum": ["package_selection", "recalculation", "manual_override"] }
        }
        Validator::WithoutReason => doc! { "bsonType": "string" },
    };
    let count = |maximum: i32| doc! { "bsonType": "int", "minimum": 1, "maximum": maximum };
    Some(doc! { "$jsonSchema": {
        "bsonType": "object",
        "required": [
            "enquiryId", "leadName", "hotelName", "numberOfPeople", "numberOfRooms",
            "numberOfNights", "arrivalDate", "whatsIncluded", "totalPrice", "createdBy",
        ],
        "properties": {
            "enquiryId": { "bsonType": "objectId" },
            "title": { "bsonType": "string", "maxLength": 200 },
            "destination": { "bsonType": "string", "maxLength": 100 },
            "leadName": { "bsonType": "string", "maxLength": 100 },
            "hotelName": { "bsonType": "string", "maxLength": 200 },
            "numberOfPeople": count(100),
            "numberOfRooms": count(50),
            "numberOfNights": count(30),
            "arrivalDate": { "bsonType": "date" },
            "isSuperPackage": { "bsonType": "bool" },
            "transferIncluded": { "bsonType": "bool" },
            "whatsIncluded": { "bsonType": "string", "maxLength": 2000 },
            "activitiesIncluded": { "bsonType": "string", "maxLength": 1000 },
            "totalPrice": { "bsonType": ["int", "double"], "minimum": 0, "maximum": 1_000_000 },
            "currency": { "enum": ["GBP", "EUR", "USD"] },
            "version": { "bsonType": "int", "minimum": 1 },
            "status": { "enum": ["draft", "sent", "updated"] },
            "createdBy": { "bsonType": "objectId" },
            "emailDeliveryStatus": { "enum": ["pending", "delivered", "failed"] },
            "internalNotes": { "bsonType": "string", "maxLength": 1000 },
            "priceHistory": {
                "bsonType": "array",
                "items": { "bsonType": "object", "properties": { "reason": reason } },
            },
        },
    } })
}
