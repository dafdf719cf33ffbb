//! What stands in people's way, how far a run is, and what can be done about it from here.

use anyhow::{Context as _, Result, ensure};
use bson::{Document, doc, oid::ObjectId};
use causeway_core::{
    live::Live,
    maintenance::{COLLECTION, ID, Maintenance},
    requests,
};
use quotes::access::Role;
use reqwest::Method;
use testbed::TestDatabase;

use super::{HOSTILE, Shown, desk, open, send, sent};
use crate::{
    app::{Served, TestApp, following, signed_in, store},
    under_way::{PART, RUN, ago, held, held_until, news, put, put_news, run, step, under_way},
};

/// The migration is under way.
async fn at_work() -> Result<TestApp> {
    let app = desk().await?;
    under_way(&app, HOSTILE).await?;
    Ok(app)
}

/// A step, from so many seconds ago until so many.
fn timed(id: &str, state: &str, (began, ended): (i64, i64)) -> Document {
    doc! { "began": ago(began), "ended": ago(ended) }.into_iter().fold(
        step(id, id, state, ""),
        |mut step, (name, value)| {
            step.insert(name, value);
            step
        },
    )
}

async fn state(app: &TestApp, id: &str) -> Result<Option<Document>> {
    let states = app.database.database().collection::<Document>(COLLECTION);
    Ok(states.find_one(doc! { "_id": id }).await?)
}

#[tokio::test]
async fn where_nothing_ever_ran_the_page_says_so() -> Result<()> {
    let app = desk().await?;
    let shown = open(&app, "/operations").await?;
    assert_eq!(shown.status, 200);
    for said in [
        "<h1>Operations</h1>",
        "maintenance is off",
        "No fence is up",
        "No background job was stopped",
        "no migration is running",
        "Nothing was measured yet",
        "did not work on this database yet",
        "0 of 0",
    ] {
        assert!(shown.text.contains(said), "{said}: {}", shown.text);
    }
    assert!(!shown.text.contains("/pause"), "there is nothing to pause");
    assert!(open(&app, "/quotes").await?.text.contains("href=\"/operations\""));
    Ok(())
}

#[tokio::test]
async fn a_run_is_shown_with_the_numbers_of_its_terminal() -> Result<()> {
    let app = at_work().await?;
    let shown = open(&app, "/operations").await?;
    for said in [
        "Migration 010 is running: 68 % of documents are done",
        "Add events to quotes · run 2026-11-26-0205-k7f · by ops on db-admin-1",
        "Quotes can be read only since",
        "The fence is up since",
        "Background jobs are stopped: reminder-mailer.",
        "Run 2026-11-26-0206-a1b holds the lease",
        "<dd>684,000</dd>",
        "<dd>66,900</dd>",
        "<dd>5 s</dd>",
        "Replication lag 0.1 s",
        "Ask every question of the checklist",
        "11 ok, 1 warning",
        "7 more steps",
        "It can’t be switched off here",
    ] {
        assert!(shown.text.contains(said), "{said}: {}", shown.text);
    }
    assert!(!shown.text.contains("another backup was needed"), "{}", shown.text);
    assert!(shown.text.contains("&#60;script&#62;"), "what a step says is text");
    Ok(())
}

#[tokio::test]
async fn news_are_the_parts_of_the_page_and_end_by_themselves() -> Result<()> {
    let app = at_work().await?;
    let request = app.request(Method::GET, "/operations/news");
    let answer = request.header("accept", "text/event-stream").send().await?;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let reading = tokio::spawn(answer.text());
    let request = doc! { "_id": requests::id(PART), "paused": true };
    put(&app, COLLECTION, request).await?;
    put_news(&app, &Live { waits: Some("asked to".to_owned()), ..news() }).await?;
    let text = reading.await??;
    let events: Vec<&str> = text.split("\n\n").filter(|it| !it.is_empty()).collect();
    assert!(events.len() >= 2, "{text}");
    assert!(events[0].contains("data: <div id=\"operations-heading\">"), "{text}");
    assert!(events[0].contains("retry: 250"), "{text}");
    let last = events.last().context("there is none")?;
    assert!(last.contains("and waits") && last.contains("asked to"), "{last}");
    assert!(last.contains("/resume"), "{last}");
    Ok(())
}

