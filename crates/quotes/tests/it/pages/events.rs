//! The catalogue's pages.

use anyhow::{Context as _, Result};
use bson::{Document, doc, oid::ObjectId};
use causeway_core::maintenance::Maintenance;

use super::{HOSTILE, desk, open, send};
use crate::app::TestApp;

async fn put(app: &TestApp, event: Document) -> Result<ObjectId> {
    let events = app.database.database().collection::<Document>("events");
    let id = events.insert_one(event).await?.inserted_id;
    id.as_object_id().context("an id")
}

async fn stored(app: &TestApp, id: ObjectId) -> Result<Document> {
    let events = app.database.database().collection::<Document>("events");
    events.find_one(doc! { "_id": id }).await?.context("the event")
}

fn karting() -> Document {
    doc! { "name": "Karting", "destinations": ["Prague"], "isActive": true,
    "pricing": { "estimatedCost": 42.5, "currency": "GBP" }, "minimumPeople": 14,
    "theirs": "another program's" }
}

/// What the form of an event sends, with some of it otherwise.
fn form<'a>(other: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let usual = [
        ("name", "Karting"),
        ("description", ""),
        ("pricing.estimatedCost", "42.50"),
        ("pricing.currency", "GBP"),
        ("minimumPeople", "14"),
        ("displayOrder", "0"),
        ("availableInAllDestinations", "false"),
        ("destinations", "Prague"),
        ("isActive", "true"),
    ];
    let kept = usual.into_iter().filter(|(name, _)| !other.iter().any(|(it, _)| it == name));
    kept.chain(other.iter().copied()).collect()
}

#[tokio::test]
async fn an_empty_catalogue_says_so() -> Result<()> {
    let app = desk().await?;
    let shown = open(&app, "/events").await?;
    assert_eq!(shown.status, 200);
    assert!(shown.text.contains("There are no events yet."), "{}", shown.text);
    Ok(())
}

