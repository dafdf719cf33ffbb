//! Making quotes.

use anyhow::{Context as _, Result};
use bson::{Bson, Document, doc, oid::ObjectId};
use reqwest::Method;
use serde_json::{Value, json};

use super::desk::{Desk, QUOTES};
use crate::app::answered;

/// The fields of the application before this one, with the types that it gives them.
const OLD_FIELDS: &[(&str, &str)] = &[
    ("_id", "objectId"),
    ("enquiryId", "objectId"),
    ("leadName", "string"),
    ("hotelName", "string"),
    ("numberOfPeople", "int"),
    ("numberOfRooms", "int"),
    ("numberOfNights", "int"),
    ("arrivalDate", "date"),
    ("isSuperPackage", "bool"),
    ("transferIncluded", "bool"),
    ("whatsIncluded", "string"),
    ("selectedEvents", "array"),
    ("totalPrice", "double"),
    ("currency", "string"),
    ("version", "int"),
    ("status", "string"),
    ("createdBy", "objectId"),
    ("emailSent", "bool"),
    ("emailDeliveryStatus", "string"),
    ("linkedPackage", "object"),
    ("priceHistory", "array"),
    ("createdAt", "date"),
    ("updatedAt", "date"),
    ("__v", "int"),
];

#[tokio::test]
async fn a_quote_with_events_is_made_whole() -> Result<()> {
    let desk = Desk::new().await?;
    let before = desk.collection("enquiries").find_one(doc! { "_id": desk.enquiry }).await?;
    let events = json!([
        { "eventId": desk.events[0].to_hex(), "pricePerPerson": true },
        { "eventId": desk.events[1].to_hex(), "eventPrice": 0.01 },
    ]);
    let (path, shown) = desk.made(&json!({ "selectedEvents": events })).await?;
    let unit =
        |event: &Document| event.get_document("pricing").unwrap().get("estimatedCost").cloned();
    let (mut sum, catalogue) = (970.0, desk.collection("events"));
    for (event, quantity) in [(desk.events[0], 10.0), (desk.events[1], 1.0)] {
        let event = catalogue.find_one(doc! { "_id": event }).await?.context("no event")?;
        sum += quantity * number(unit(&event).as_ref());
    }
    assert_eq!(shown["totalPrice"].as_f64(), Some(sum), "a price that is sent is not taken");
    assert_eq!(shown["basePrice"], 970);
    assert_eq!(shown["priceBreakdown"]["events"][0]["quantity"], 10);
    assert_eq!((&shown["status"], &shown["version"]), (&"draft".into(), &1.into()));

    let id = ObjectId::parse_str(shown["_id"].as_str().context("no id")?)?;
    for (field, kind) in OLD_FIELDS {
        // `$type` of a query looks into arrays.
        let is_so = doc! { "$expr": { "$eq": [{ "$type": format!("${field}") }, *kind] } };
        let is_it = doc! { "_id": id };
        let found = desk.quotes().count_documents(doc! { "$and": [is_it, is_so] }).await?;
        assert_eq!(found, 1, "{field} is no {kind}");
    }
    let stored = desk.stored(&path).await?;
    let history = stored.get_array("priceHistory")?;
    let last = history.last().and_then(Bson::as_document).context("no history")?;
    assert_eq!(number(last.get("price")), sum);
    assert_eq!(stored.get_object_id("createdBy")?, desk.author.user_id());

    let log = desk.log_of(&path).await?;
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].get_str("action")?, "quote.create");
    assert_eq!(log[0].get_object_id("userId")?, desk.author.user_id());
    assert_eq!(number(log[0].get_document("details")?.get("totalAfter")), sum);

    let before = before.context("no enquiry")?;
    let after = desk.collection("enquiries").find_one(doc! { "_id": desk.enquiry }).await?;
    let after = after.context("no enquiry")?;
    let mut answers = before.get_array("quotes")?.clone();
    answers.push(id.into());
    assert_eq!(after.get_array("quotes")?, &answers);
    assert_eq!(after.get_i32("quotesCount")?, i32::try_from(answers.len())?);
    assert!(after.get_bool("hasQuotes")?);
    assert_eq!(after.get_datetime("latestQuoteDate")?, stored.get_datetime("createdAt")?);
    Ok(())
}

