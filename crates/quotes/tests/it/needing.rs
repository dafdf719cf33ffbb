//! What the application needs of its database is looked for by what it is, and named when missing.

use anyhow::Result;
use bson::{Document, doc};
use quotes::{
    access::Role,
    needs::{self, Missing},
};
use testbed::{TestDatabase, data};

use crate::{
    app::{TestApp, person, store},
    seed::{failed, migrate},
};

async fn missing(database: &TestDatabase) -> Result<Vec<Missing>> {
    needs::look(&store(database).await?).await.map_err(failed)
}

fn versions(missing: &[Missing]) -> Vec<&str> {
    missing.iter().map(|missing| missing.version.as_str()).collect()
}

#[tokio::test]
async fn an_empty_database_lacks_everything_and_after_the_migrations_nothing() -> Result<()> {
    let database = TestDatabase::new().await?;
    let all: Vec<&str> = needs::migrations().iter().map(|it| it.version.as_str()).collect();
    let found = missing(&database).await?;
    assert_eq!(versions(&found), all);
    let said = found[0].sentence();
    assert!(said.ends_with(": causeway up 010"), "{said}");
    migrate(&database).await?;
    assert_eq!(missing(&database).await?, []);
    Ok(())
}

#[tokio::test]
async fn generated_data_can_be_served_when_it_was_migrated() -> Result<()> {
    let options = data::Options { quotes: 200, ugly_each: true, ..data::Options::default() };
    let app = TestApp::seeded(&options, person(Role::Admin)).await?;
    let quotes = app.database.database().collection::<Document>("quotes");
    let lacking = quotes.count_documents(doc! { "selectedEvents": { "$exists": false } }).await?;
    assert_eq!(lacking, 0);
    assert_eq!(missing(&app.database).await?, []);
    Ok(())
}

#[tokio::test]
async fn an_index_under_another_name_will_do_and_one_that_is_gone_is_named() -> Result<()> {
    let database = TestDatabase::new().await?;
    migrate(&database).await?;
    let run = |command| async { database.database().run_command(command).await };
    let name = "selected_events_event_id_idx";
    run(doc! { "dropIndexes": "quotes", "index": name }).await?;
    let found = missing(&database).await?;
    assert_eq!(found[0].parts, ["index selected_events_event_id_idx on quotes"]);
    assert_eq!(versions(&found), ["010"]);
    let other = doc! { "key": { "selectedEvents.eventId": 1 }, "name": "other", "sparse": true };
    run(doc! { "createIndexes": "quotes", "indexes": [other] }).await?;
    assert_eq!(missing(&database).await?, []);
    Ok(())
}

#[tokio::test]
async fn records_of_the_scripts_before_count_also_as_numbers_and_only_completed_ones() -> Result<()>
{
    let database = TestDatabase::new().await?;
    migrate(&database).await?;
    let records = database.database().collection::<Document>("migrations");
    let says = async |version: bson::Bson, status: &str| -> Result<Vec<Missing>> {
        let set = doc! { "$set": { "version": version, "status": status } };
        records.update_one(doc! { "description": "Add selectedEvents to quotes" }, set).await?;
        missing(&database).await
    };
    for version in [bson::Bson::Int32(10), bson::Bson::Double(10.0), bson::Bson::Int64(10)] {
        assert_eq!(says(version, "completed").await?, []);
    }
    assert_eq!(versions(&says("010".into(), "rolled_back").await?), ["010"]);
    Ok(())
}
