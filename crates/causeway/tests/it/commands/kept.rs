//! Journals of runs that there were.

use bson::{DateTime, doc};
use testbed::TestDatabase;

use super::shell::{NOBODY, Shell, assert_shown};

const RUN: &str = "2026-11-22-0213-k7f";
const JOURNAL: &str = r#"{"seq":0,"at":"2026-11-22T02:13:00.000+00:00","entry":"started","command":"causeway up 010","operator":"ann","host":"desk"}
{"seq":1,"at":"2026-11-22T02:13:00.100+00:00","entry":"intent","deed":"open_run"}
{"seq":2,"at":"2026-11-22T02:13:00.200+00:00","entry":"done","deed":"open_run","result":"written down"}
{"seq":3,"at":"2026-11-22T02:1
{"seq":4,"at":"2026-11-22T02:13:02.000+00:00","entry":"intent","deed":"batch","step":0,"batch":0,"documents":1000}
{"seq":5,"at":"2026-11-22T02:13:04.000+00:00","entry":"done","deed":"batch","step":0,"batch":0,"documents":1000,"result":"1000 changed"}
{"seq":6,"at":"2026-11-22T02:13:05.000+00:00","entry":"ended","outcome":"done"}
{"seq":7,"at":"2026-11-22T02:13:0"#;

fn with_journal(shell: Shell) -> Shell {
    shell.file(&format!(".causeway/runs/{RUN}/journal.jsonl"), JOURNAL);
    shell
}

#[test]
fn a_journal_on_disk_needs_no_database() {
    let shown = [
        with_journal(Shell::new()).run(&["logs", RUN]),
        with_journal(Shell::new()).run(&["logs", RUN, "--follow", "--output", "json"]),
        with_journal(Shell::new().with_uri(NOBODY)).run(&["logs", RUN, "--quiet"]),
        Shell::new().run(&["logs", RUN]),
    ];
    assert_shown!("logs_disk", shown.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_database_committed_stands_between() {
    let database = TestDatabase::new().await.unwrap();
    let at: DateTime = DateTime::parse_rfc3339_str("2026-11-22T02:13:03Z").unwrap();
    database
        .database()
        .collection("causeway_journal")
        .insert_one(doc! { "_id": { "run": RUN, "batch": 0_i64 }, "run": RUN, "at": at,
        "step": 0_i64, "batch": 0_i64, "documents": 1000_i64, "changed": 1000_i64,
        "archived": 2_i64, "left": 0_i64 })
        .await
        .unwrap();
    let with_folder = with_journal(Shell::new().with_uri(database.uri()));
    let without = Shell::new().with_uri(database.uri());
    let shown = [
        with_folder.run(&["logs", RUN]),
        without.run(&["logs", RUN]),
        without.run(&["logs", "2026-11-22-0213-xyz"]),
    ];
    assert_shown!("logs_database", shown.join("\n"));
}
