//! Managing events.

use anyhow::{Context as _, Result};
use bson::{Document, doc, oid::ObjectId};
use causeway_core::maintenance::Maintenance;
use serde_json::{Value, json};

use super::{app, audited, delete, named, post, put, wrong};
use crate::app::TestApp;

const PATH: &str = "/api/admin/events";

#[tokio::test]
async fn an_event_is_made_changed_and_removed_and_each_is_written_down() -> Result<()> {
    let app = app().await?;
    let stag = named(&app, "categories", "Stag").await?.get_object_id("_id")?;
    let body = json!({
        "name": "Boat party", "description": "With a DJ", "categories": [stag.to_hex()],
        "destinations": ["Split"], "pricing": { "estimatedCost": 49.5 }, "minimumPeople": 8,
    });
    let made = post(&app, PATH, body).await?;
    assert_eq!(made.status, 201, "{}", made.body);
    let data = &made.body["data"];
    assert_eq!(data["pricing"], json!({ "estimatedCost": 49.5, "currency": "GBP" }));
    assert_eq!((&data["isActive"], &data["marks"]), (&json!(true), &json!([])));
    let id = data["_id"].as_str().unwrap().to_owned();
    let at = format!("{PATH}/{id}");

    let body =
        json!({ "pricing": { "estimatedCost": 60, "currency": "eur" }, "description": null });
    let changed = put(&app, &at, body).await?;
    let data = &changed.body["data"];
    assert_eq!(data["pricing"], json!({ "estimatedCost": 60, "currency": "EUR" }));
    assert_eq!((&data["description"], &data["minimumPeople"]), (&Value::Null, &json!(8)));
    assert_ne!(data["metadata"]["updatedAt"], made.body["data"]["metadata"]["updatedAt"]);
    assert_eq!(data["metadata"]["createdAt"], made.body["data"]["metadata"]["createdAt"]);
    let stored = named(&app, "events", "Boat party").await?;
    assert_eq!(stored.get_document("pricing")?.get("estimatedCost"), Some(&60.into()));

    assert_eq!(delete(&app, &at).await?.status, 200);
    assert_eq!(app.get(&at).await?.body["error"]["code"], "EVENT_NOT_FOUND");
    let id = ObjectId::parse_str(&id)?;
    for (action, details) in [
        ("event.create", doc! { "details.price": 49.5 }),
        ("event.update", doc! { "details.priceBefore": 49.5 }),
        ("event.delete", doc! {}),
    ] {
        let mut entry = doc! { "action": action, "eventId": id };
        entry.extend(details);
        assert_eq!(audited(&app, entry).await?, 1, "{action}");
    }
    Ok(())
}

#[tokio::test]
async fn two_people_at_once_lose_nothing() -> Result<()> {
    let app = app().await?;
    let (at, _) = first(&app).await?;
    let seen = app.get(&at).await?.body["data"]["revision"].clone();
    let one = put(&app, &at, json!({ "minimumPeople": 3, "revision": seen })).await?;
    assert_eq!(one.status, 200);
    let other = put(&app, &at, json!({ "minimumPeople": 4, "revision": seen })).await?;
    assert_eq!((other.status, &other.body["error"]["code"]), (409, &json!("VERSION_CONFLICT")));
    assert_eq!(app.get(&at).await?.body["data"]["minimumPeople"], 3);
    Ok(())
}

#[tokio::test]
async fn an_event_in_use_is_not_removed_and_says_how_often() -> Result<()> {
    let app = app().await?;
    let (at, id) = first(&app).await?;
    let quotes = app.database.database().collection::<Document>("quotes");
    let with = |id: bson::Bson| doc! { "$set": { "selectedEvents": [{ "eventId": id }] } };
    quotes.update_many(doc! {}, with(ObjectId::new().into())).await?;
    quotes.update_one(doc! {}, with(id.into())).await?;
    quotes
        .update_one(doc! { "selectedEvents.eventId": { "$ne": id } }, with(id.to_hex().into()))
        .await?;
    let refused = delete(&app, &at).await?;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (409, &json!("EVENT_IN_USE")));
    let message = refused.body["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("2 quotes have this event"), "{message}");
    assert_eq!(put(&app, &at, json!({ "isActive": false })).await?.body["data"]["isActive"], false);
    Ok(())
}

