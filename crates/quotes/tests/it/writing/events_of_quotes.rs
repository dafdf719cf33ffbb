//! Events of a quote, one by one.

use anyhow::Result;
use bson::{Bson, doc, oid::ObjectId};
use futures_util::future::try_join_all;
use serde_json::json;

use super::desk::Desk;

#[tokio::test]
async fn twenty_at_once_are_all_added_and_add_up() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, _) = desk.made(&json!({})).await?;
    let at = format!("{path}/events");
    let adds =
        desk.events.iter().take(20).map(|event| {
            desk.post(&at, json!({ "eventId": event.to_hex(), "pricePerPerson": true }))
        });
    for added in try_join_all(adds).await? {
        assert_eq!(added.status, 200, "{}", added.body);
    }
    let stored = desk.stored(&path).await?;
    let entries = stored.get_array("selectedEvents")?;
    assert_eq!(entries.len(), 20);
    let number = |value: Option<&Bson>| match value {
        Some(Bson::Int32(number)) => f64::from(*number),
        Some(Bson::Double(number)) => *number,
        other => panic!("{other:?} is no number"),
    };
    let events: f64 =
        entries.iter().map(|it| 10.0 * number(it.as_document().unwrap().get("eventPrice"))).sum();
    assert_eq!(number(stored.get("totalPrice")), 970.0 + events);
    let added = stored.get_array("priceHistory")?.iter().filter_map(Bson::as_document);
    assert_eq!(added.filter(|it| it.get_str("reason").ok() == Some("event_added")).count(), 20);
    assert_eq!(desk.log_of(&path).await?.len(), 21);
    let more = desk.post(&at, json!({ "eventId": desk.events[20].to_hex() })).await?;
    assert_eq!((more.status, &more.body["error"]["code"]), (422, &"INVALID_EVENTS".into()));
    Ok(())
}

#[tokio::test]
async fn an_event_is_added_altered_and_removed_without_a_trace_in_the_price() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, made) = desk.made(&json!({})).await?;
    let (events, event) = (format!("{path}/events"), desk.events[0].to_hex());
    let one = format!("{events}/{event}");
    let added = desk.post(&events, json!({ "eventId": event })).await?;
    let unit = added.body["data"]["selectedEvents"][0]["eventPrice"].as_f64().unwrap();
    assert_eq!(added.body["data"]["eventsTotal"].as_f64(), Some(unit));
    let listed = desk.app.get(&events).await?;
    assert_eq!((listed.status, &listed.body["data"][0]["eventId"]), (200, &event.as_str().into()));
    assert_eq!(desk.post(&events, json!({ "eventId": event })).await?.status, 422);
    let altered = desk.put(&one, json!({ "pricePerPerson": true })).await?;
    assert_eq!(altered.body["data"]["eventsTotal"].as_f64(), Some(unit * 10.0), "{}", altered.body);

    // The catalogue's price moves no quote, until somebody wants it.
    let dearer = doc! { "$set": { "pricing.estimatedCost": unit + 1.0 } };
    desk.collection("events").update_one(doc! { "_id": desk.events[0] }, dearer).await?;
    let kept = desk.put(&path, json!({ "title": "x" })).await?;
    assert_eq!(kept.body["data"]["eventsTotal"].as_f64(), Some(unit * 10.0));
    assert!(kept.body["warnings"].as_array().unwrap().iter().any(|it| it["code"] == "price_moved"));
    let current = desk.put(&one, json!({ "useCurrentPrice": true })).await?;
    assert_eq!(current.body["data"]["eventsTotal"].as_f64(), Some((unit + 1.0) * 10.0));

    let removed = desk.delete(&one).await?;
    assert_eq!(removed.body["data"]["totalPrice"], made["totalPrice"]);
    let log = desk.log_of(&path).await?;
    let details = log.last().unwrap().get_document("details")?;
    let event = details.get_array("events")?[0].as_document().unwrap();
    assert_eq!(event.get_str("action")?, "event_removed");
    assert_eq!(event.get_object_id("eventId")?, desk.events[0]);
    Ok(())
}

#[tokio::test]
async fn what_is_not_on_the_quote_is_not_found_there() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, _) = desk.made(&json!({})).await?;
    for event in [desk.events[0].to_hex(), ObjectId::new().to_hex(), "karting".to_owned()] {
        let at = format!("{path}/events/{event}");
        let altered = desk.put(&at, json!({ "pricePerPerson": true })).await?;
        let removed = desk.delete(&at).await?;
        for answer in [altered, removed] {
            let code = &answer.body["error"]["code"];
            assert_eq!((answer.status, code), (404, &"EVENT_NOT_ON_QUOTE".into()), "{event}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_event_without_a_price_takes_a_typed_one_with_its_reason() -> Result<()> {
    let desk = Desk::new().await?;
    let unpriced = doc! { "isActive": true, "pricing": { "$exists": false } };
    let event = desk.collection("events").find_one(unpriced).await?.unwrap();
    let event = event.get_object_id("_id")?.to_hex();
    let (path, _) = desk.made(&json!({})).await?;
    let events = format!("{path}/events");
    let bare = desk.post(&events, json!({ "eventId": event, "price": 20 })).await?;
    assert_eq!(bare.status, 422, "{}", bare.body);
    let typed = json!({ "eventId": event, "price": 20, "priceReason": "Phoned the club" });
    let added = desk.post(&events, typed).await?;
    assert_eq!(added.body["data"]["totalPrice"], 990, "{}", added.body);
    assert_eq!(added.body["data"]["selectedEvents"][0]["priceReason"], "Phoned the club");
    Ok(())
}