#[tokio::test]
async fn everything_that_is_wrong_is_named_at_once() -> Result<()> {
    let desk = Desk::new().await?;
    let nothing = desk.post(QUOTES, json!({})).await?;
    assert_eq!((nothing.status, &nothing.body["error"]["code"]), (422, &"VALIDATION_ERROR".into()));
    let fields: Vec<&Value> = details(&nothing.body).map(|it| &it["field"]).collect();
    for field in ["enquiryId", "leadName", "hotelName", "numberOfPeople", "arrivalDate"] {
        assert!(fields.contains(&&field.into()), "{field} in {fields:?}");
    }
    let odd = json!({
        "numberOfPeople": 10.5, "numberOfNights": 31, "arrivalDate": "2001-01-01",
        "currency": "Taler", "leadName": "x".repeat(101), "numberOfRooms": 51,
    });
    let refused = desk.post(QUOTES, desk.draft_with(&odd)).await?;
    assert_eq!((refused.status, details(&refused.body).count()), (422, 6), "{}", refused.body);
    assert_eq!(desk.quotes().count_documents(doc! { "leadName": "Greta Example" }).await?, 0);
    Ok(())
}

#[tokio::test]
async fn events_are_refused_by_their_own_codes() -> Result<()> {
    let desk = Desk::new().await?;
    let inactive = desk.collection("events").find_one(doc! { "isActive": false }).await?;
    let inactive = inactive.context("no inactive event")?.get_object_id("_id")?;
    let twice = desk.events[0].to_hex();
    for (events, code) in [
        (json!([{ "eventId": ObjectId::new().to_hex() }]), "EVENTS_NOT_FOUND"),
        (json!([{ "eventId": inactive.to_hex() }]), "INVALID_EVENTS"),
        (json!([{ "eventId": twice }, { "eventId": twice }]), "INVALID_EVENTS"),
        (
            desk.events.iter().take(21).map(|it| json!({ "eventId": it.to_hex() })).collect(),
            "INVALID_EVENTS",
        ),
        (json!([{ "eventId": "karting" }]), "VALIDATION_ERROR"),
    ] {
        let refused =
            desk.post(QUOTES, desk.draft_with(&json!({ "selectedEvents": events }))).await?;
        assert_eq!((refused.status, &refused.body["error"]["code"]), (422, &code.into()));
    }
    Ok(())
}

#[tokio::test]
async fn an_enquiry_that_is_not_there_is_refused_and_an_odd_one_is_not() -> Result<()> {
    let desk = Desk::new().await?;
    let unknown = json!({ "enquiryId": ObjectId::new().to_hex() });
    let refused = desk.post(QUOTES, desk.draft_with(&unknown)).await?;
    assert_eq!(
        (refused.status, &details(&refused.body).next().unwrap()["code"]),
        (422, &"unknown_enquiry".into())
    );
    assert_eq!(desk.quotes().count_documents(doc! { "leadName": "Greta Example" }).await?, 0);
    let odd =
        doc! { "$set": { "quotes": "none", "quotesCount": "zero" }, "$unset": { "hasQuotes": "" } };
    desk.collection("enquiries").update_one(doc! { "_id": desk.enquiry }, odd).await?;
    desk.made(&json!({})).await?;
    let after = desk.collection("enquiries").find_one(doc! { "_id": desk.enquiry }).await?;
    assert_eq!(after.context("no enquiry")?.get_i32("quotesCount")?, 1);
    Ok(())
}

#[tokio::test]
async fn what_is_no_json_is_said_to_be_none() -> Result<()> {
    let desk = Desk::new().await?;
    let send = |kind: &'static str, body: &'static str| {
        let request = desk.app.request(Method::POST, QUOTES);
        answered(request.header("content-type", kind).body(body))
    };
    for (kind, body, status) in [
        ("application/json", "{\"leadName\":", 400),
        ("application/json", "[]", 422),
        ("text/plain", "{}", 415),
    ] {
        assert_eq!(send(kind, body).await?.status, status, "{kind} {body}");
    }
    Ok(())
}

fn details(body: &Value) -> impl Iterator<Item = &Value> {
    body["error"]["details"].as_array().into_iter().flatten()
}

fn number(value: Option<&Bson>) -> f64 {
    match value {
        Some(Bson::Int32(number)) => f64::from(*number),
        Some(Bson::Double(number)) => *number,
        other => panic!("{other:?} is no number"),
    }
}