#[tokio::test]
async fn the_run_that_works_is_asked_to_wait_and_no_other() -> Result<()> {
    let app = at_work().await?;
    let asked = send(&app, &format!("/operations/runs/{PART}/pause"), &[]).await?;
    assert_eq!((asked.status, asked.to()), (303, "/operations?done=pause#main"));
    let request = state(&app, &requests::id(PART)).await?.context("nothing was asked")?;
    assert!(request.get_bool("paused")? && request.get_datetime("paused_at").is_ok());
    send(&app, &format!("/operations/runs/{PART}/resume"), &[]).await?;
    let request = state(&app, &requests::id(PART)).await?.context("nothing was asked")?;
    assert!(!request.get_bool("paused")?);
    // The whole plan does not change documents itself, and a run that is over changes none.
    for other in [RUN, "2026-11-25-0000-old"] {
        let refused = send(&app, &format!("/operations/runs/{other}/pause"), &[]).await?;
        assert_eq!(refused.status, 409, "{}", refused.text);
        assert_eq!(state(&app, &requests::id(other)).await?, None);
    }
    put(&app, "causeway_lock", held_until("lease", PART, ago(1))).await?;
    let refused = send(&app, &format!("/operations/runs/{PART}/pause"), &[]).await?;
    assert_eq!(refused.status, 409);
    let logs = app.database.database().collection::<Document>("auditlogs");
    assert_eq!(logs.count_documents(doc! { "action": "run.pause", "details.run": PART }).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_run_whose_process_died_is_not_said_to_go_on() -> Result<()> {
    let app = at_work().await?;
    for id in ["lease", "turn"] {
        put(&app, "causeway_lock", held_until(id, RUN, ago(1))).await?;
    }
    put_news(&app, &Live { at: Some(ago(60)), ..news() }).await?;
    let shown = open(&app, "/operations").await?;
    assert!(shown.text.contains("did not end, and nobody works on it"), "{}", shown.text);
    assert!(!shown.text.contains("684,000") && !shown.text.contains("/pause"));
    Ok(())
}

async fn followed(database: &TestDatabase) -> Result<Served> {
    following(store(database).await?, signed_in(Role::Admin)).await
}

async fn switched(served: &Served, action: &str, minutes: &str, message: &str) -> Result<Shown> {
    let form = [("action", action), ("minutes", minutes), ("message", message)];
    sent(served.request(Method::POST, "/operations/maintenance").form(&form)).await
}

#[tokio::test]
async fn maintenance_is_shown_before_it_is_switched_on_and_lasts_until_it_is_off() -> Result<()> {
    let database = TestDatabase::new().await?;
    let served = followed(&database).await?;
    let states = database.database().collection::<Document>(COLLECTION);
    let present = async || anyhow::Ok(states.find_one(doc! { "_id": ID }).await?);

    let preview = switched(&served, "preview", "20", HOSTILE).await?;
    assert_eq!(preview.status, 200);
    assert!(preview.text.contains("What people will see"));
    assert!(preview.text.contains("It should be over by"), "{}", preview.text);
    assert_eq!(present().await?, None, "looking changed something");
    let refused = switched(&served, "on", "a while", "").await?;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("Enter a number of minutes"), "{}", refused.text);
    assert!(refused.text.contains("value=\"a while\""), "what was typed is gone");
    assert_eq!(present().await?, None);

    let on = switched(&served, "on", "20", "We upgrade.").await?;
    assert_eq!((on.status, on.to()), (303, "/operations?done=on#main"));
    let first: Maintenance = bson::deserialize_from_document(present().await?.context("off")?)?;
    assert!(first.covers("quotes") && !first.covers("events") && !first.fence);
    assert_eq!((first.message.as_str(), first.by.as_str()), ("We upgrade.", "Ada Example"));
    let shown = sent(served.request(Method::GET, on.to())).await?;
    assert!(shown.text.contains("Quotes can be read only since"), "{}", shown.text);
    assert!(shown.text.contains("Let people work again"), "{}", shown.text);
    let twice = switched(&served, "on", "40", "Once more.").await?;
    assert_eq!(twice.status, 409);
    assert!(twice.text.contains("Maintenance is on already"), "{}", twice.text);
    // What somebody else made wider stays so.
    let wider = doc! { "$set": { "scope": ["quotes", "events"] } };
    states.update_one(doc! { "_id": ID }, wider).await?;
    switched(&served, "tell", "40", "It takes longer.").await?;
    let longer: Maintenance = bson::deserialize_from_document(present().await?.context("off")?)?;
    assert!(longer.covers("events"), "telling people opened what was shut");
    assert_eq!((longer.since, longer.message.as_str()), (first.since, "It takes longer."));
    ensure!(longer.until > first.until, "it takes no longer");

    let off = switched(&served, "off", "", "").await?;
    assert_eq!(off.to(), "/operations?done=off#main");
    let last: Maintenance = bson::deserialize_from_document(present().await?.context("gone")?)?;
    assert!(!last.on);
    let late = switched(&served, "tell", "40", "Too late.").await?;
    assert_eq!(late.status, 409, "maintenance that was over began again");
    let period = states.find_one(doc! { "kind": "maintenance_period" }).await?.context("none")?;
    assert_eq!(period.get_datetime("began").ok().copied(), first.since);
    assert_eq!(period.get_str("ended_by")?, "Ada Example");
    let logs = database.database().collection::<Document>("auditlogs");
    let written =
        doc! { "action": { "$regex": "^maintenance" }, "userId": { "$type": "objectId" } };
    assert_eq!(logs.count_documents(written).await?, 3);
    Ok(())
}

#[tokio::test]
async fn maintenance_that_a_run_or_the_fence_needs_is_not_switched_off_here() -> Result<()> {
    let database = TestDatabase::new().await?;
    let served = followed(&database).await?;
    switched(&served, "on", "20", "We upgrade.").await?;
    let collection = |name: &str| database.database().collection::<Document>(name);
    let (states, locks) = (collection(COLLECTION), collection("causeway_lock"));
    let runs = collection("causeway_runs");
    runs.insert_one(run("running", vec![])).await?;
    states.update_one(doc! { "_id": ID }, doc! { "$set": { "run": RUN } }).await?;
    // It died: what it left half done needs maintenance all the same.
    let refused = switched(&served, "off", "", "").await?;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("stopped half-way and needs it"), "{}", refused.text);
    locks.insert_one(held("turn", RUN)).await?;
    let refused = switched(&served, "off", "", "").await?;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("needs it, and switches it off"), "{}", refused.text);
    runs.update_one(doc! { "_id": RUN }, doc! { "$set": { "status": "completed" } }).await?;
    locks.delete_many(doc! {}).await?;
    let fence = doc! { "_id": "fence", "since": ago(9), "collections": [{ "name": "quotes" }] };
    locks.insert_one(fence).await?;
    let refused = switched(&served, "off", "", "").await?;
    assert_eq!(refused.status, 409);
    assert!(refused.text.contains("causeway maintenance off"), "{}", refused.text);
    let on = doc! { "_id": ID, "on": true };
    assert_eq!(states.count_documents(on).await?, 1);
    assert_eq!(states.count_documents(doc! { "kind": "maintenance_period" }).await?, 0);
    // What is said of it can be changed, and does not take the fence from it.
    states.update_one(doc! { "_id": ID }, doc! { "$set": { "fence": true } }).await?;
    switched(&served, "tell", "90", "It takes longer.").await?;
    let now = states.find_one(doc! { "_id": ID }).await?.context("gone")?;
    assert!(now.get_bool("fence")? && now.get_str("run")? == RUN);
    // Nobody needs it any more; the run that is over does not hold it.
    locks.delete_many(doc! {}).await?;
    assert_eq!(switched(&served, "off", "", "").await?.status, 303);
    Ok(())
}