#[tokio::test]
async fn the_list_shows_each_state_and_is_narrowed_down() -> Result<()> {
    let app = desk().await?;
    let category = ObjectId::new();
    let named = doc! { "_id": category, "name": "stag", "slug": "stag" };
    app.database.database().collection("categories").insert_one(named).await?;
    put(&app, karting()).await?;
    put(&app, doc! { "name": "Spa", "isActive": false, "categories": [category] }).await?;
    let gone = doc! { "name": "Bungee", "deletedAt": bson::DateTime::now(), "minimumPeople": "x" };
    put(&app, gone).await?;
    put(&app, doc! { "name": HOSTILE, "availableInAllDestinations": true }).await?;
    let all = open(&app, "/events").await?;
    for part in [
        "4 events, 2 of them not offered, 3 with a price on request",
        "£42.50",
        "<span class=\"mark calm\">no longer offered</span>",
        "<span class=\"mark danger\">deleted</span>",
        "1 unreadable",
        "&#60;script&#62;",
        "1 to 4 of 4",
    ] {
        assert!(all.text.contains(part), "{part}: {}", all.text);
    }
    let rows = |text: &str| text.matches("<th scope=\"row\">").count();
    for (query, count) in [
        ("destination=prague", 2),
        ("active=false", 2),
        ("search=KART", 1),
        (&format!("category={category}"), 1),
        ("category=nonsense", 0),
        ("offset=3", 1),
        ("offset=nonsense", 4),
    ] {
        let shown = open(&app, &format!("/events?{query}")).await?;
        assert_eq!((shown.status, rows(&shown.text)), (200, count), "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn an_event_is_made_and_what_was_typed_is_kept_when_it_is_not() -> Result<()> {
    let app = desk().await?;
    let wrong = [
        ("name", ""),
        ("description", HOSTILE),
        ("pricing.estimatedCost", "42.505"),
        ("minimumPeople", "a dozen"),
        ("destinations", "Prague, Brno"),
    ];
    let refused = send(&app, "/events/new", &form(&wrong)).await?;
    assert_eq!(refused.status, 422);
    for part in [
        "id=\"name-error\">Name is empty.",
        "value=\"42.505\"",
        "value=\"a dozen\"",
        "Prague, Brno</textarea>",
        "&#60;script&#62;alert(1)",
        "id=\"pricing.estimatedCost-error\"",
        "id=\"minimumPeople-error\"",
    ] {
        assert!(refused.text.contains(part), "{part}: {}", refused.text);
    }
    let right = [("destinations", "Prague, Brno"), ("pricing.estimatedCost", "£1,042.50")];
    let made = send(&app, "/events/new", &form(&right)).await?;
    assert_eq!(made.status, 303, "{}", made.text);
    let shown = open(&app, made.to()).await?;
    assert!(shown.text.contains("It is in the catalogue."));
    assert!(shown.text.contains("data-draft-done=\"/events/new\""));
    let id = ObjectId::parse_str(made.to()["/events/".len()..].split('?').next().unwrap_or(""))?;
    let event = stored(&app, id).await?;
    assert_eq!(event.get_document("pricing")?.get_f64("estimatedCost")?, 1042.5);
    assert_eq!(event.get_array("destinations")?.len(), 2);
    let again = send(&app, "/events/new", &form(&right)).await?;
    assert_eq!(again.status, 409);
    assert!(again.text.contains("id=\"name-error\""), "{}", again.text);
    Ok(())
}

#[tokio::test]
async fn a_change_writes_what_was_changed_and_nothing_else() -> Result<()> {
    let app = desk().await?;
    let odd = doc! { "name": "Karting", "minimumPeople": "many", "theirs": 1, "isActive": true,
    "destinations": ["Palma, Mallorca"] };
    let id = put(&app, odd).await?;
    let path = format!("/events/{id}");
    let shown = open(&app, &path).await?;
    assert!(shown.text.contains("<code>minimumPeople</code> holds"), "{}", shown.text);
    let change = [
        ("revision", shown.revision()?),
        ("name", "Kart racing"),
        ("pricing.estimatedCost", ""),
        ("minimumPeople", ""),
        ("destinations", "Palma, Mallorca"),
    ];
    let saved = send(&app, &path, &form(&change)).await?;
    assert_eq!((saved.status, saved.to()), (303, format!("{path}?done=saved").as_str()));
    let event = stored(&app, id).await?;
    assert_eq!((event.get_str("name")?, event.get_str("minimumPeople")?), ("Kart racing", "many"));
    assert_eq!(event.get_array("destinations")?, &vec!["Palma, Mallorca".into()]);
    assert!(event.get("pricing").is_none() && event.get_i32("theirs")? == 1);
    Ok(())
}

#[tokio::test]
async fn who_was_overtaken_sees_what_is_there_now_beside_what_they_typed() -> Result<()> {
    let app = desk().await?;
    let id = put(&app, karting()).await?;
    let path = format!("/events/{id}");
    let seen = open(&app, &path).await?;
    let faster = [("revision", seen.revision()?), ("pricing.estimatedCost", "50")];
    assert_eq!(send(&app, &path, &form(&faster)).await?.status, 303);
    let slower = [("revision", seen.revision()?), ("name", "Kart racing")];
    let refused = send(&app, &path, &form(&slower)).await?;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("Somebody else changed this meanwhile"), "{}", refused.text);
    let table = refused.between("<tbody>", "</tbody>")?;
    assert!(table.contains(">50.00<") && table.contains(">42.50<"), "{table}");
    assert!(table.contains(">Karting<") && table.contains(">Kart racing<"), "{table}");
    assert!(refused.text.contains("value=\"Kart racing\""));
    let again = [("revision", refused.revision()?), ("name", "Kart racing")];
    assert_eq!(send(&app, &path, &form(&again)).await?.status, 303);
    assert_eq!(stored(&app, id).await?.get_str("name")?, "Kart racing");
    Ok(())
}

#[tokio::test]
async fn an_event_is_taken_off_and_offered_again_by_one_button() -> Result<()> {
    let app = desk().await?;
    let id = put(&app, karting()).await?;
    let off = send(&app, &format!("/events/{id}/deactivate"), &[("of", "")]).await?;
    assert_eq!(off.status, 303);
    let shown = open(&app, off.to()).await?;
    assert!(shown.text.contains("It is no longer offered"), "{}", shown.text);
    assert!(shown.text.contains(&format!("/events/{id}/activate")));
    assert!(!stored(&app, id).await?.get_bool("isActive")?);
    let on = send(&app, &format!("/events/{id}/activate"), &[("of", "")]).await?;
    assert_eq!(on.status, 303);
    let event = stored(&app, id).await?;
    assert!(event.get_bool("isActive")?);
    assert_eq!(event.get_str("theirs")?, "another program's");
    Ok(())
}

#[tokio::test]
async fn what_is_on_quotes_stays_and_what_is_on_none_is_deleted() -> Result<()> {
    let app = desk().await?;
    let id = put(&app, karting()).await?;
    let quotes = app.database.database().collection::<Document>("quotes");
    quotes.insert_one(doc! { "selectedEvents": [{ "eventId": id }] }).await?;
    let shown = open(&app, &format!("/events/{id}")).await?;
    assert!(shown.text.contains("on 1 quote") && !shown.text.contains("Delete it for good"));
    let kept = send(&app, &format!("/events/{id}/delete"), &[("of", "")]).await?;
    assert_eq!(kept.status, 409);
    assert!(kept.text.contains("1 quote has this event; deactivate it instead."), "{}", kept.text);
    quotes.delete_many(doc! {}).await?;
    let gone = send(&app, &format!("/events/{id}/delete"), &[("of", "")]).await?;
    assert_eq!((gone.status, gone.to()), (303, "/events?done=deleted"));
    assert_eq!(open(&app, &format!("/events/{id}")).await?.status, 404);
    assert_eq!(open(&app, "/events/nonsense").await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn in_maintenance_the_form_is_shown_again_with_what_was_typed() -> Result<()> {
    let app = desk().await?;
    let id = put(&app, karting()).await?;
    let on = Maintenance { on: true, scope: vec!["events".to_owned()], ..Maintenance::default() };
    app.maintenance.send_replace(on);
    let refused = send(&app, &format!("/events/{id}"), &form(&[("name", "Kart racing")])).await?;
    assert_eq!(refused.status, 503);
    assert!(refused.headers.contains_key("retry-after"));
    assert!(refused.text.contains("value=\"Kart racing\""), "{}", refused.text);
    assert_eq!(stored(&app, id).await?.get_str("name")?, "Karting");
    Ok(())
}
