//! Every event as people read it: plain for a file, in colours and wrapped for a terminal.

use std::collections::{BTreeMap, BTreeSet};

use causeway::terminal::layout::Page;
use causeway::terminal::rows::Row;
use causeway::terminal::style::Paint;
use causeway::terminal::text::{Renderer, Stream};
use causeway_core::answer::{Answer, Tally, Verdict as Answered};
use causeway_core::event::{Condition, Event, TargetShown, Verification};
use causeway_core::outcome::Outcome;
use causeway_core::runbook::StepState;
use causeway_core::verdict::{Expected, Verdict};
use serde_json::json;

const PHASE: &str = "quotes  add selectedEvents";

fn target() -> Event {
    Event::Target(TargetShown {
        database: "shop".to_owned(),
        host: "127.0.0.1:27017".to_owned(),
        uri: "mongodb://***:***@127.0.0.1/shop".to_owned(),
        version: "6.0.5".to_owned(),
        topology: "replica set rs0, 3 members".to_owned(),
        source: "MONGODB_URI".to_owned(),
    })
}

fn migration() -> Event {
    Event::Migration {
        version: "010".to_owned(),
        title: "Add selectedEvents to quotes".to_owned(),
        file: "migrations/010-quote-events.toml".to_owned(),
    }
}

fn answers() -> Vec<Event> {
    let answers = [
        Answer::ok("connection", "?", "200 pings in 5.0 s, p50 0.4 ms, max 2.1 ms, primary unchanged"),
        Answer::ok(
            "writers",
            "?",
            "4.2 writes/s on quotes by \"web@10.0.3.7\"; fine online, stop them for a maintenance run",
        )
        .but(Answered::Warning, "stop the job, or go on: new documents are swept up until none is left"),
        Answer::ok("required version", "?", "009 has no completed record in migrations").but(
            Answered::Refuses,
            "apply it first, or record it: causeway up 010 --assume-applied 009 --reason \"…\"",
        ),
    ];
    let tally = Tally::of(&answers);
    let mut events: Vec<Event> = answers.into_iter().map(Event::Answer).collect();
    events.push(Event::Checked { version: "010".to_owned(), tally });
    events
}

fn steps() -> Vec<Event> {
    let step = |number, step: &str, state, text: &str, seconds| Event::Step {
        number,
        of: 18,
        step: step.to_owned(),
        text: text.to_owned(),
        state,
        seconds,
    };
    let standing = Row::from([
        ("row", json!("standing")),
        ("run", json!("2026-11-22-0155-abc")),
        ("database", json!("010 rolled back, and compared: as before")),
        ("maintenance", json!("off")),
        ("fence", json!("none")),
        ("jobs", json!("reminders started again")),
        ("call", json!("backend lead: Bea Ray, +44 20 7946 0002")),
    ]);
    vec![
        step(3, "backup", StepState::Open, "back the database up", None),
        step(3, "backup", StepState::Done, "100,240 documents, 98 MB", Some(2.1)),
        step(6, "rehearse", StepState::Skipped, "--skip: rehearsed on staging", None),
        step(14, "manual:deploy the code", StepState::Open, "by hand: deploy the code", None),
        step(14, "manual:deploy the code", StepState::Done, "confirmed by ann", Some(252.0)),
        step(16, "smoke", StepState::Failed, "create a quote: answered 500", Some(0.2)),
        step(0, "back:down", StepState::Open, "roll the migration back", None),
        step(0, "back:tell", StepState::Incomplete, "2 of 3 did not arrive", Some(30.0)),
        Event::Row(standing),
    ]
}

fn run() -> Vec<Event> {
    vec![
        Event::RunStarted {
            run: "2026-11-22-0213-k7f".to_owned(),
            command: "up",
            resumed: true,
            folder: ".causeway/runs/2026-11-22-0213-k7f".to_owned(),
        },
        Event::PhaseStarted { phase: PHASE.to_owned(), total: Some(1_000_000), unit: "documents" },
        Event::Progress {
            phase: PHASE.to_owned(),
            done: 684_000,
            total: Some(1_000_000),
            per_second: 66_914.0,
            eta_seconds: Some(4.7),
            lag_seconds: Some(0.1),
        },
        Event::Unpaused { seconds: 250.0 },
        Event::PhaseFinished {
            phase: PHASE.to_owned(),
            result: "1,000,000 changed".to_owned(),
            seconds: 14.94,
        },
        Event::Warning { text: "42 documents came in meanwhile; swept up".to_owned() },
        Event::Fact { key: "recorded", text: "010 completed in 21.3 s".to_owned() },
        Event::Next { commands: vec!["causeway verify 010".to_owned(), "deploy".to_owned()] },
    ]
}

fn verification(passed: bool) -> Event {
    let mut counts =
        BTreeMap::from([(Verdict::Unchanged, 999_998), (Verdict::ChangedByApplication, 2)]);
    let mut samples = BTreeMap::new();
    if !passed {
        counts.insert(Verdict::Damaged, 12);
        let ids = (0..12).map(|id| format!("{{\"$oid\":\"65a000{id:018}\"}}")).collect();
        samples.insert("quotes".to_owned(), BTreeMap::from([(Verdict::Damaged, ids)]));
    }
    Event::Verified(Box::new(Verification {
        version: "010".to_owned(),
        state: Expected::Applied,
        passed,
        documents: 1_000_000,
        collections: BTreeMap::from([("quotes".to_owned(), counts)]),
        lacking: BTreeMap::new(),
        conditions: vec![
            Condition {
                holds: true,
                text: "index selected_events_event_id_idx is there".to_owned(),
            },
            Condition { holds: passed, text: "the record of 010 says completed".to_owned() },
        ],
        samples,
        list_file: (!passed).then(|| ".causeway/runs/r/verify.jsonl".to_owned()),
        proof: "digests of run 2026-11-22-0213-k7f".to_owned(),
        seconds: 6.2,
    }))
}