#[tokio::test]
async fn what_nobody_knows_stays_and_ugly_events_can_be_mended() -> Result<()> {
    let app = app().await?;
    let events = app.database.database().collection::<Document>("events");
    let id = ObjectId::new();
    let ugly = doc! {
        "_id": id, "pricing": { "estimatedCost": "dear", "currency": "GBP", "season": "high" },
        "metadata": "lost", "theirs": { "kept": true }, "displayOrder": 3.0,
    };
    events.insert_one(ugly).await?;
    let read = app.get(&format!("{PATH}/{id}")).await?;
    let marks = read.body["data"]["marks"].as_array().unwrap();
    let marks: Vec<&str> = marks.iter().map(|mark| mark["field"].as_str().unwrap()).collect();
    assert_eq!(marks, ["name", "pricing.estimatedCost", "metadata"]);
    let body = json!({ "name": "Mended", "pricing": { "estimatedCost": 10 } });
    let mended = put(&app, &format!("{PATH}/{id}"), body).await?;
    assert_eq!((mended.status, &mended.body["data"]["marks"]), (200, &json!([])));
    let stored = events.find_one(doc! { "_id": id }).await?.unwrap();
    let pricing = doc! { "estimatedCost": 10, "currency": "GBP", "season": "high" };
    assert_eq!(stored.get_document("pricing")?, &pricing);
    assert_eq!(stored.get_document("theirs")?, &doc! { "kept": true });
    assert_eq!(stored.get("displayOrder"), Some(&3.0.into()));
    Ok(())
}

