//! While a run is under way.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bson::doc;
use causeway::context::Interrupt;
use causeway::monitor::{
    Application, Monitor, Selectors, Settings, Then, Threshold, Thresholds, samples,
};
use causeway::reporter::Reporter;
use causeway::target::{Target, TargetOptions};
use causeway_core::event::Event;
use testbed::{Auth, ReplicaSet, ReplicaSetOptions};

use super::application::Application as Shop;
use crate::scene::{Scene, plain_quotes};
use crate::trial::eventually;

const INTERVAL: Duration = Duration::from_millis(50);

fn selectors() -> Selectors {
    let of = |text: &str| text.parse().unwrap();
    Selectors {
        requests: of("http_requests_total"),
        errors: of("http_requests_total{status=\"5*\"}"),
        latency: of("http_request_duration_seconds"),
        created: of("quotes_created_total"),
        create_failed: of("quotes_create_failed_total"),
        issues: of("quotes_problems_reported_total"),
    }
}

/// A monitor, and what it says.
struct Watched {
    scene: Scene,
    monitor: Monitor,
    interrupt: Interrupt,
    said: Arc<Mutex<Vec<String>>>,
    file: PathBuf,
}

impl Watched {
    async fn start(application: Option<&Shop>, thresholds: Thresholds) -> Self {
        let scene = Scene::with_quotes(plain_quotes(5)).await;
        let name = scene.database.name().to_owned();
        let options = TargetOptions::given("--uri", scene.uri().to_owned(), name);
        let target = Target::connect(&options).await.unwrap();
        let settings = Settings {
            application: application
                .map(|shop| Application { url: shop.url(), selectors: selectors() }),
            thresholds,
            interval: INTERVAL,
        };
        let said: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = Arc::clone(&said);
        let reporter = Reporter::new(move |event| {
            if let Event::Warning { text } = event {
                heard.lock().unwrap().push(text);
            }
        });
        let interrupt = Interrupt::default();
        let file = scene.path().join("samples.jsonl");
        let monitor =
            Monitor::start(&target, settings, &file, (&reporter, &interrupt)).await.unwrap();
        Self { scene, monitor, interrupt, said, file }
    }
}