fn rows() -> Vec<Event> {
    let version = |version: &str, state: &str| {
        Event::Row(BTreeMap::from([
            ("row", json!("version")),
            ("version", json!(version)),
            ("state", json!(state)),
            ("title", json!("Add selectedEvents to quotes")),
        ]))
    };
    let lease = BTreeMap::from([("row", json!("lease")), ("text", json!("free"))]);
    vec![version("009", "applied"), version("010", "rolled_back"), Event::Row(lease)]
}

fn failure() -> Vec<Event> {
    vec![
        Event::Failure {
            message: "failed to write batch 12 of step 1: nothing of it was written".to_owned(),
            causes: vec!["the server said: interrupted (11601, Interrupted)".to_owned()],
            hint: Some("the same command resumes".to_owned()),
        },
        finished(Outcome::Stopped),
    ]
}

fn finished(outcome: Outcome) -> Event {
    Event::Finished {
        outcome,
        exit_code: outcome.exit_code(),
        database: outcome.database_state().to_owned(),
    }
}

fn rendered(page: Page, events: &[Event]) -> String {
    let mut renderer = Renderer::new(page, page);
    let mut text = String::new();
    for event in events {
        for line in renderer.render(event) {
            let stream = match line.to {
                Stream::Data => "out",
                Stream::Talk => "err",
                Stream::Alarm => "ERR",
            };
            for part in line.text.split('\n') {
                text.push_str(&format!("{stream} {part}\n"));
            }
        }
    }
    text.replace('\x1b', "␛")
}

fn everything() -> Vec<Event> {
    let mut events = vec![target(), migration()];
    events.extend(answers());
    events.push(finished(Outcome::Refused));
    events.extend(run());
    events.extend(steps());
    events.extend([verification(true), verification(false)]);
    events.extend(rows());
    events.extend(failure());
    events.push(finished(Outcome::NothingToDo));
    events
}

/// Name of an event's kind; no wildcard, so that a new kind has to be shown here too.
fn name(event: &Event) -> &'static str {
    match event {
        Event::Target(_) => "target",
        Event::Migration { .. } => "migration",
        Event::Answer(_) => "answer",
        Event::Checked { .. } => "checked",
        Event::Plan(_) => "plan",
        Event::RunStarted { .. } => "run_started",
        Event::Step { .. } => "step",
        Event::PhaseStarted { .. } => "phase_started",
        Event::Progress { .. } => "progress",
        Event::PhaseFinished { .. } => "phase_finished",
        Event::Paused { .. } => "paused",
        Event::Unpaused { .. } => "unpaused",
        Event::Fact { .. } => "fact",
        Event::Warning { .. } => "warning",
        Event::Verified(_) => "verified",
        Event::Row(_) => "row",
        Event::Failure { .. } => "failure",
        Event::Next { .. } => "next",
        Event::Finished { .. } => "finished",
    }
}

#[test]
fn everything_in_a_file() {
    let plain = Page { paint: Paint::Plain, columns: None };
    insta::assert_snapshot!("plain", rendered(plain, &everything()));
}

#[test]
fn everything_on_a_terminal() {
    let colours = Page { paint: Paint::Colours, columns: Some(72) };
    insta::assert_snapshot!("colours", rendered(colours, &everything()));
}

#[test]
fn no_kind_of_event_is_left_out() {
    let shown: BTreeSet<&str> = everything().iter().map(name).collect();
    // A plan is shown by `causeway plan` in a test of its own; a pause says the time of day.
    assert_eq!(shown.len(), 19 - 2, "{shown:?}");
}

/// A verification of `quotes` with these verdicts, all of whose documents were read.
fn verified(passed: bool, counts: &[(Verdict, u64)]) -> String {
    let Event::Verified(mut found) = verification(true) else { unreachable!() };
    found.passed = passed;
    found.documents = 90;
    found.conditions = vec![Condition { holds: passed, text: "a condition".to_owned() }];
    found.collections = BTreeMap::from([("quotes".to_owned(), counts.iter().copied().collect())]);
    let plain = Page { paint: Paint::Plain, columns: None };
    rendered(plain, &[Event::Verified(found)])
}

#[test]
fn a_verification_praises_only_what_it_compared_and_found_right() {
    let right = [(Verdict::Unchanged, 90), (Verdict::DeletedByApplication, 10)];
    let text = verified(true, &right);
    assert!(text.contains("verified  90 of 90 quotes: as the migration makes them"), "{text}");
    let text = verified(false, &right);
    assert!(text.contains("compared  90 quotes"), "{text}");
    assert!(!text.contains("as the migration makes them"), "{text}");
    let text = verified(false, &[(Verdict::Unchanged, 88), (Verdict::Damaged, 2)]);
    assert!(text.contains("wrong     2 of 90 quotes: not as the migration makes them"), "{text}");
    let text = verified(true, &[]);
    assert!(text.contains("read      90 quotes: nothing was compared"), "{text}");
    assert!(!text.contains("verified"), "{text}");
}

#[test]
fn a_pause_says_since_when() {
    let plain = Page { paint: Paint::Plain, columns: None };
    let reason = "by limit: replication lag 4.2 s (limit 3.0 s)".to_owned();
    let text = rendered(plain, &[Event::Paused { reason }]);
    let since = "err paused    by limit: replication lag 4.2 s (limit 3.0 s), since ";
    assert!(text.starts_with(since), "{text}");
}
