//! Filters find what the server finds by looking at every quote.

use anyhow::{Context as _, Result};
use bson::{DateTime, Document, doc, oid::ObjectId};
use quotes::access::{Principal, Role};
use testbed::data;

use super::{all, count, edit, generated, listed};
use crate::app::{TestApp, person};

#[tokio::test]
async fn each_filter_finds_what_is_there() -> Result<()> {
    let app = generated().await?;
    let quotes = app.database.database().collection::<Document>("quotes");
    let with_event = quotes.find_one(doc! { "selectedEvents.0.eventId": { "$type": 7 } }).await?;
    let with_event = with_event.context("some quotes have events")?;
    let entries = with_event.get_array("selectedEvents")?;
    let event = entries[0].as_document().context("an entry")?.get_object_id("eventId")?;
    let author = with_event.get_object_id("createdBy")?;
    let (from, to) = ("2023-03-01T00:00:00Z", "2023-05-31T23:59:59.999Z");
    let dates = doc! {
        "$gte": DateTime::parse_rfc3339_str(from)?,
        "$lte": DateTime::parse_rfc3339_str(to)?,
    };
    let during = "arrivalFrom=2023-03-01&arrivalTo=2023-05-31";
    for (query, expected) in [
        ("status=draft".to_owned(), doc! { "status": "draft" }),
        ("status=draft,booked".to_owned(), doc! { "status": { "$in": ["draft", "booked"] } }),
        ("destination=Prague".to_owned(), doc! { "destination": "Prague" }),
        ("destination=PRAGUE&sort=total".to_owned(), doc! { "destination": "Prague" }),
        ("destination=krakow".to_owned(), doc! { "destination": "Kraków" }),
        ("destination=krakow&sort=arrival".to_owned(), doc! { "destination": "Kraków" }),
        (format!("event={event}"), doc! { "selectedEvents.eventId": event }),
        (format!("event={event}&order=asc"), doc! { "selectedEvents.eventId": event }),
        (format!("createdBy={author}"), doc! { "createdBy": author }),
        (during.to_owned(), doc! { "arrivalDate": &dates }),
        (format!("{during}&sort=updated"), doc! { "arrivalDate": &dates }),
        (
            format!("{during}&status=sent&createdBy={author}&sort=created"),
            doc! { "arrivalDate": &dates, "status": "sent", "createdBy": author },
        ),
        ("destination=Nowhere".to_owned(), doc! { "destination": "Nowhere" }),
    ] {
        let found = all(&app, &format!("limit=100&{query}")).await?;
        assert_eq!(found.len(), count(&app, expected).await?, "{query}");
        assert_eq!(found.is_empty(), query.ends_with("Nowhere"), "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn destinations_are_found_however_they_are_spelled() -> Result<()> {
    let app = TestApp::seeded(
        &data::Options { quotes: 10, ..data::Options::default() },
        person(Role::Admin),
    )
    .await?;
    let quotes = app.database.database().collection::<Document>("quotes");
    quotes.delete_many(doc! {}).await?;
    for spelled in ["Málaga", "malaga", "MALAGA", "Ma\u{301}laga", "Malagasy", "St. Tropez (F)"] {
        let at = DateTime::now();
        quotes.insert_one(doc! { "destination": spelled, "updatedAt": at }).await?;
    }
    for sort in ["updated", "created"] {
        let found = |name: &str| format!("destination={name}&sort={sort}");
        assert_eq!(all(&app, &found("màlagA")).await?.len(), 4, "{sort}");
        assert_eq!(all(&app, &found("st. tropez (f)")).await?.len(), 1, "{sort}");
        assert_eq!(all(&app, &found("st.%2Btropez .*")).await?.len(), 0, "{sort}");
    }
    Ok(())
}

#[tokio::test]
async fn what_was_deleted_is_listed_apart() -> Result<()> {
    let app = generated().await?;
    edit(&app, doc! { "status": "draft" }, doc! { "deletedAt": DateTime::now() }).await?;
    let deleted = count(&app, doc! { "status": "draft" }).await?;
    assert!(deleted > 100);
    for sort in ["updated", "total"] {
        let only = all(&app, &format!("deleted=only&limit=100&sort={sort}")).await?;
        assert_eq!(only.len(), deleted);
        let others = all(&app, &format!("limit=100&sort={sort}")).await?;
        assert_eq!(others.len() + deleted, usize::try_from(super::QUOTES)?);
    }
    Ok(())
}

#[tokio::test]
async fn agents_see_their_own_and_a_run_what_it_made() -> Result<()> {
    let options = data::Options { quotes: 300, ..data::Options::default() };
    let principal = person(Role::Agent);
    let agent = principal.user_id();
    let app = TestApp::seeded(&options, principal).await?;
    assert_eq!(all(&app, "").await?.len(), 0);
    edit(&app, doc! { "status": "draft" }, doc! { "createdBy": agent }).await?;
    let own = count(&app, doc! { "createdBy": agent }).await?;
    assert_eq!(all(&app, "limit=100").await?.len(), own);
    assert_eq!(all(&app, "limit=100&status=sent").await?.len(), 0);
    let found = all(&app, "limit=100&search=weekend").await?.len();
    assert!(found > 0 && found <= own, "{found} of {own}");
    let others = app.get(&format!("/api/admin/quotes?createdBy={}", ObjectId::new())).await?;
    assert_eq!((others.status, &others.body["error"]["code"]), (403, &"FORBIDDEN".into()));

    let run = TestApp::seeded(&options, Principal::Run("2026-05-31-2200-abc".to_owned())).await?;
    assert_eq!(all(&run, "").await?.len(), 0);
    let made = doc! { "madeBy": { "causewayRun": "2026-05-31-2200-abc" } };
    edit(&run, doc! { "status": "sent" }, made).await?;
    let sent = count(&run, doc! { "status": "sent" }).await?;
    assert_eq!(all(&run, "limit=100").await?.len(), sent);
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_a_question_is_named() -> Result<()> {
    let app = TestApp::start().await?;
    let refused = app.get("/api/admin/quotes?limit=101&sort=name&event=x").await?;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (422, &"VALIDATION_ERROR".into()));
    assert_eq!(refused.body["error"]["details"].as_array().map(Vec::len), Some(3));
    let odd = listed(&app, "page=2").await?;
    assert_eq!(odd["warnings"][0]["code"], "unknown_parameter");
    Ok(())
}
