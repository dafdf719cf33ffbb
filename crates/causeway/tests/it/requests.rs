//! Requests from another terminal, and signals: each takes effect at once, and none loses a batch.

use std::time::{Duration, Instant};

use bson::doc;

use crate::trial::{Running, Told, Trial, eventually};

const UP: [&str; 2] = ["up", "010"];
/// A hundred a second: a run that lasts as long as a test wants.
const SLOWLY: [&str; 4] = ["up", "010", "--documents-per-second-max", "300"];
/// A second is promised; this machine may be busy with other tests.
const AT_ONCE: Duration = Duration::from_secs(3);

async fn under_way() -> (Trial, Running, String) {
    let trial = Trial::shared(4_000).await;
    let mut running = trial.start(&SLOWLY);
    let run = running.run();
    trial.wait_for_batches(2).await;
    (trial, running, run)
}

async fn changed(trial: &Trial) -> u64 {
    let entries = trial.scene.collection("causeway_journal");
    entries.count_documents(doc! {}).await.unwrap()
}

async fn within(limit: Duration, what: &str, holds: impl AsyncFnMut() -> bool) {
    let since = Instant::now();
    eventually(what, holds).await;
    assert!(since.elapsed() < limit, "{what}: only after {:?}", since.elapsed());
}

/// What stopped part-way can be told from outside, and the same command ends it.
async fn goes_on(trial: &Trial, run: &str) {
    trial.assert_free();
    let status = trial.expect(0, &["status"]);
    let row = status.events.iter().find(|row| row["row"] == "run_under_way").unwrap();
    assert_eq!((row["run"].as_str(), row["status"].as_str()), (Some(run), Some("stopped")));
    let resumed = trial.expect(0, &UP);
    assert_eq!(resumed.run(), run, "another run went on");
    trial.expect(0, &["verify", "010", "--state", "applied"]);
    trial.assert_free();
}

#[tokio::test(flavor = "multi_thread")]
async fn pause_and_resume() {
    let (trial, running, run) = under_way().await;
    trial.expect(0, &["pause", &run]);
    within(AT_ONCE, "the run pauses", async || running.told("paused")).await;
    let paused = running.events().into_iter().find(|told| told["event"] == "paused").unwrap();
    assert!(paused["reason"].as_str().unwrap().contains("causeway resume"), "{paused}");
    let status = trial.expect(0, &["status"]);
    assert!(status.to_string().contains("is asked to wait"), "{status}");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let before = changed(&trial).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(changed(&trial).await, before, "it wrote while it was paused");
    trial.expect(0, &["resume", &run]);
    within(AT_ONCE, "the run goes on", async || running.told("unpaused")).await;
    trial.expect(0, &["throttle", &run, "--documents-per-second", "1000000"]);
    let told = running.end();
    assert_eq!(told.code, 0, "{told}");
    trial.expect(0, &["verify", "010", "--state", "applied"]);
    trial.assert_free();
}

#[tokio::test(flavor = "multi_thread")]
async fn throttle() {
    let (trial, running, run) = under_way().await;
    let since = Instant::now();
    trial.expect(0, &["throttle", &run, "--documents-per-second", "100000"]);
    let told = running.end();
    assert_eq!(told.code, 0, "{told}");
    // At the former rate it would have taken some ten seconds more.
    assert!(since.elapsed() < Duration::from_secs(8), "{:?}", since.elapsed());
    let late = trial.expect(3, &["pause", &run]);
    assert!(late.failure().contains("has ended"), "{late}");
}

#[tokio::test(flavor = "multi_thread")]
async fn throttle_slows_down() {
    let (trial, running, run) = under_way().await;
    trial.expect(0, &["throttle", &run, "--documents-per-second", "20"]);
    tokio::time::sleep(AT_ONCE).await;
    let before = done(&trial).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let since = done(&trial).await - before;
    // What was found at the former rate is written in the batches made then, but not faster.
    assert!(since <= 150, "{since} documents in three seconds at 20 a second");
    trial.expect(0, &["cancel", &run]);
    let told = running.end();
    assert_eq!(told.code, 5, "{told}");
    // The limit stays with the run; whoever resumes it lifts it.
    let refused = trial.expect(3, &["throttle", &run, "--documents-per-second", "off"]);
    assert_nobody_works_on(&run, &refused);
    let running = trial.start(&UP);
    holds_the_lease(&trial, &run).await;
    trial.expect(0, &["throttle", &run, "--documents-per-second", "off"]);
    let told = running.end();
    assert_eq!((told.code, told.run()), (0, run), "{told}");
    trial.expect(0, &["verify", "010", "--state", "applied"]);
}

/// Waits until a runner has taken up the run.
async fn holds_the_lease(trial: &Trial, run: &str) {
    eventually("the run goes on", async || {
        let lease = trial.lease().await;
        let holder = lease.get_document("holder").unwrap();
        !lease.get_bool("released").unwrap() && holder.get_str("run").unwrap() == run
    })
    .await;
}

#[track_caller]
fn assert_nobody_works_on(run: &str, refused: &Told) {
    let told = refused.failure();
    assert!(told.contains(&format!("no runner is working on {run}")), "{told}");
    assert!(told.contains("causeway up 010"), "no word on what to do: {told}");
}

