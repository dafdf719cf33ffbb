//! Two people at one quote: nobody's work is lost.

use anyhow::Result;
use reqwest::Method;
use serde_json::json;

use super::desk::Desk;
use crate::app::answered;

#[tokio::test]
async fn the_second_is_told_of_both_and_loses_nothing() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, made) = desk.made(&json!({})).await?;
    let seen = &made["revision"];
    let first = json!({ "hotelName": "Hotel First", "revision": seen });
    assert_eq!(desk.put(&path, first).await?.status, 200);
    let second = json!({ "hotelName": "Hotel Second", "numberOfPeople": 12, "revision": seen });
    let refused = desk.put(&path, second).await?;
    let error = &refused.body["error"];
    assert_eq!((refused.status, &error["code"]), (409, &"VERSION_CONFLICT".into()));
    assert_eq!(error["present"]["hotelName"], "Hotel First");
    let details: Vec<&str> = error["details"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["message"].as_str())
        .collect();
    assert_eq!(details[0], "Hotel: Hotel First now, Hotel Second in what you sent");
    assert!(details[1].starts_with("People: 10 now, 12"), "{details:?}");
    let stored = desk.stored(&path).await?;
    assert_eq!(stored.get_str("hotelName")?, "Hotel First");
    assert_eq!(stored.get_i32("numberOfPeople")?, 10);

    // On what stands now it is written.
    let again = json!({ "numberOfPeople": 12, "revision": error["present"]["revision"] });
    assert_eq!(desk.put(&path, again).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn whoever_asks_for_what_stands_already_has_it() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, made) = desk.made(&json!({})).await?;
    let wanted = json!({ "hotelName": "Hotel First", "revision": made["revision"] });
    let first = desk.put(&path, wanted.clone()).await?;
    // The answer was lost, and it is sent again.
    let again = desk.put(&path, wanted).await?;
    assert_eq!((again.status, &again.body["data"]), (200, &first.body["data"]));
    Ok(())
}

#[tokio::test]
async fn header_and_version_count_as_well() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, made) = desk.made(&json!({})).await?;
    let with = |tag: String| {
        let request = desk.app.request(Method::PUT, &path);
        answered(request.header("if-match", tag).json(&json!({ "title": "By header" })))
    };
    assert_eq!(with("\"of another day\"".to_owned()).await?.status, 409);
    assert_eq!(with("no tag".to_owned()).await?.status, 422);
    assert_eq!(with(format!("\"{}\"", made["revision"].as_str().unwrap())).await?.status, 200);
    for (version, status) in
        [(json!(2), 409), (json!("one"), 422), (json!(1), 200), (json!(null), 200)]
    {
        let edited = desk.put(&path, json!({ "version": version, "title": "By version" })).await?;
        assert_eq!(edited.status, status, "{version}: {}", edited.body);
    }
    Ok(())
}

/// Another program changes the document, too, and knows nothing of versions.
#[tokio::test]
async fn a_change_by_any_program_is_noticed() -> Result<()> {
    let desk = Desk::new().await?;
    let (path, made) = desk.made(&json!({})).await?;
    let id = bson::oid::ObjectId::parse_str(made["_id"].as_str().unwrap())?;
    let note = bson::doc! { "$set": { "internalNotes": "from elsewhere" } };
    desk.quotes().update_one(bson::doc! { "_id": id }, note).await?;
    let edit = json!({ "title": "Mine", "revision": made["revision"] });
    assert_eq!(desk.put(&path, edit).await?.status, 409);
    assert_eq!(desk.put(&path, json!({ "title": "Mine" })).await?.status, 200);
    assert_eq!(desk.stored(&path).await?.get_str("internalNotes")?, "from elsewhere");
    Ok(())
}
