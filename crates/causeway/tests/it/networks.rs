//! A network that is cut, and one that stalls: every wait has an end, and what is said helps.

use std::time::{Duration, Instant};

use bson::doc;
use testbed::{Proxy, ReplicaSet, ReplicaSetOptions};

use crate::trial::{Told, Trial};

const UP: [&str; 2] = ["up", "010"];
const SLOWLY: [&str; 4] = ["up", "010", "--documents-per-second-max", "500"];

struct Line {
    proxy: Proxy,
    trial: Trial,
    _server: ReplicaSet,
}

impl Line {
    async fn start() -> Self {
        let server = ReplicaSet::start(ReplicaSetOptions::default()).await.unwrap();
        let proxy = Proxy::start(&server.addresses()[0]).unwrap();
        let client = server.client().await.unwrap();
        let trial = Trial::reaching(proxy.uri_for("trial"), &client);
        trial.fill(1_500).await;
        trial.configure(100);
        Self { proxy, trial, _server: server }
    }

    /// The same command, when the network is back.
    fn go_on(&self) -> Told {
        let since = Instant::now();
        loop {
            let told = self.trial.give(&UP);
            if told.code != 4 || since.elapsed() > Duration::from_secs(10) {
                return told;
            }
            std::thread::sleep(Duration::from_millis(300));
        }
    }

    fn assert_applied(&self) {
        self.trial.expect(0, &["verify", "010", "--state", "applied"]);
        self.trial.assert_free();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_cut_is_hardly_noticed() {
    let line = Line::start().await;
    let running = line.trial.start(&SLOWLY);
    for batches in [2, 5, 8] {
        line.trial.wait_for_batches(batches).await;
        line.proxy.cut().unwrap();
        tokio::time::sleep(Duration::from_millis(300)).await;
        line.proxy.restore().unwrap();
    }
    let told = running.end();
    assert!(matches!(told.code, 0 | 5), "{told}");
    if told.code == 5 {
        let resumed = line.go_on();
        assert_eq!(resumed.code, 0, "{told}\nthen {resumed}");
    }
    line.assert_applied();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_stays_away_ends_the_run() {
    let line = Line::start().await;
    let running = line.trial.start(&SLOWLY);
    line.trial.wait_for_batches(3).await;
    line.proxy.cut().unwrap();
    let told = running.end();
    assert_eq!(told.code, 5, "{told}");
    assert!(told.took < Duration::from_secs(120), "{told}");
    assert!(told.failure().contains("the same command"), "no word on what to do: {told}");
    let without = line.trial.expect(3, &["status"]);
    assert!(without.failure().contains("no server answers"), "{without}");
    line.proxy.restore().unwrap();
    let resumed = line.go_on();
    assert_eq!(resumed.code, 0, "{resumed}");
    line.assert_applied();
}

/// Connections stay open and nothing comes: only the program's own patience ends the wait.
#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_stalls_ends_the_run() {
    let line = Line::start().await;
    let running = line.trial.start(&SLOWLY);
    line.trial.wait_for_batches(3).await;
    line.proxy.stall().unwrap();
    let told = running.end();
    assert_eq!(told.code, 5, "{told}");
    assert!(told.failure().contains("the same command"), "no word on what to do: {told}");
    line.proxy.restore().unwrap();
    let resumed = line.go_on();
    assert_eq!(resumed.code, 0, "{resumed}");
    line.assert_applied();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_stalls_for_a_moment_is_waited_for() {
    let line = Line::start().await;
    let running = line.trial.start(&SLOWLY);
    line.trial.wait_for_batches(3).await;
    line.proxy.stall().unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    line.proxy.restore().unwrap();
    let told = running.end();
    assert!(matches!(told.code, 0 | 5), "{told}");
    assert_eq!(line.go_on().code, 0);
    line.assert_applied();
    let entries = line.trial.scene.collection("causeway_journal");
    assert!(entries.count_documents(doc! {}).await.unwrap() > 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_waited_for_without_end_when_nobody_answers() {
    let line = Line::start().await;
    line.proxy.stall().unwrap();
    for command in
        [&UP[..], &["status"], &["plan", "010"], &["verify", "010", "--state", "applied"]]
    {
        let told = line.trial.expect(3, command);
        assert!(told.took < Duration::from_secs(40), "{told}");
        assert!(told.failure().contains("no server answers"), "{told}");
    }
}