async fn done(trial: &Trial) -> i64 {
    use futures_util::TryStreamExt;
    let sum = [doc! { "$group": { "_id": null, "changed": { "$sum": "$changed" } } }];
    let entries = trial.scene.collection("causeway_journal");
    let mut found = entries.aggregate(sum).await.unwrap();
    found.try_next().await.unwrap().unwrap().get_i64("changed").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel() {
    let (trial, running, run) = under_way().await;
    let since = Instant::now();
    trial.expect(0, &["cancel", &run]);
    let told = running.end();
    assert!(since.elapsed() < AT_ONCE + Duration::from_secs(1), "{:?}", since.elapsed());
    assert_eq!(told.code, 5, "{told}");
    assert!(told.failure().contains("cancelled by request"), "{told}");
    goes_on(&trial, &run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_of_a_paused_run() {
    let (trial, running, run) = under_way().await;
    trial.expect(0, &["pause", &run]);
    within(AT_ONCE, "the run pauses", async || running.told("paused")).await;
    trial.expect(0, &["cancel", &run]);
    let told = running.end();
    assert_eq!(told.code, 5, "{told}");
    assert_nobody_works_on(&run, &trial.expect(3, &["resume", &run]));
    // Whoever resumes it wants it to go on: the pause is over.
    goes_on(&trial, &run).await;
}

/// It would take effect when somebody resumes the run, long after anybody wants it.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_nobody_works_on_is_asked_nothing() {
    let (trial, running, run) = under_way().await;
    running.signal("KILL");
    assert_eq!(running.end().code, -9);
    within(Duration::from_secs(8), "the lease expires", async || {
        bson::DateTime::now() > *trial.lease().await.get_datetime("expires_at").unwrap()
    })
    .await;
    let asking: [&[&str]; 4] = [
        &["pause", &run],
        &["resume", &run],
        &["cancel", &run],
        &["throttle", &run, "--documents-per-second", "1"],
    ];
    for command in asking {
        assert_nobody_works_on(&run, &trial.expect(3, command));
    }
    // Nor while another run has the lease.
    let locks = trial.scene.collection("causeway_lock");
    let later = bson::DateTime::from_millis(bson::DateTime::now().timestamp_millis() + 60_000);
    let other = doc! { "$set": { "holder.run": "another-run", "expires_at": later } };
    locks.update_one(doc! { "_id": "lease" }, other).await.unwrap();
    let refused = trial.expect(3, &["pause", &run]);
    assert_nobody_works_on(&run, &refused);
    assert!(refused.failure().contains("another-run holds the lease"), "{refused}");
    let requests = doc! { "_id": { "$regex": "^run:" } };
    let states = trial.scene.collection("causeway_state");
    assert_eq!(states.count_documents(requests).await.unwrap(), 0);
    trial.expect(0, &["unlock", "--force"]);
    assert_eq!(trial.expect(0, &UP).run(), run);
    trial.expect(0, &["verify", "010", "--state", "applied"]);
    trial.assert_free();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_signal_ends_after_the_batch_in_hand() {
    for signal in ["INT", "TERM"] {
        let (trial, running, run) = under_way().await;
        let since = Instant::now();
        running.signal(signal);
        let told = running.end();
        assert!(since.elapsed() < AT_ONCE, "SIG{signal}: {:?}", since.elapsed());
        assert_eq!(told.code, 5, "SIG{signal}: {told}");
        assert!(told.failure().contains("the same command resumes"), "{told}");
        // Each batch that was begun has its end in the journal.
        let journal = trial.journal(&run);
        let count = |said: &str| {
            journal.iter().filter(|it| it["entry"] == said && it["deed"] == "batch").count()
        };
        assert_eq!(count("intent"), count("done"), "SIG{signal}: {journal:#?}");
        assert_eq!(journal.last().unwrap()["entry"], "ended");
        goes_on(&trial, &run).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_signal_ends_at_once() {
    let trial = Trial::shared(4_000).await;
    // A batch in hand that does not end: another writer holds what it needs.
    let mut session = trial.scene.client().start_session().await.unwrap();
    let running = trial.start(&SLOWLY);
    trial.wait_for_batches(1).await;
    let slots = trial.scene.collection("causeway_lock");
    loop {
        session.start_transaction().await.unwrap();
        let slot = (doc! { "_id": { "$regex": "^slot" } }, doc! { "$inc": { "held": 1 } });
        if slots.update_many(slot.0, slot.1).session(&mut session).await.is_ok() {
            break;
        }
        // The runner has one of them; it is in a batch just now.
        session.abort_transaction().await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(800)).await;
    running.signal("INT");
    tokio::time::sleep(Duration::from_millis(700)).await;
    let since = Instant::now();
    running.signal("INT");
    let told = running.end();
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
    assert_eq!(told.code, 5, "{told}");
    assert!(told.failure().contains("stopped at once"), "{told}");
    let hint = told.failure();
    assert!(hint.contains("free again in 5 s at most"), "{told}");
    assert!(hint.contains("causeway unlock --force"), "{told}");
    session.abort_transaction().await.unwrap();
    trial.expect(0, &["unlock", "--force"]);
    trial.expect(0, &UP);
    trial.expect(0, &["verify", "010", "--state", "applied"]);
    trial.assert_free();
}

/// The lease of a run that was killed is not held for ever, and nobody has to do anything.
#[tokio::test(flavor = "multi_thread")]
async fn the_lease_of_a_dead_runner_expires() {
    let (trial, running, _) = under_way().await;
    running.signal("KILL");
    assert_eq!(running.end().code, -9);
    trial.expect(4, &UP);
    within(Duration::from_secs(8), "the lease expires", async || {
        let lease = trial.lease().await;
        bson::DateTime::now() > *lease.get_datetime("expires_at").unwrap()
    })
    .await;
    trial.expect(0, &UP);
    trial.expect(0, &["verify", "010", "--state", "applied"]);
    trial.assert_free();
}
