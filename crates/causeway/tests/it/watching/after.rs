//! The day after, in seconds.

use std::fs::{self, File};

use bson::{DateTime, doc};
use causeway::monitor::samples;
use causeway_core::sample::{ApplicationSample, Sample, ServerSample};
use testbed::{Proxy, ReplicaSet, ReplicaSetOptions};

use super::application::Application;
use crate::scene::{Ran, Scene, plain_quotes};
use crate::trial::Trial;

/// A migration that was applied, and what was normal before it.
struct Applied {
    scene: Scene,
    run: String,
}

impl Applied {
    /// One of a hundred requests ended with an error.
    async fn with_baseline(application: &Application) -> Self {
        let applied = Self::without_baseline(application).await;
        let lines: Vec<String> =
            (0..60).map(|_| serde_json::to_string(&before()).unwrap() + "\n").collect();
        fs::write(applied.file("samples.jsonl"), lines.concat()).unwrap();
        applied
    }

    async fn without_baseline(application: &Application) -> Self {
        let scene = Scene::with_quotes(plain_quotes(50)).await;
        let run = scene.up().run();
        configure(&scene, application);
        Self { scene, run }
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.scene.run_folder(&self.run).join(name)
    }

    #[track_caller]
    fn watch(&self, code: i32, length: &str) -> Ran {
        self.scene.expect(code, &["watch", "010", "--for", length, "--every", "100ms"])
    }
}

fn configure(scene: &Scene, application: &Application) {
    scene.file("causeway.toml", &format!("[metrics]\nurl = \"{}\"\n", application.url()));
}

/// So much load on the server that nothing which these tests do is more.
fn before() -> Sample {
    Sample {
        at: "2026-11-26T02:00:00.000+00:00".to_owned(),
        step: "baseline".to_owned(),
        seconds: 1.0,
        server: Some(ServerSample {
            cpu_percent: Some(900.0),
            queue: Some(100.0),
            lock_waits_per_second: Some(1e6),
            lock_wait_milliseconds_per_second: Some(1e6),
            cache_dirty_percent: Some(50.0),
            lag_seconds: Some(0.0),
            ..ServerSample::default()
        }),
        application: Some(ApplicationSample {
            requests: Some(100.0),
            errors: Some(1.0),
            latency: vec![(0.1, 99.0), (1.0, 100.0), (f64::MAX, 100.0)],
            created: Some(10.0),
            create_failed: Some(0.0),
            ..ApplicationSample::default()
        }),
        progress: None,
        trouble: Vec::new(),
    }
}

#[track_caller]
fn judgement(ran: &Ran, measure: &str) -> String {
    let found = ran.rows().into_iter().find(|row| row["measure"] == measure);
    let row = found.unwrap_or_else(|| panic!("no {measure} in\n{}", ran.told()));
    row["judgement"].as_str().unwrap().to_owned()
}

