//! A search finds quotes by reference, id and words.

use anyhow::{Context as _, Result};
use bson::{DateTime, Document, doc, oid::ObjectId};
use serde_json::Value;

use super::{all, count, edit, generated, ids, listed, walk};

#[tokio::test]
async fn a_reference_finds_its_quote_however_it_is_typed() -> Result<()> {
    let app = generated().await?;
    let page = listed(&app, "limit=5&sort=created").await?;
    let row = &page["data"][2];
    let reference = row["reference"].as_str().context("a reference")?;
    let id = row["_id"].as_str().context("an id")?;
    let lower = reference.to_lowercase();
    for typed in [reference, &lower, &lower[1..], &format!("%23{reference}"), id] {
        let found = all(&app, &format!("search={typed}")).await?;
        assert_eq!(found, [id], "{typed}");
    }
    // As the application before this one makes them.
    let unset = doc! { "$unset": { "reference": "" } };
    let quotes = app.database.database().collection::<Document>("quotes");
    quotes.update_one(doc! { "_id": ObjectId::parse_str(id)? }, unset).await?;
    assert_eq!(all(&app, &format!("search={reference}")).await?, [id]);
    assert_eq!(all(&app, &format!("search={reference}&deleted=only")).await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn quotes_with_ids_of_tools_are_found_by_their_reference() -> Result<()> {
    let app = generated().await?;
    let pages = walk(&app, "limit=100", "next", None).await?;
    let rows = pages.iter().flat_map(|page| page["data"].as_array().into_iter().flatten());
    let odd: Vec<&Value> = rows
        .filter(|row| row["reference"].as_str().is_some_and(|it| it.starts_with('X')))
        .collect();
    assert!(odd.len() >= 6, "the generator makes ids of many types");
    for row in odd {
        let reference = row["reference"].as_str().context("a reference")?;
        let found = all(&app, &format!("search={reference}")).await?;
        assert_eq!(found, [row["_id"].as_str().context("an id")?], "{reference}");
    }
    Ok(())
}

#[tokio::test]
async fn words_are_found_in_every_field_without_regard_to_case_and_accents() -> Result<()> {
    let app = generated().await?;
    let quotes = app.database.database().collection::<Document>("quotes");
    let entry = doc! { "eventId": ObjectId::new(), "eventName": "Zorbing über Stock" };
    let fields = doc! {
        "leadName": "Zoë Ungewöhnlich-Smythe",
        "hotelName": "Grand Hôtel Quirky",
        "title": "Xenial weekend",
        "destination": "Ystad",
        "selectedEvents": [entry],
        // No language of the text index, although a field of this name usually says one.
        "language": "klingon",
        "updatedAt": DateTime::now(),
    };
    let id = quotes.insert_one(fields).await?.inserted_id;
    let id = id.as_object_id().context("an ObjectId")?.to_hex();
    for words in [
        "Ungewohnlich",
        "zoe ungewöhnlich",
        "smythe",
        "quirky HOTEL grand",
        "xenial",
        "ystad",
        "ZORBING",
        "uber ystad zoe",
        "-ystad",
        "ungewohnlich-smythe",
        "\"ystad\"",
    ] {
        assert_eq!(all(&app, &format!("search={words}")).await?, [id.as_str()], "{words}");
    }
    for words in [
        "ungewohn",
        "ystad prague",
        "ungewohnl ystad",
        "stad zoe",
        "!!!",
        "\"",
        "\\",
        "$where",
        "%00",
    ] {
        assert_eq!(all(&app, &format!("search={words}")).await?.len(), 0, "{words}");
    }
    Ok(())
}

#[tokio::test]
async fn results_are_paged_and_filtered_and_the_newest_first() -> Result<()> {
    let app = generated().await?;
    let prague = count(&app, doc! { "destination": "Prague", "status": "sent" }).await?;
    let query = "search=prague&status=sent&limit=7";
    let pages = walk(&app, query, "next", None).await?;
    let found: Vec<String> = pages.iter().flat_map(ids).collect();
    assert_eq!(found.len(), prague);
    assert!(pages.len() > 2);
    let rows = pages.iter().flat_map(|page| page["data"].as_array().into_iter().flatten());
    let times: Vec<&str> = rows.filter_map(|row| row["updatedAt"].as_str()).collect();
    assert!(times.is_sorted_by(|a, b| a >= b));
    let last = &pages[pages.len() - 1];
    let before = last["page"]["previous"].as_str().context("a page before")?;
    let before = listed(&app, &format!("{query}&cursor={before}")).await?;
    assert_eq!(ids(&before), ids(&pages[pages.len() - 2]));
    Ok(())
}

#[tokio::test]
async fn more_than_five_hundred_results_are_cut_and_that_is_said() -> Result<()> {
    let app = generated().await?;
    assert!(count(&app, doc! { "title": { "$regex": "weekend" } }).await? > 600);
    let pages = walk(&app, "search=weekend&limit=100", "next", None).await?;
    assert_eq!(pages.iter().flat_map(ids).count(), 500);
    assert_eq!(pages[4]["warnings"][0]["code"], "search_cut");
    edit(&app, doc! {}, doc! { "title": "Other" }).await?;
    assert_eq!(all(&app, "search=weekend").await?.len(), 0);
    let long = app.get(&format!("/api/admin/quotes?search={}", "x".repeat(201))).await?;
    assert_eq!(long.status, 422);
    Ok(())
}
