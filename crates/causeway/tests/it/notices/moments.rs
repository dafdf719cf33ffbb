//! A maintenance from its announcement to its end, as applications and people see it.

use bson::{Bson, DateTime, Document, doc};

use super::stage::{START, Stage, header, read};

/// What an application shows now: the query of `docs/notices.md`.
async fn shown(stage: &Stage) -> Vec<Document> {
    use futures_util::TryStreamExt;
    let now = DateTime::now();
    let query = doc! { "in_app.from": { "$lte": now },
    "$or": [{ "in_app.until": null }, { "in_app.until": { "$gt": now } }] };
    // A document without the field has none of its parts either.
    let query = doc! { "$and": [{ "in_app": { "$exists": true } }, query] };
    let notices = stage.scene.collection("causeway_notices");
    notices.find(query).await.unwrap().try_collect().await.unwrap()
}

async fn assert_shown(stage: &Stage, moment: &str, kind: &str, level: &str) -> Document {
    let shown = shown(stage).await;
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!(shown[0].get_str("moment").unwrap(), moment);
    let in_app = shown[0].get_document("in_app").unwrap();
    assert_eq!(in_app.get_str("kind").unwrap(), kind);
    assert_eq!(in_app.get_str("level").unwrap(), level);
    in_app.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_moment_takes_the_place_of_the_one_before() {
    let stage = Stage::new().await;
    stage.announce(0);
    assert_shown(&stage, "before", "notification", "info").await;
    let ran = stage.expect(0, &["send", "before", "--start", "2099-11-27 03:00"]);
    ran.assert_says("they are told that it has moved");
    assert_shown(&stage, "changed", "notification", "attention").await;
    stage.expect(0, &["send", "during"]);
    let banner = assert_shown(&stage, "during", "banner", "attention").await;
    assert_eq!(banner.get("until"), Some(&Bson::Null));
    stage.expect(3, &["cancel"]).assert_says("in progress");
    stage.expect(0, &["send", "after"]);
    assert_shown(&stage, "after", "notification", "done").await;
    let subjects: Vec<String> =
        stage.mails().iter().map(|mail| header(&read(mail), "Subject")).collect();
    let twice = |subject: &str| vec![subject.to_owned(); 2];
    let expected =
        ["Scheduled Maintenance Notice", "Scheduled Maintenance Moved", "Maintenance Complete"];
    assert_eq!(subjects, expected.map(twice).concat());
    let moved = read(&stage.mails()[2]);
    assert!(moved["text"].as_str().unwrap().contains("Friday, 27 November 2099 at 03:00 GMT"));
    // One maintenance, four notices, and the newest first.
    let listed = stage.expect(0, &["list"]);
    let rows = listed.rows();
    let moments: Vec<&str> = rows.iter().map(|row| row["moment"].as_str().unwrap()).collect();
    assert_eq!(moments, ["after", "during", "changed", "before"]);
    assert!(rows.iter().all(|row| row["state"] == "delivered"), "{}", listed.told());
    // The next one is another maintenance.
    stage.expect(0, &["send", "before", "--start", "2099-12-03 02:00", "--minutes", "45"]);
    let stored = stage.stored().await;
    let names: std::collections::BTreeSet<&str> =
        stored.iter().map(|it| it.get_str("maintenance").unwrap()).collect();
    assert_eq!(names.into_iter().collect::<Vec<_>>(), ["2099-11-26-0200", "2099-12-03-0200"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_who_was_told_is_told_of_the_cancellation() {
    let stage = Stage::new().await;
    stage.expect(3, &["cancel"]).assert_says("no maintenance is announced");
    stage.expect(0, &["send", "before", "--start", START, "--to", "guest@example.com"]);
    let dry = stage.expect(0, &["cancel", "--dry-run"]);
    dry.assert_says("guest@example.com");
    assert_eq!(stage.stored().await.len(), 1);
    stage.expect(0, &["cancel"]);
    assert_eq!(stage.recipients(), ["guest@example.com", "guest@example.com"]);
    let text = read(&stage.mails()[1])["text"].as_str().unwrap().to_owned();
    assert!(text.contains("announced for Thursday, 26 November 2099 at 02:00 GMT"), "{text}");
    assert_shown(&stage, "cancelled", "notification", "info").await;
    assert_eq!(stage.expect(0, &["cancel"]).event("finished")["outcome"], "nothing_to_do");
    // The same time may be announced again.
    stage.announce(0);
    let stored = stage.stored().await;
    assert!(stored.iter().any(|it| it.get_str("maintenance").unwrap() == "2099-11-26-0200-2"));
}