fn warnings(ran: &Ran) -> Vec<&str> {
    let warnings = ran.events.iter().filter(|event| event["event"] == "warning");
    warnings.map(|event| event["text"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_worse_nothing_is_said_and_nothing_written() {
    let shop = Application::with_errors(1);
    let applied = Applied::with_baseline(&shop).await;
    let kept = applied.scene.kept().await;
    let ran = applied.watch(0, "3s");
    assert_eq!(warnings(&ran), [""; 0], "{}", ran.told());
    ran.assert_says("nothing is worse than before");
    assert_eq!(judgement(&ran, "error rate"), "as before");
    assert_eq!(judgement(&ran, "quotes.selectedEvents"), "as wanted");
    assert_eq!(applied.scene.kept().await, kept, "looking wrote something");
    let seen = samples::read(&applied.file("watch.jsonl")).unwrap();
    assert!(seen.len() >= 8, "{}", seen.len());
    assert!(seen.iter().all(|sample| sample.step == "watch"));
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_that_came_with_it_are_found() {
    let shop = Application::with_errors(5);
    let applied = Applied::with_baseline(&shop).await;
    let ran = applied.watch(6, "3s");
    let said: Vec<&str> =
        warnings(&ran).into_iter().filter(|it| it.starts_with("error rate 5.0 % of ")).collect();
    assert!(said[0].contains(", before the migration 1.0 % of 6,000 requests: more than chance"));
    assert_eq!(said.len(), 1, "{}", ran.told());
    assert_eq!(ran.event("fact")["key"], "worse");
    assert_eq!(judgement(&ran, "error rate"), "worse");
    assert_eq!(judgement(&ran, "slow answers"), "as before");
    let next = ran.event("next")["commands"].to_string();
    for command in
        ["causeway down 010", "causeway doctor", &format!("causeway report {}", applied.run)]
    {
        assert!(next.contains(command), "{next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_looks_stand_for_what_nobody_saw() {
    let shop = Application::with_errors(1);
    let applied = Applied::without_baseline(&shop).await;
    let ran = applied.watch(0, "3s");
    ran.assert_says("nobody looked before the migration");
    ran.assert_says("with what was in the first ");
    assert_eq!(judgement(&ran, "error rate"), "as before");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_goes_on_where_it_was() {
    let shop = Application::with_errors(1);
    let applied = Applied::with_baseline(&shop).await;
    applied.watch(0, "1500ms");
    let first = samples::read(&applied.file("watch.jsonl")).unwrap();
    // Half a sentence, and an hour in which the machine was off.
    let earlier: Vec<String> = first
        .iter()
        .map(|sample| {
            let at: jiff::Timestamp = sample.at.parse().unwrap();
            let at = (at - jiff::SignedDuration::from_hours(1)).to_string();
            serde_json::to_string(&Sample { at, ..sample.clone() }).unwrap() + "\n"
        })
        .collect();
    fs::write(applied.file("watch.jsonl"), earlier.concat() + "{\"at\":\"20").unwrap();
    let ran = applied.watch(0, "3608s");
    ran.assert_says("left of 1 h");
    assert!(warnings(&ran)[0].starts_with("nobody looked from "), "{}", ran.told());
    let second = samples::read(&applied.file("watch.jsonl")).unwrap();
    assert!(second.len() > first.len(), "{} then {}", first.len(), second.len());
    // It is over: the same command says what it came to, and looks no more.
    let ran = applied.watch(0, "3608s");
    ran.assert_says("were over at");
    assert_eq!(samples::read(&applied.file("watch.jsonl")).unwrap().len(), second.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_watcher_is_refused() {
    let shop = Application::with_errors(1);
    let applied = Applied::with_baseline(&shop).await;
    let held = File::create(applied.file("watch.jsonl")).unwrap();
    held.lock().unwrap();
    let ran = applied.watch(3, "1s");
    ran.assert_says("another process writes into");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_is_away_is_told_once_and_when_it_is_back() {
    let shop = Application::with_errors(1);
    let applied = Applied::with_baseline(&shop).await;
    shop.endpoint.answer([200, 200, 503, 503, 503]);
    let ran = applied.watch(0, "3s");
    assert_eq!(warnings(&ran), ["the application does not answer: it answers with 503"]);
    ran.assert_says("the application answers again, after ");
    drop(shop);
    let gone = Application::with_errors(0);
    applied.scene.file("causeway.toml", "[metrics]\nurl = \"http://127.0.0.1:1/metrics\"\n");
    fs::remove_file(applied.file("watch.jsonl")).unwrap();
    let ran = applied.watch(6, "1s");
    ran.assert_says("the application did not answer a single look");
    drop(gone);
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_without_the_field_are_told_and_those_that_use_it_counted() {
    let shop = Application::with_errors(1);
    let applied = Applied::with_baseline(&shop).await;
    let quotes = applied.scene.quotes();
    let used = doc! { "$set": { "selectedEvents": [{ "eventId": bson::oid::ObjectId::new() }] } };
    quotes.update_many(doc! { "_id": { "$lt": 7 } }, used).await.unwrap();
    quotes.insert_one(doc! { "_id": "by an old application" }).await.unwrap();
    let ran = applied.watch(6, "1s");
    let words = "1 document lacks quotes.selectedEvents, or has another type there; 7 use it";
    assert!(warnings(&ran).contains(&words), "{}", ran.told());
    // After a rollback that is as it should be.
    applied.scene.down();
    let ran = applied.scene.causeway(&["watch", "010", "--for", "1s", "--every", "100ms"]);
    assert!(!ran.told().contains("lack"), "{}", ran.told());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_of_the_whole_plan_goes_before_the_up_that_it_began() {
    let shop = Application::with_errors(1);
    let applied = Applied::without_baseline(&shop).await;
    let whole = doc! { "_id": "2026-11-22-0213-abc", "direction": "run", "version": "010",
    "status": "completed", "up": &applied.run, "started_at": DateTime::from_millis(0),
    "ended_at": DateTime::now() };
    applied.scene.collection("causeway_runs").insert_one(whole).await.unwrap();
    applied.watch(0, "1s").assert_says("2026-11-22-0213-abc, completed, ended ");
    assert!(applied.scene.run_folder("2026-11-22-0213-abc").join("watch.jsonl").exists());
    assert!(!applied.file("watch.jsonl").exists());
    let named = ["watch", "010", "--for", "1s", "--every", "100ms", "--run", &applied.run];
    applied.scene.expect(0, &named);
    assert!(applied.file("watch.jsonl").exists());
    let unknown = ["watch", "010", "--run", "2026-11-22-0213-zzz"];
    applied.scene.expect(2, &unknown).assert_says("there is no run 2026-11-22-0213-zzz of 010");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused() {
    let scene = Scene::with_quotes(plain_quotes(5)).await;
    scene.expect(3, &["watch", "010"]).assert_says("was not run on this database");
    scene.up();
    scene.expect(2, &["watch", "010", "--for", "0s"]).assert_says("sees nothing");
    scene.expect(2, &["watch", "010", "--every", "1ms"]).assert_says("no watching");
    scene.expect(2, &["watch", "010", "--every", "500ms"]).assert_says("100,000 looks at the most");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_it_and_the_same_command_goes_on() {
    let trial = Trial::shared(20).await;
    trial.expect(0, &["up", "010"]);
    let mut running = trial.start(&["watch", "010", "--for", "1h", "--every", "100ms"]);
    running.wait_for("warning");
    running.signal("INT");
    let ended = running.end();
    assert_eq!(ended.code, 5, "{ended}");
    assert!(ended.to_string().contains("the same command goes on with it"), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_told_once_and_when_it_is_back() {
    let server = ReplicaSet::start(ReplicaSetOptions::default()).await.unwrap();
    let proxy = Proxy::start(&server.addresses()[0]).unwrap();
    let trial = Trial::reaching(proxy.uri_for("trial"), &server.client().await.unwrap());
    trial.fill(20).await;
    trial.expect(0, &["up", "010"]);
    let mut running = trial.start(&["watch", "010", "--for", "12s", "--every", "200ms"]);
    running.wait_for("warning");
    proxy.cut().unwrap();
    let away = |told: &str| told.matches("the server does not answer").count();
    while away(&format!("{:?}", running.events())) == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    proxy.restore().unwrap();
    let ended = running.end().to_string();
    assert_eq!(away(&ended), 1, "{ended}");
    assert!(ended.contains("the server answers again, after "), "{ended}");
    assert!(ended.contains("nothing is worse than before"), "{ended}");
}
