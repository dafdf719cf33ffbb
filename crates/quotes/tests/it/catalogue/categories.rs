//! Categories through the API.

use anyhow::Result;
use bson::doc;
use serde_json::json;

use super::{app, audited, delete, named, post, put, wrong};

const PATH: &str = "/api/admin/events/categories";

#[tokio::test]
async fn a_category_is_made_changed_and_removed_and_each_is_written_down() -> Result<()> {
    let app = app().await?;
    let made = post(&app, PATH, json!({ "name": " Café & Bar ", "icon": "☕" })).await?;
    assert_eq!((made.status, &made.body["data"]["slug"]), (201, &json!("cafe-bar")));
    assert_eq!(made.body["data"]["isSystem"], false);
    let id = made.body["data"]["_id"].as_str().unwrap().to_owned();
    let at = format!("{PATH}/{id}");
    let read = app.get(&at).await?;
    assert_eq!(read.body["data"], made.body["data"]);

    let revision = &made.body["data"]["revision"];
    let changed = put(&app, &at, json!({ "color": "#00ff00", "revision": revision })).await?;
    assert_eq!((changed.status, &changed.body["data"]["color"]), (200, &json!("#00ff00")));
    assert_eq!(changed.body["data"]["icon"], "☕");
    let late = put(&app, &at, json!({ "name": "Late", "revision": revision })).await?;
    assert_eq!((late.status, &late.body["error"]["code"]), (409, &json!("VERSION_CONFLICT")));
    let same = put(&app, &at, json!({ "color": "#00ff00", "slug": "mine" })).await?;
    assert_eq!(same.body["data"]["revision"], changed.body["data"]["revision"]);
    assert_eq!(same.body["warnings"][0]["field"], "slug");

    assert_eq!(delete(&app, &at).await?.status, 200);
    assert_eq!(delete(&app, &at).await?.body["error"]["code"], "CATEGORY_NOT_FOUND");
    for action in ["category.create", "category.update", "category.delete"] {
        let id = bson::oid::ObjectId::parse_str(&id)?;
        assert_eq!(
            audited(&app, doc! { "action": action, "categoryId": id }).await?,
            1,
            "{action}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_name_is_taken_whatever_its_case_and_accents() -> Result<()> {
    let app = app().await?;
    for name in ["WATER SPORTS", "Wäter Sports", "water-sports"] {
        let answered = post(&app, PATH, json!({ "name": name })).await?;
        assert_eq!((answered.status, &answered.body["error"]["code"]), (409, &json!("NAME_TAKEN")));
    }
    let relaxing = named(&app, "categories", "Relaxing").await?.get_object_id("_id")?;
    let renamed = put(&app, &format!("{PATH}/{relaxing}"), json!({ "name": "night" })).await?;
    assert_eq!(renamed.status, 409);
    let own = put(&app, &format!("{PATH}/{relaxing}"), json!({ "name": "RELAXING" })).await?;
    assert_eq!((own.status, &own.body["data"]["slug"]), (200, &json!("relaxing")));
    Ok(())
}

#[tokio::test]
async fn what_the_system_or_events_need_is_not_removed() -> Result<()> {
    let app = app().await?;
    let listed = app.get(PATH).await?;
    assert_eq!(listed.body["data"][0]["slug"], "day");
    for (name, code) in [("Stag", "SYSTEM_CATEGORY"), ("Water sports", "CATEGORY_IN_USE")] {
        let id = named(&app, "categories", name).await?.get_object_id("_id")?;
        let refused = delete(&app, &format!("{PATH}/{id}")).await?;
        assert_eq!((refused.status, &refused.body["error"]["code"]), (409, &json!(code)));
        let listed = listed.body["data"].as_array().unwrap();
        let row = listed.iter().find(|row| row["name"] == name).unwrap();
        assert!(row["events"].as_u64() > Some(0), "{row}");
    }
    Ok(())
}

#[tokio::test]
async fn every_field_that_is_wrong_is_named() -> Result<()> {
    let app = app().await?;
    let body =
        json!({ "name": "x", "color": "red", "isActive": "yes", "displayOrder": 1.5, "icon": 7 });
    let refused = post(&app, PATH, body).await?;
    assert_eq!((refused.status, &refused.body["error"]["code"]), (422, &json!("VALIDATION_ERROR")));
    let expected = [
        ("name", "too_short"),
        ("icon", "not_a_text"),
        ("color", "not_a_color"),
        ("isActive", "not_a_flag"),
        ("displayOrder", "not_whole"),
    ];
    let expected = expected.map(|(field, code)| (field.to_owned(), code.to_owned()));
    assert_eq!(wrong(&refused), expected);
    let nameless = post(&app, PATH, json!({})).await?;
    assert_eq!(wrong(&nameless), [("name".to_owned(), "required".to_owned())]);
    let signs = post(&app, PATH, json!({ "name": "?!" })).await?;
    assert_eq!(wrong(&signs), [("name".to_owned(), "no_letters".to_owned())]);
    for id in ["nonsense", "65a1f0c2e4b0a1b2c3d4e5f6", "%00", "%ff"] {
        assert_eq!(app.get(&format!("{PATH}/{id}")).await?.status, 404, "{id}");
    }
    Ok(())
}
