//! Commands that reach a database, or would like to.

use std::fs::OpenOptions;
use std::io::Read;
use std::process::Stdio;
use std::time::{Duration, Instant};

use bson::{DateTime, doc};
use testbed::TestDatabase;

use super::shell::{NOBODY, Shell, assert_shown};

/// A shell at an empty database.
async fn shell() -> (Shell, TestDatabase) {
    let database = TestDatabase::new().await.unwrap();
    let shell = Shell::new().with_migration().with_uri(database.uri());
    (shell, database)
}

#[test]
fn nobody_answers() {
    let shell = Shell::new().with_migration().with_uri(NOBODY);
    assert_shown!("no_server", shell.run(&["status"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn status_of_an_empty_database() {
    let (shell, _database) = shell().await;
    let shown =
        [shell.run(&["status"]), shell.run(&["status", "--check"]), shell.run(&["history"])];
    assert_shown!("status_empty", shown.join("\n"));
    assert_shown!("status_empty_json", shell.run(&["status", "--output", "json"]));
    assert_shown!("status_quiet", shell.run(&["status", "--check", "--quiet"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn status_tells_who_did_what() {
    let (shell, database) = shell().await;
    let records = database.database().collection("migrations");
    let at = DateTime::from_millis(1_700_000_000_000);
    records
        .insert_many([
            doc! { "version": 8, "description": "Old", "appliedAt": at, "status": "completed" },
            doc! { "version": "009", "description": "Bad\u{1b}[2J", "appliedAt": at,
            "status": "failed", "error": "E11000 duplicate key" },
            doc! { "version": "010", "description": "Add selectedEvents to quotes",
            "appliedAt": at, "status": "completed", "run": "2023-11-14-2213-abc",
            "operator": "ann", "host": "desk", "sha256": "other" },
        ])
        .await
        .unwrap();
    let locks = database.database().collection("causeway_lock");
    let now = DateTime::now().timestamp_millis();
    let holder = doc! { "run": "2023-11-14-2213-abc", "host": "desk", "operator": "ann",
    "pid": 7_i64, "command": "causeway up 010" };
    locks
        .insert_one(doc! { "_id": "lease", "epoch": 3_i64, "released": false, "holder": holder,
        "acquired_at": at, "renewed_at": DateTime::from_millis(now - 5_000),
        "expires_at": DateTime::from_millis(now + 600_000) })
        .await
        .unwrap();
    let runs = database.database().collection("causeway_runs");
    runs.insert_one(doc! { "_id": "2023-11-14-2213-abc", "application": "2023-11-14-2213-abc",
    "version": "010", "direction": "up", "status": "stopped", "operator": "ann", "host": "desk",
    "command": "causeway up 010", "started_at": at,
    "ended_at": DateTime::from_millis(1_700_000_250_000) })
        .await
        .unwrap();
    let paused = shell.run(&["pause", "2023-11-14-2213-abc"]);
    let shown = [
        paused,
        shell.run(&["throttle", "2023-11-14-2213-abc", "--documents-per-second", "5000"]),
        shell.run(&["pause", "2023-11-14-2213-xyz"]),
        shell.run(&["status"]),
        shell.run(&["history"]),
    ];
    assert_shown!("status_full", shown.join("\n"));
    let unlocked = [
        shell.run(&["unlock"]),
        shell.run(&["unlock", "--force"]),
        shell.run(&["unlock", "--force", "--yes", "other"]),
        shell.run(&["unlock", "--force", "--yes", database.name()]),
        shell.run(&["unlock"]),
    ];
    assert_shown!("unlock", unlocked.join("\n"));
    let lease = locks.find_one(doc! { "_id": "lease" }).await.unwrap().unwrap();
    assert_eq!(lease.get_i64("epoch").unwrap(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_after_a_killed_run_names_the_command_that_resumes() {
    let (shell, database) = shell().await;
    let at = DateTime::from_millis(1_700_000_000_000);
    let (runs, records) = ("causeway_runs", "migrations");
    let run = doc! { "_id": "2023-11-14-2213-abc", "application": "2023-11-14-2213-abc",
    "version": "010", "direction": "up", "status": "running", "operator": "ann", "host": "desk",
    "started_at": at };
    database.database().collection(runs).insert_one(run).await.unwrap();
    // Left by the application that was rolled back before this one began.
    let record = doc! { "version": "010", "status": "running", "run": "2023-11-14-2213-abc",
    "appliedAt": at };
    database.database().collection(records).insert_one(record).await.unwrap();
    let shown = shell.run(&["status"]);
    assert!(shown.contains("next      causeway up 010\n"), "{shown}");
    for command in ["status", "history"] {
        let shown = shell.run(&[command, "--output", "json"]);
        assert!(shown.contains(r#""applied_at":null"#), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn leading_zeros_of_a_version_need_not_be_typed() {
    let (shell, database) = shell().await;
    crate::shop::fill(&database.database()).await;
    let hash = |shown: &str| shown.split("--plan ").nth(1).map(str::to_owned);
    let (full, short) = (shell.run(&["plan", "010"]), shell.run(&["plan", "0010"]));
    assert_eq!(hash(&full), hash(&short));
    assert!(short.contains("causeway up 010 --plan "), "{short}");
    let shown = shell.run(&["up", "10", "--yes", database.name()]);
    assert!(shown.contains("--- exit 0"), "{shown}");
    let run = database.database().collection::<bson::Document>("causeway_runs");
    assert_eq!(run.count_documents(doc! { "version": "010" }).await.unwrap(), 1);
    let shown = shell.run(&["up", "10", "--yes", database.name()]);
    assert!(shown.contains("010 is applied already"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_printed() {
    let (shell, database) = shell().await;
    crate::shop::fill(&database.database()).await;
    assert_shown!("plan", shell.run(&["plan", "010"]));
    assert_shown!("plan_of_nothing", shell.run(&["plan", "011"]));
    let first = shell.output(&["plan", "010", "--output", "json"]);
    let text = String::from_utf8(first.stdout).unwrap();
    let events: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = events.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(names, ["target", "migration", "plan", "next", "finished"]);
    assert_eq!(events[4]["exit_code"], 0);
    assert!(first.stderr.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_is_no_failure() {
    let (shell, _database) = shell().await;
    for form in ["text", "json"] {
        let mut command = shell.command();
        command.args(["status", "--output", form]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let mut talk = String::new();
        child.stderr.take().unwrap().read_to_string(&mut talk).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{talk}");
        assert!(!talk.contains("bug"), "{talk}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_can_not_be_written_is_a_failure() {
    let (shell, _database) = shell().await;
    for form in ["text", "json"] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = shell.command();
        let output = command
            .args(["status", "--output", form])
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let talk = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{talk}");
        assert!(talk.contains("failed to write to standard output"), "{talk}");
    }
}

#[test]
fn a_command_that_only_looks_ends_at_the_first_signal() {
    let shell = Shell::new().with_uri(NOBODY);
    let mut command = shell.command();
    let mut child = command.arg("history").stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let since = Instant::now();
    signal(child.id(), "INT");
    let mut talk = String::new();
    child.stderr.take().unwrap().read_to_string(&mut talk).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{talk}");
    assert!(since.elapsed() < Duration::from_secs(3));
    assert_shown!("interrupted", talk);
}

#[test]
fn a_command_that_writes_ends_at_the_second() {
    let shell = Shell::new().with_uri(NOBODY);
    let mut command = shell.command();
    let mut child = command.arg("unlock").stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    signal(child.id(), "TERM");
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none());
    signal(child.id(), "INT");
    let mut talk = String::new();
    child.stderr.take().unwrap().read_to_string(&mut talk).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(5), "{talk}");
    assert_shown!("interrupted_twice", talk);
}

fn signal(process: u32, name: &str) {
    let status = std::process::Command::new("kill")
        .args([&format!("-{name}"), &process.to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}