#[tokio::test]
async fn what_was_measured_before_and_after_is_drawn_and_said() -> Result<()> {
    let app = desk().await?;
    let steps = vec![
        timed("maintenance", "done", (3_600, 3_590)),
        timed("up", "failed", (3_580, 3_570)),
        timed("up", "done", (3_500, 3_000)),
        timed("end-maintenance", "done", (2_410, 2_400)),
        timed("watch", "done", (2_400, 60)),
    ];
    put(&app, "causeway_runs", run("completed", steps)).await?;
    let minutes = app.database.database().collection::<Document>("request_minutes");
    // Bounds of 5 and 10 ms: an answer of all took at most that.
    let minute = |seconds, failed: i64, bucket: usize| {
        let buckets: Vec<i64> = (0..14).map(|it| if it == bucket { 100 } else { 0 }).collect();
        doc! { "at": ago(seconds), "requests": 100_i64, "failed": failed, "buckets": buckets }
    };
    // These are of the time in which people were shut out, before and after the migration itself.
    let of_the_run = [minute(3_595, 50, 9), minute(2_500, 50, 9)];
    minutes.insert_many([minute(7_200, 4, 2), minute(7_100, 0, 2), minute(30, 0, 3)]).await?;
    minutes.insert_many(of_the_run).await?;
    let logs = app.database.database().collection::<Document>("auditlogs");
    let saved = |seconds| doc! { "action": "quote.create", "timestamp": ago(seconds) };
    logs.insert_many([saved(7_200), saved(7_000), saved(6_900)]).await?;
    let quotes = app.database.database().collection::<Document>("quotes");
    let event = doc! { "eventId": ObjectId::new() };
    quotes.insert_many([doc! { "selectedEvents": [event] }, doc! { "title": "none" }]).await?;
    let shown = open(&app, "/operations").await?;
    assert_eq!(shown.text.matches("<svg class=\"chart\"").count(), 3, "{}", shown.text);
    assert!(shown.text.contains("class=\"run\""), "the run is not marked");
    for said in [
        "<th scope=\"row\">95 of 100 answers took at most</th><td class=\"number\">4.9 ms</td>",
        "<th scope=\"row\">Failed requests</th><td class=\"number\">2.0 %</td>",
        "<th scope=\"row\">Quotes saved</th><td class=\"number\">3</td><td class=\"number\">0</td>",
        "<th scope=\"row\">Answers</th><td class=\"number\">200</td><td class=\"number\">100</td>",
        "<dd>1 of 2</dd>",
        "<dd>1 of 2, 50 %</dd>",
        "<dt>Problems reported since</dt><dd>none</dd>",
        "<dd>none is open · <a href=\"/operations/problems\">",
    ] {
        assert!(shown.text.contains(said), "{said}: {}", shown.text);
    }
    Ok(())
}