fn only_errors(then: Then) -> Thresholds {
    let error_rate_percent = Some(Threshold { limit: 5.0, then, for_seconds: 0.3 });
    Thresholds {
        error_rate_percent,
        p99_milliseconds: None,
        lag_seconds: None,
        disk_free_gigabytes: None,
        run_minutes: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn samples_have_the_figures_of_server_and_application() {
    let shop = Shop::with_errors(10);
    let Watched { scene, monitor, file, .. } =
        Watched::start(Some(&shop), Thresholds::default()).await;
    monitor.baseline(Duration::from_millis(300)).await;
    monitor.step("up");
    monitor.progress(2, Some(5));
    for number in 0..200 {
        scene.quotes().insert_one(doc! { "_id": format!("new {number}") }).await.unwrap();
    }
    tokio::time::sleep(3 * INTERVAL).await;
    monitor.stop().await;
    let all = samples::read(&file).unwrap();
    assert!(all.iter().filter(|sample| sample.step == "baseline").count() >= 3);
    let up: Vec<_> = all.iter().filter(|sample| sample.step == "up").collect();
    assert_eq!(up.last().unwrap().progress.unwrap().total, Some(5));
    for sample in &all {
        assert!(sample.trouble.is_empty(), "{sample:?}");
        assert!(sample.seconds > 0.0, "{sample:?}");
        let server = sample.server.as_ref().unwrap();
        assert!(server.memory_megabytes.unwrap() > 10.0, "{server:?}");
        assert!(server.cpu_percent.unwrap() < 10_000.0, "{server:?}");
        assert!(server.cache_used_percent.unwrap() > 0.0, "{server:?}");
        assert!(server.connections.unwrap() >= 1.0, "{server:?}");
        assert!(server.disk_free_bytes.unwrap() > 1e6, "{server:?}");
        assert_eq!(server.lag_seconds, Some(0.0));
        assert!(server.queue.is_some() && server.lock_waits_per_second.is_some(), "{server:?}");
    }
    // All tests use this server: somebody writes more, nobody writes less.
    let written: f64 = all
        .iter()
        .map(|sample| sample.seconds * sample.server.as_ref().unwrap().writes_per_second.unwrap())
        .sum();
    assert!(written > 150.0, "{written}");
    let (requests, errors) = all
        .iter()
        .filter_map(|it| it.application.as_ref())
        .fold((0.0, 0.0), |(requests, errors), it| {
            (requests + it.requests.unwrap(), errors + it.errors.unwrap())
        });
    assert!(requests > 0.0);
    assert!((errors / requests - 0.1).abs() < 1e-9, "{errors} of {requests}");
    let p99 = up.iter().filter_map(|it| it.application.as_ref()?.p99_milliseconds).next();
    assert!(p99.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_threshold_pauses_and_lets_go() {
    let shop = Shop::with_errors(50);
    let Watched { monitor, interrupt, said, .. } =
        Watched::start(Some(&shop), only_errors(Then::Pause)).await;
    // Nothing is judged before anything is applied.
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(interrupt.held(), None);
    monitor.step("up");
    eventually("the run waits", async || interrupt.held().is_some()).await;
    let words = interrupt.held().unwrap();
    assert!(words.starts_with("by threshold: error rate 50.0 % (limit 5 %) for 0.3 s"), "{words}");
    shop.set_errors(0);
    eventually("the run goes on", async || interrupt.held().is_none()).await;
    shop.set_errors(50);
    eventually("the run waits again", async || interrupt.held().is_some()).await;
    assert_eq!((monitor.verdict(), interrupt.is_set()), (None, false));
    monitor.stop().await;
    assert_eq!(interrupt.held(), None, "nobody would let it go on");
    assert!(said.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_threshold_sends_the_run_back() {
    let shop = Shop::with_errors(0);
    let Watched { monitor, interrupt, .. } =
        Watched::start(Some(&shop), only_errors(Then::RollBack)).await;
    monitor.step("up");
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!((monitor.verdict(), interrupt.is_set()), (None, false));
    shop.set_errors(30);
    eventually("the run is sent back", async || monitor.verdict().is_some()).await;
    assert!(interrupt.is_set());
    let words = monitor.verdict().unwrap().words;
    assert!(
        words.starts_with("error rate ") && words.ends_with(" % (limit 5 %) for 0.3 s"),
        "{words}"
    );
    // Later steps do not take it back.
    monitor.step("down");
    monitor.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_takes_long_is_told_once() {
    let run_minutes = Some(Threshold { limit: 0.01, then: Then::Warn, for_seconds: 10.0 });
    let thresholds = Thresholds { run_minutes, ..only_errors(Then::Warn) };
    let Watched { monitor, said, .. } = Watched::start(None, thresholds).await;
    monitor.step("up");
    eventually("it is told", async || !said.lock().unwrap().is_empty()).await;
    tokio::time::sleep(4 * INTERVAL).await;
    monitor.stop().await;
    let said = said.lock().unwrap().clone();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("applying takes "), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_read_is_told_and_ends_nothing() {
    let options = ReplicaSetOptions { auth: Auth::On, ..ReplicaSetOptions::default() };
    let server = ReplicaSet::start(options).await.unwrap();
    let quotes = server.client().await.unwrap().database("shop").collection("quotes");
    quotes.insert_one(doc! { "_id": 1 }).await.unwrap();
    let uri = server.create_user("reader", "secret", &[("read", "shop")]).await.unwrap();
    let target = Target::connect(&TargetOptions::given("--uri", uri, "shop".to_owned())).await;
    let settings =
        Settings { application: None, thresholds: Thresholds::default(), interval: INTERVAL };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("samples.jsonl");
    let (reporter, interrupt) = (Reporter::new(drop), Interrupt::default());
    let watched = (&reporter, &interrupt);
    let monitor = Monitor::start(&target.unwrap(), settings, &file, watched).await.unwrap();
    monitor.step("up");
    tokio::time::sleep(4 * INTERVAL).await;
    monitor.stop().await;
    let last = samples::read(&file).unwrap().pop().unwrap();
    let seen = last.server.unwrap();
    assert_eq!((seen.cpu_percent, seen.connections), (None, None));
    assert!(seen.disk_free_bytes.unwrap() > 1e6);
    let missing = "serverStatus: needs the privilege serverStatus (role clusterMonitor)";
    assert_eq!(last.trouble, [missing]);
    assert!(!interrupt.is_set());
}
