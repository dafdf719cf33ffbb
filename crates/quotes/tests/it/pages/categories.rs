//! The pages of categories.

use anyhow::{Context as _, Result};
use bson::{Document, doc, oid::ObjectId};
use mongodb::Collection;

use super::{HOSTILE, desk, open, send};
use crate::app::TestApp;

fn categories(app: &TestApp) -> Collection<Document> {
    app.database.database().collection("categories")
}

async fn put(app: &TestApp, category: Document) -> Result<ObjectId> {
    categories(app).insert_one(category).await?.inserted_id.as_object_id().context("an id")
}

#[tokio::test]
async fn categories_are_listed_with_their_events() -> Result<()> {
    let app = desk().await?;
    assert!(open(&app, "/events/categories").await?.text.contains("There are no categories yet."));
    let id = put(&app, doc! { "name": HOSTILE, "slug": "x", "isActive": false }).await?;
    let event = doc! { "name": "Karting", "categories": [id] };
    app.database.database().collection("events").insert_one(event).await?;
    let shown = open(&app, "/events/categories").await?;
    for part in ["&#60;script&#62;", "<span class=\"mark calm\">hidden</span>", ">1</td>"] {
        assert!(shown.text.contains(part), "{part}: {}", shown.text);
    }
    Ok(())
}

#[tokio::test]
async fn a_category_is_made_changed_and_deleted() -> Result<()> {
    let app = desk().await?;
    let refused = send(
        &app,
        "/events/categories/new",
        &[("name", "x"), ("color", "blue"), ("displayOrder", "7")],
    )
    .await?;
    assert_eq!(refused.status, 422);
    for part in ["Name has at least 2 characters.", "id=\"color-error\"", "value=\"blue\""] {
        assert!(refused.text.contains(part), "{part}: {}", refused.text);
    }
    let typed = [("name", "Water sports"), ("isActive", "true"), ("displayOrder", "")];
    let made = send(&app, "/events/categories/new", &typed).await?;
    assert_eq!((made.status, made.to()), (303, "/events/categories?done=made"));
    assert_eq!(send(&app, "/events/categories/new", &typed).await?.status, 409);
    let there = categories(&app).find_one(doc! { "slug": "water-sports" }).await?;
    let id = there.context("the category")?.get_object_id("_id")?;
    let path = format!("/events/categories/{id}");
    let seen = open(&app, &path).await?;
    let hidden = [("revision", seen.revision()?), ("name", "Water sports")];
    assert_eq!(send(&app, &path, &hidden).await?.status, 303);
    let there = categories(&app).find_one(doc! { "_id": id }).await?.context("the category")?;
    assert!(!there.get_bool("isActive")?);
    let late = [("revision", seen.revision()?), ("name", "Wet sports")];
    let overtaken = send(&app, &path, &late).await?;
    assert_eq!(overtaken.status, 409);
    assert!(overtaken.text.contains("it is called “Water sports” now, and is hidden"));
    assert!(overtaken.text.contains("value=\"Wet sports\""));
    let gone = send(&app, &format!("{path}/delete"), &[("of", "")]).await?;
    assert_eq!((gone.status, gone.to()), (303, "/events/categories?done=deleted"));
    assert_eq!(open(&app, &path).await?.status, 404);
    Ok(())
}

#[tokio::test]
async fn what_is_used_or_belongs_to_the_system_is_not_deleted() -> Result<()> {
    let app = desk().await?;
    let system = put(&app, doc! { "name": "day", "slug": "day", "isSystem": true }).await?;
    let used = put(&app, doc! { "name": "stag", "slug": "stag" }).await?;
    let event = doc! { "name": "Karting", "categories": [used] };
    app.database.database().collection("events").insert_one(event).await?;
    for (id, words) in [(system, "belongs to the system"), (used, "events are in this category")] {
        let path = format!("/events/categories/{id}");
        assert!(!open(&app, &path).await?.text.contains("Delete it for good"));
        let refused = send(&app, &format!("{path}/delete"), &[("of", "")]).await?;
        assert_eq!(refused.status, 409);
        assert!(refused.text.contains(words), "{}", refused.text);
    }
    Ok(())
}