#[tokio::test]
async fn notices_runs_and_reports_are_listed() -> Result<()> {
    let app = desk().await?;
    put(&app, "causeway_runs", run("failed", vec![])).await?;
    let mut part = run("completed", vec![]);
    part.insert("_id", PART);
    part.insert("part_of", RUN);
    put(&app, "causeway_runs", part).await?;
    let delivery = |channel: &str, state: &str| doc! { "channel": channel, "state": state };
    let notice = doc! {
        "_id": "n1", "subject": HOSTILE, "created_at": ago(60),
        "in_app": { "kind": "notification" },
        "deliveries": [delivery("email", "sent"), delivery("email", "failed"),
            delivery("status_page", "sent")],
    };
    put(&app, "causeway_notices", notice).await?;
    let read = doc! { "_id": 1, "noticeId": "n1", "userId": ObjectId::new() };
    put(&app, "notice_reads", read).await?;
    let shown = open(&app, "/operations").await?;
    let how = "1 e-mail sent, 1 e-mail not delivered, notification in the application, \
               read by 1 person, status page";
    assert!(shown.text.contains(how), "{}", shown.text);
    // A banner that is over is not said to be shown.
    let over = doc! {
        "_id": "n2", "subject": "Maintenance", "created_at": ago(50), "deliveries": [],
        "in_app": { "kind": "banner", "until": ago(20) },
    };
    put(&app, "causeway_notices", over).await?;
    let by_hand = doc! {
        "_id": "maintenance:1", "kind": "maintenance_period", "began": ago(600), "ended": ago(540),
        "by": HOSTILE, "message": "We move house.", "run": null,
    };
    put(&app, COLLECTION, by_hand).await?;
    let of_a_run = doc! {
        "_id": "maintenance:2", "kind": "maintenance_period", "began": ago(900), "ended": ago(800),
        "by": "ops", "message": "Not by hand", "run": RUN,
    };
    put(&app, COLLECTION, of_a_run).await?;
    let shown = open(&app, "/operations").await?;
    for said in [
        "Banner on every page, which is over",
        "“We move house.”",
        "Banner on every page and status page, for 1 min, switched on by &#60;script&#62;",
    ] {
        assert!(shown.text.contains(said), "{said}: {}", shown.text);
    }
    assert!(!shown.text.contains("Not by hand"));
    assert!(shown.text.contains("010, the whole plan") && !shown.text.contains("/report\""));
    assert!(!shown.text.contains(&format!("<td>{PART}</td>")), "a part stands there as a run");

    let path = format!("/operations/runs/{RUN}/report");
    let none = open(&app, &path).await?;
    assert_eq!(none.status, 404);
    let html = "<!doctype html><title>Review · Quotes</title><h1>Nothing was lost</h1>";
    put(&app, "causeway_reports", doc! { "_id": RUN, "html": html }).await?;
    assert!(open(&app, "/operations").await?.text.contains(&format!("href=\"{path}\"")));
    let report = open(&app, &path).await?;
    assert_eq!((report.status, report.text.as_str()), (200, html));
    let policy = report.headers["content-security-policy"].to_str()?;
    assert!(policy.contains("sandbox") && !policy.contains("script-src"), "{policy}");
    Ok(())
}

#[tokio::test]
async fn a_part_that_can_not_be_read_takes_no_other_with_it() -> Result<()> {
    let app = at_work().await?;
    let database = app.database.database();
    // A view that fails stands for whatever can go wrong with one of them.
    database.collection::<Document>("problems").drop().await?;
    let fails = doc! { "$set": { "x": { "$divide": [1, 0] } } };
    database.create_collection("problems").view_on("quotes").pipeline([fails]).await?;
    database.collection("quotes").insert_one(doc! { "title": "one" }).await?;
    let shown = open(&app, "/operations").await?;
    assert_eq!(shown.status, 200);
    assert!(shown.text.contains("Not all of this page can be read"), "{}", shown.text);
    assert!(shown.text.contains("<li>What people reported</li>"), "{}", shown.text);
    assert!(shown.text.contains("<dd>not known · ") && !shown.text.contains("none is open"));
    assert!(shown.text.contains("Migration 010 is running"), "{}", shown.text);
    Ok(())
}
