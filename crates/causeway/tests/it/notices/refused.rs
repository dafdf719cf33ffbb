//! What writes nothing, and what is found wrong before anything is written.

use super::stage::{START, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn who_only_looks_writes_nothing() {
    let stage = Stage::new().await;
    stage.scene.quotes().insert_one(bson::doc! { "_id": 1 }).await.unwrap();
    let (photo, kept) = (stage.scene.photo().await, stage.scene.kept().await);
    let ran = stage.expect(0, &["send", "before", "--start", START, "--dry-run"]);
    for text in ["ann@example.com", "bea@example.com", "causeway_notices", "would_be_sent"] {
        ran.assert_says(text);
    }
    let row = ran.rows()[0];
    assert_eq!(row["subject"], "Scheduled Maintenance Notice");
    assert!(row["text"].as_str().unwrap().contains("on Thursday, 26 November 2099 at 02:00 GMT"));
    stage.expect(0, &["list"]);
    // Without permission nothing is written either.
    let name = stage.scene.database.name();
    let send = ["notice", "send", "before", "--start", START];
    let ran = stage.scene.causeway_on((name, None), &send);
    assert_eq!(ran.code, 3, "{}", ran.told());
    photo.assert_same(&stage.scene.photo().await);
    assert_eq!(stage.scene.kept().await, kept);
    assert!(stage.mails().is_empty());
    let names = stage.scene.database.list_collection_names().await.unwrap();
    assert_eq!(names, ["quotes"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_configured_is_said_before_anything_is_written() {
    let stage = Stage::new().await;
    stage.scene.file("causeway.toml", "");
    stage.announce(2).assert_says("no [email]");
    let webhook = ["send", "before", "--start", START, "--channel", "webhook"];
    stage.expect(2, &webhook).assert_says("no [[webhook]]");
    stage.expect(2, &["send", "before"]).assert_says("nobody said when");
    stage.expect(2, &["send", "before", "--start", "2001-01-01 02:00"]).assert_says("is past");
    stage.expect(2, &["send", "before", "--start", "soon"]).assert_says("expected a time");
    let text = ["send", "before", "--start", START, "--text", "at {when}"];
    stage.expect(2, &text).assert_says("unknown placeholder `when`");
    stage.expect(3, &["send", "after"]).assert_says("no maintenance is announced");
    assert!(stage.stored().await.is_empty());
    // Without mail, the application can still be told.
    stage.expect(0, &["send", "before", "--start", START, "--channel", "in_app"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_some_people_got_the_others_get_as_well() {
    use testbed::smtp::Behaviour;
    let stage = Stage::new().await;
    stage.smtp.behave(Behaviour::Refuse("ann@example.com", "550 no")).unwrap();
    stage.announce(1);
    stage.smtp.behave(Behaviour::Normal).unwrap();
    let other = ["send", "before", "--start", START, "--text", "Other words."];
    stage.expect(3, &other).assert_says("begun with other words");
    stage.announce(0);
}
