//! What people write about a run.

use bson::doc;

use super::past::{Past, RUN};
use crate::notices::stage::read_page;

#[tokio::test(flavor = "multi_thread")]
async fn notes_are_kept_with_the_run_and_stand_in_the_next_report() {
    let past = Past::well(100).await;
    let pages = past.scene.collection("causeway_reports");
    pages.insert_one(doc! { "_id": RUN, "html": "as it was" }).await.unwrap();
    let ran = past.report(&[
        "--lesson",
        "Stop the reminder job",
        "--runbook",
        "Add [jobs]",
        "--feedback",
        "Bea likes it",
    ]);
    ran.assert_says("3 notes into run");
    let runs = past.scene.collection("causeway_runs");
    let kept = runs.find_one(doc! { "_id": RUN }).await.unwrap().unwrap();
    let kept = kept.get_array("notes").unwrap();
    assert_eq!(kept.len(), 4);
    let last = kept[3].as_document().unwrap();
    assert_eq!(last.get_str("kind").unwrap(), "feedback");
    assert_eq!(last.get_str("by").unwrap(), "ann");
    let words = read_page(&past.read("report.html"))["words"].as_str().unwrap().to_owned();
    for said in
        ["Stop the reminder job", "Add [jobs]", "Bea likes it", "The reminder job writes to quotes"]
    {
        assert!(words.contains(said), "{said:?} is not in\n{words}");
    }
    let page = pages.find_one(doc! { "_id": RUN }).await.unwrap().unwrap();
    assert_eq!(page.get_str("html").unwrap(), past.read("report.html"));
    // Without a note nothing is written into the database, so nobody is asked.
    let name = past.scene.database.name();
    let ran = past.scene.causeway_in(&[], &["--database", name, "report", RUN]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    let same = pages.find_one(doc! { "_id": RUN }).await.unwrap().unwrap();
    assert_eq!(page, same);
    // What no application shows is not shown because of a note.
    pages.delete_many(doc! {}).await.unwrap();
    past.report(&["--note", "One more"]);
    assert_eq!(pages.count_documents(doc! {}).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_day_of_the_review_is_that_of_the_configuration() {
    let past = Past::well(100).await;
    past.scene.file("causeway.toml", "[review]\ndays = 3\n");
    past.report(&[]);
    assert!(past.read("report.md").contains("The review is due on Thursday, 26 November 2026."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_needs_permission_and_words() {
    let past = Past::well(100).await;
    let name = past.scene.database.name();
    let ran = past.scene.causeway_in(&[], &["--database", name, "report", RUN, "--note", "x"]);
    assert_eq!(ran.code, 3, "{}", ran.told());
    assert_eq!(past.give(RUN, &["--note", "  "]).code, 2);
    let runs = past.scene.collection("causeway_runs");
    let kept = runs.find_one(doc! { "_id": RUN }).await.unwrap().unwrap();
    assert_eq!(kept.get_array("notes").unwrap().len(), 1);
    assert!(!past.run_folder().join("report.html").exists());
}
