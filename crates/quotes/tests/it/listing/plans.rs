//! Lists and searches read indexes, and little beside what they show: what the server says that it did.

use anyhow::{Context as _, Result, ensure};
use bson::{Bson, Document, doc};
use futures_util::TryStreamExt as _;
use quotes::access::Role;
use testbed::data;

use super::listed;
use crate::app::{TestApp, person};

/// A million gives the same plans; this many are made in seconds.
const QUOTES_MANY: u64 = 20_000;
/// Of a page of 25, one more to see whether there is another, and one that was on the page before.
const EXAMINED_MAX: i64 = 2 * 27;

/// What the profiler of the server wrote down of one command.
struct Done {
    plan: String,
    examined: i64,
    sorted: bool,
}

async fn profiled() -> Result<TestApp> {
    let options = data::Options { quotes: QUOTES_MANY, ..data::Options::default() };
    let app = TestApp::seeded(&options, person(Role::Admin)).await?;
    // Nothing is known of the indexes before the first list.
    listed(&app, "limit=1").await?;
    app.database.database().run_command(doc! { "profile": 2 }).await?;
    Ok(app)
}

/// What the server did for a request: every command on quotes.
async fn done(app: &TestApp, path: &str) -> Result<Vec<Done>> {
    let database = app.database.database();
    database.run_command(doc! { "profile": 0 }).await?;
    database.collection::<Document>("system.profile").drop().await?;
    database.run_command(doc! { "profile": 2 }).await?;
    let answered = app.get(path).await?;
    ensure!(answered.status == 200, "{path}: {} {}", answered.status, answered.body);
    let quotes = format!("{}.quotes", database.name());
    let profile = database.collection::<Document>("system.profile");
    let found: Vec<Document> = profile.find(doc! { "ns": quotes }).await?.try_collect().await?;
    found.iter().map(read).collect()
}

fn read(entry: &Document) -> Result<Done> {
    let number = |key: &str| match entry.get(key) {
        Some(Bson::Int32(number)) => i64::from(*number),
        Some(Bson::Int64(number)) => *number,
        _ => 0,
    };
    Ok(Done {
        plan: entry.get_str("planSummary").context("no plan")?.to_owned(),
        examined: number("docsExamined"),
        sorted: entry.get_bool("hasSortStage").unwrap_or(false),
    })
}

fn is_indexed(done: &Done) -> bool {
    done.plan.starts_with("IXSCAN") || done.plan.starts_with("IDHACK")
}

#[tokio::test]
async fn lists_searches_and_reads_stay_on_indexes() -> Result<()> {
    let app = profiled().await?;
    lists_walk_an_index_and_read_what_they_show(&app).await?;
    lists_with_several_filters_stay_on_an_index(&app).await?;
    searches_read_the_index_of_words_or_of_references(&app).await?;
    a_quote_is_read_by_its_id(&app).await
}

async fn lists_walk_an_index_and_read_what_they_show(app: &TestApp) -> Result<()> {
    let quotes = app.database.database().collection::<Document>("quotes");
    let with_event = quotes.find_one(doc! { "selectedEvents.0.eventId": { "$type": 7 } }).await?;
    let with_event = with_event.context("some quotes have events")?;
    let entries = with_event.get_array("selectedEvents")?;
    let event = entries[0].as_document().context("an entry")?.get_object_id("eventId")?;
    let author = with_event.get_object_id("createdBy")?;
    let deleted = doc! { "$set": { "deletedAt": bson::DateTime::now() } };
    quotes.update_many(doc! { "createdBy": author, "status": "draft" }, deleted).await?;
    let mut lists = Vec::new();
    for sort in ["updated", "created", "arrival", "total"] {
        lists.extend(["asc", "desc"].map(|order| format!("sort={sort}&order={order}")));
    }
    lists.extend([
        "status=sent".to_owned(),
        "status=sent&order=asc".to_owned(),
        "destination=prague".to_owned(),
        "deleted=only".to_owned(),
        format!("event={event}"),
        "arrivalFrom=2023-05-01&arrivalTo=2023-05-31".to_owned(),
        "arrivalFrom=2023-05-01&arrivalTo=2023-05-31&order=asc".to_owned(),
    ]);
    for list in lists {
        let page = listed(app, &list).await?;
        let mut paths = vec![format!("/api/admin/quotes?{list}")];
        if let Some(next) = page["page"]["next"].as_str() {
            paths.push(format!("/api/admin/quotes?{list}&cursor={next}"));
        }
        for path in paths {
            let done = done(app, &path).await?;
            ensure!(done.len() == 1, "{path} is one command, not {}", done.len());
            ensure!(is_indexed(&done[0]), "{path}: {}", done[0].plan);
            ensure!(!done[0].sorted, "{path} is sorted in memory");
            ensure!(done[0].examined <= EXAMINED_MAX, "{path} reads {} quotes", done[0].examined);
        }
    }
    // Deleted quotes of the author lie between the others.
    let own = done(app, &format!("/api/admin/quotes?createdBy={author}")).await?;
    ensure!(is_indexed(&own[0]) && !own[0].sorted && own[0].examined <= 4 * EXAMINED_MAX);
    Ok(())
}

async fn lists_with_several_filters_stay_on_an_index(app: &TestApp) -> Result<()> {
    for list in [
        "status=sent&status=draft",
        "status=sent&destination=prague",
        "destination=prague&sort=total",
        "status=booked&sort=arrival",
        "arrivalFrom=2023-05-01&sort=updated",
        "status=sent&arrivalFrom=2023-05-01",
        "status=sent&totals=true",
        "destination=prague&totals=true",
    ] {
        let done = done(app, &format!("/api/admin/quotes?{list}")).await?;
        for command in &done {
            ensure!(is_indexed(command), "{list}: {}", command.plan);
            ensure!(!command.sorted, "{list} is sorted in memory");
        }
    }
    Ok(())
}

async fn searches_read_the_index_of_words_or_of_references(app: &TestApp) -> Result<()> {
    let row = listed(app, "limit=1").await?["data"][0].clone();
    let reference = row["reference"].as_str().context("a reference")?;
    let id = row["_id"].as_str().context("an id")?;
    for search in [reference, id] {
        let done = done(app, &format!("/api/admin/quotes?search={search}")).await?;
        ensure!(done.len() == 1 && done[0].examined <= 1, "{search} is found at once");
        ensure!(is_indexed(&done[0]), "{search}: {}", done[0].plan);
    }
    for search in ["Qdeadbeef", "Xdeadbeef", "prague", "o'brien prague"] {
        for command in done(app, &format!("/api/admin/quotes?search={search}")).await? {
            ensure!(is_indexed(&command) || command.plan.starts_with("TEXT"), "{}", command.plan);
            ensure!(command.examined < 4_000, "{search} reads {} quotes", command.examined);
        }
    }
    Ok(())
}

async fn a_quote_is_read_by_its_id(app: &TestApp) -> Result<()> {
    let row = listed(app, "limit=1").await?["data"][0].clone();
    let id = row["_id"].as_str().context("an id")?;
    for part in ["", "/events", "/price-breakdown"] {
        let done = done(app, &format!("/api/admin/quotes/{id}{part}")).await?;
        ensure!(done.len() == 1 && done[0].plan == "IDHACK", "{part} is read by its id");
    }
    Ok(())
}
