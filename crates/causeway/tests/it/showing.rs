//! How far a run is, as applications read it in the database.

use std::time::Duration;

use bson::{Document, deserialize_from_document, doc};
use causeway::live::Publisher;
use causeway::reporter::Reporter;
use causeway::target::{Target, TargetOptions};
use causeway_core::event::Event;
use causeway_core::live::{COLLECTION, ID, Live};

use crate::trial::{Trial, eventually};

async fn shown(trial: &Trial) -> Option<Live> {
    let found = trial.scene.collection(COLLECTION).find_one(doc! { "_id": ID }).await.unwrap();
    found.map(|found: Document| deserialize_from_document(found).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_sees_what_the_terminal_shows() {
    let trial = Trial::shared(4_000).await;
    trial.expect(0, &["check", "010"]);
    assert_eq!(shown(&trial).await, None, "a command that only looks wrote");
    let mut running = trial.start(&["up", "010", "--documents-per-second-max", "300"]);
    let run = running.run();
    eventually("documents are counted", async || {
        let phase = shown(&trial).await.and_then(|live| live.phase);
        phase.is_some_and(|phase| phase.done > 0 && phase.per_second > 0.0)
    })
    .await;
    let live = shown(&trial).await.unwrap();
    assert_eq!((live.run.as_str(), live.working.as_str()), (run.as_str(), run.as_str()));
    assert_eq!((live.command.as_str(), live.ended), ("up", false));
    assert!(live.at.is_some());
    trial.expect(0, &["pause", &run]);
    eventually("it is said to wait", async || {
        shown(&trial).await.is_some_and(|live| live.waits.is_some())
    })
    .await;
    trial.expect(0, &["resume", &run]);
    trial.expect(0, &["throttle", &run, "--documents-per-second", "off"]);
    let told = running.end();
    assert_eq!(told.code, 0, "{told}");
    let live = shown(&trial).await.unwrap();
    assert!(live.ended && live.waits.is_none(), "{live:?}");
    trial.expect(0, &["down", "010"]);
    let live = shown(&trial).await.unwrap();
    assert_eq!((live.command.as_str(), live.ended), ("down", true));
    assert_ne!(live.run, run, "the former run is still shown");
}

fn began(run: &str) -> Event {
    Event::RunStarted { run: run.to_owned(), command: "up", resumed: false, folder: String::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_taken_over_says_nothing_any_more() {
    let trial = Trial::shared(10).await;
    let (uri, name) = (trial.scene.uri().to_owned(), trial.scene.database.name().to_owned());
    let options = TargetOptions::given("--uri", uri, name);
    let target = Target::connect(&options).await.unwrap();
    let nobody = Reporter::new(|_| {});
    let (first, first_publisher) = Publisher::begin(&target, &nobody);
    let (second, second_publisher) = Publisher::begin(&target, &nobody);
    let is = async |run: &str| shown(&trial).await.is_some_and(|live| live.run == run);
    first.emit(began("first"));
    eventually("the first is shown", async || is("first").await).await;
    second.emit(began("second"));
    eventually("the second is shown", async || is("second").await).await;
    for phase in ["reading", "writing"] {
        let phase = phase.to_owned();
        first.emit(Event::PhaseStarted { phase, total: None, unit: "documents" });
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        assert!(is("second").await, "the first one wrote over the second");
    }
    first_publisher.end().await;
    assert!(is("second").await, "the end of the first one is that of the second");
    second_publisher.end().await;
    assert!(shown(&trial).await.unwrap().ended);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_shown_stops_no_run() {
    let trial = Trial::shared(400).await;
    // The server refuses that document, and no other.
    let states = trial.scene.collection(COLLECTION);
    states.insert_one(doc! { "_id": ID, "at": "long ago", "run": 7 }).await.unwrap();
    let frozen = doc! { "collMod": COLLECTION, "validator": { "_id": { "$ne": ID } } };
    trial.scene.database.run_command(frozen).await.unwrap();
    trial.expect(0, &["up", "010"]);
    let kept = states.find_one(doc! { "_id": ID }).await.unwrap().unwrap();
    assert_eq!(kept.get_i32("run").unwrap(), 7, "it was written all the same");
    trial.expect(0, &["verify", "010", "--state", "applied"]);
}