#[tokio::test]
async fn the_list_is_filtered_searched_and_paged() -> Result<()> {
    let app = app().await?;
    let all = app.get(&format!("{PATH}?limit=200")).await?;
    let rows = all.body["data"].as_array().unwrap();
    assert_eq!(all.body["page"]["total"], rows.len());
    let mut paged = Vec::new();
    while paged.len() < rows.len() {
        let path = format!("{PATH}?limit=40&offset={}", paged.len());
        let part = app.get(&path).await?;
        paged.extend(part.body["data"].as_array().unwrap().iter().cloned());
    }
    assert_eq!(&paged, rows);
    let inactive = app.get(&format!("{PATH}?state=inactive&limit=200")).await?;
    let inactive = inactive.body["data"].as_array().unwrap();
    assert!(!inactive.is_empty() && inactive.iter().all(|event| event["isActive"] == false));
    let found = app.get(&format!("{PATH}?search=KARTING&limit=200")).await?;
    let found = found.body["data"].as_array().unwrap();
    let named = |event: &Value| event["name"].as_str().unwrap().contains("arting");
    assert!(!found.is_empty() && found.iter().all(named));
    for query in ["limit=0", "limit=201", "offset=-1", "state=odd", "offset=1000000"] {
        let refused = app.get(&format!("{PATH}?{query}")).await?;
        let field = query.split('=').next().unwrap();
        assert_eq!((refused.status, wrong(&refused)[0].0.as_str()), (422, field), "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn every_field_that_is_wrong_is_named() -> Result<()> {
    let app = app().await?;
    let body = json!({
        "name": "n".repeat(101), "description": "d".repeat(501), "destinations": ["", "Split"],
        "categories": ["65a1f0c2e4b0a1b2c3d4e5f6", "nonsense"], "minimumPeople": 0, "isActive": null,
        "pricing": { "estimatedCost": 1.005, "currency": "GBP" }, "availableInAllDestinations": 1,
    });
    let refused = post(&app, PATH, body).await?;
    assert_eq!(refused.status, 422);
    let expected = [
        ("isActive", "required"),
        ("name", "too_long"),
        ("description", "too_long"),
        ("categories.1", "unknown_category"),
        ("destinations.0", "required"),
        ("availableInAllDestinations", "not_a_flag"),
        ("minimumPeople", "out_of_range"),
        ("pricing.estimatedCost", "too_many_decimals"),
    ];
    let expected = expected.map(|(field, code)| (field.to_owned(), code.to_owned()));
    assert_eq!(wrong(&refused), expected);
    for (pricing, code) in [
        (json!({ "estimatedCost": -1 }), "out_of_range"),
        (json!({ "estimatedCost": 1e300 }), "out_of_range"),
        (json!({ "estimatedCost": 1.5, "currency": "JPY" }), "too_many_decimals"),
        (json!({ "estimatedCost": "5" }), "not_a_number"),
        (json!({ "estimatedCost": 5, "currency": "XXZ" }), "not_a_currency"),
        (json!({}), "required"),
        (json!(5), "not_an_object"),
    ] {
        let refused = post(&app, PATH, json!({ "name": "Priced", "pricing": pricing })).await?;
        assert_eq!((refused.status, wrong(&refused)[0].1.as_str()), (422, code), "{pricing}");
    }
    let unknown = json!({ "name": "New", "categories": ["65a1f0c2e4b0a1b2c3d4e5f6"] });
    let unknown = post(&app, PATH, unknown).await?;
    assert_eq!(wrong(&unknown), [("categories.0".to_owned(), "unknown_category".to_owned())]);
    let (_, id) = first(&app).await?;
    let events = app.database.database().collection::<Document>("events");
    let name = events.find_one(doc! { "_id": id }).await?.unwrap();
    let name = name.get_str("name")?.to_uppercase();
    assert_eq!(
        post(&app, PATH, json!({ "name": name })).await?.body["error"]["code"],
        "NAME_TAKEN"
    );
    Ok(())
}

#[tokio::test]
async fn in_maintenance_the_catalogue_is_written_unless_it_is_in_the_scope() -> Result<()> {
    let app = app().await?;
    let (at, id) = first(&app).await?;
    let scope = |names: &[&str]| Maintenance {
        on: true,
        scope: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Maintenance::default()
    };
    app.maintenance.send_replace(scope(&["quotes"]));
    assert_eq!(put(&app, &at, json!({ "minimumPeople": 3 })).await?.status, 200);
    app.maintenance.send_replace(scope(&["events"]));
    let refused = put(&app, &at, json!({ "minimumPeople": 4 })).await?;
    assert_eq!(refused.refusal(), (503, "MAINTENANCE"));
    // A fence that the server has not heard of yet.
    app.maintenance.send_replace(Maintenance::default());
    let fence = doc! { "collMod": "events", "validator": { "$expr": false } };
    app.database.database().run_command(fence).await?;
    let refused = put(&app, &at, json!({ "minimumPeople": 5 })).await?;
    assert_eq!(refused.refusal(), (503, "MAINTENANCE"), "{}", refused.body);
    let events = app.database.database().collection::<Document>("events");
    let stored = events.find_one(doc! { "_id": id }).await?.context("no event")?;
    assert_eq!(stored.get("minimumPeople"), Some(&3.into()));
    assert_eq!(audited(&app, doc! { "action": "event.update", "eventId": id }).await?, 1);
    Ok(())
}

/// Path and id of the first event.
async fn first(app: &TestApp) -> Result<(String, ObjectId)> {
    let listed = app.get(&format!("{PATH}?limit=1")).await?;
    let id = listed.body["data"][0]["_id"].as_str().context("no event")?;
    Ok((format!("{PATH}/{id}"), ObjectId::parse_str(id)?))
}
