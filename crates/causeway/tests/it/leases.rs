//! One runner at a time, whatever else happens: two at once, and one that sleeps through the loss
//! of its lease.

use std::time::Duration;

use bson::doc;
use testbed::FailPoint;

use crate::trial::{LEASE_LIFE, Running, Told, Trial, eventually};

const UP: [&str; 2] = ["up", "010"];
const DOWN: [&str; 2] = ["down", "010"];
/// Slow enough to be met in the middle.
const SLOWLY: [&str; 4] = ["up", "010", "--documents-per-second-max", "400"];

#[tokio::test(flavor = "multi_thread")]
async fn of_two_runners_exactly_one_works() {
    let trial = Trial::shared(600).await;
    let start = trial.save().await;
    for round in 0..10 {
        trial.restore(&start).await;
        let both = [trial.start(&UP), trial.start(&UP)];
        let mut told = both.map(Running::end);
        told.sort_by_key(|told| told.code);
        let [first, second] = &told;
        assert_eq!(first.code, 0, "round {round}: {first}\n{second}");
        assert_kept_out(second);
        assert_eq!(runs(&trial).await, 1, "round {round}: {second}");
        trial.expect(0, &["verify", "010", "--state", "applied"]);
        trial.assert_free();
    }
}

/// It met the other one at work, or came when everything was done.
#[track_caller]
fn assert_kept_out(told: &Told) {
    match told.code {
        0 => assert_eq!(told.event("finished")["outcome"], "nothing_to_do", "{told}"),
        // The plan it had made was overtaken.
        3 => assert!(told.failure().contains("another runner"), "{told}"),
        4 => assert!(told.failure().contains("holds the lease"), "{told}"),
        _ => panic!("{told}"),
    }
}

async fn runs(trial: &Trial) -> u64 {
    trial.scene.collection("causeway_runs").count_documents(doc! {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_second_changes_nothing() {
    let trial = Trial::shared(1_500).await;
    let mut first = trial.start(&SLOWLY);
    let run = first.run();
    trial.wait_for_batches(1).await;
    for command in [UP, DOWN] {
        let second = trial.expect(4, &command);
        let told = second.failure();
        assert!(told.contains("ann on ") && told.contains(&run), "{told}");
        assert!(told.contains("causeway status"), "no word on what to do: {told}");
    }
    assert_eq!(runs(&trial).await, 1);
    let others = trial.scene.collection("causeway_journal");
    let of_others = others.count_documents(doc! { "run": { "$ne": &run } }).await.unwrap();
    assert_eq!(of_others, 0);
    let first = first.end();
    assert_eq!(first.code, 0, "{first}");
    trial.expect(0, &["verify", "010", "--state", "applied"]);
}

/// Lets the zombie go on and expects that it does not change a thing.
async fn wakes_in_vain(trial: &Trial, zombie: Running) {
    let before = trial.save().await;
    zombie.signal("CONT");
    let told = zombie.end();
    assert_eq!(told.code, 5, "{told}");
    assert!(told.failure().contains("lease was lost"), "{told}");
    let after = trial.save().await;
    before.assert_same(&after);
    trial.expect(0, &["verify", "010", "--state", "applied"]);
    trial.assert_free();
}

/// The next runner, when the lease of the one that was stopped has expired.
fn take_over(trial: &Trial) {
    std::thread::sleep(LEASE_LIFE + Duration::from_millis(500));
    trial.expect(0, &UP);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_that_sleeps_through_its_lease_changes_nothing_more() {
    let trial = Trial::shared(3_000).await;
    let zombie = trial.start(&SLOWLY);
    trial.wait_for_batches(3).await;
    zombie.signal("STOP");
    take_over(&trial);
    wakes_in_vain(&trial, zombie).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_whose_lease_was_unlocked_changes_nothing_more() {
    let trial = Trial::shared(3_000).await;
    let zombie = trial.start(&SLOWLY);
    trial.wait_for_batches(3).await;
    zombie.signal("STOP");
    trial.expect(3, &["unlock"]);
    trial.expect(0, &["unlock", "--force"]);
    trial.expect(0, &UP);
    wakes_in_vain(&trial, zombie).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_alive_that_is_unlocked_stops() {
    let trial = Trial::shared(3_000).await;
    let runner = trial.start(&SLOWLY);
    trial.wait_for_batches(2).await;
    trial.expect(0, &["unlock", "--force"]);
    let told = runner.end();
    assert_eq!(told.code, 5, "{told}");
    assert!(told.failure().contains("lease was lost"), "{told}");
    trial.expect(0, &UP);
    trial.expect(0, &["verify", "010", "--state", "applied"]);
}

/// It is stopped while its transaction is open: the next runner waits for that, and the sleeper can
/// not commit it.
#[tokio::test(flavor = "multi_thread")]
async fn a_runner_that_sleeps_in_a_transaction_commits_nothing() {
    let server = testbed::ReplicaSet::start(testbed::ReplicaSetOptions {
        // The server's own minute would make this test as long.
        parameters: vec![("transactionLifetimeLimitSeconds".to_owned(), "8".to_owned())],
        ..testbed::ReplicaSetOptions::default()
    })
    .await
    .unwrap();
    let trial = Trial::on(&server, 3_000).await;
    let client = server.client().await.unwrap();
    let zombie = trial.start(&SLOWLY);
    trial.wait_for_batches(2).await;
    // A commit that is held back: the transaction stays open while the runner falls asleep.
    let held = FailPoint::fail_command(["commitTransaction"])
        .app_name("causeway")
        .block_millis(1_500)
        .on(&client)
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(700)).await;
    let in_hand = open_transactions(&client).await;
    zombie.signal("STOP");
    held.off().await.unwrap();
    assert!(in_hand > 0, "no transaction was open");
    take_over(&trial);
    wakes_in_vain(&trial, zombie).await;
}

/// The same, stopped before it asks to commit.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_left_open_is_waited_for() {
    let server = testbed::ReplicaSet::start(testbed::ReplicaSetOptions {
        parameters: vec![("transactionLifetimeLimitSeconds".to_owned(), "12".to_owned())],
        ..testbed::ReplicaSetOptions::default()
    })
    .await
    .unwrap();
    let trial = Trial::on(&server, 3_000).await;
    let client = server.client().await.unwrap();
    let zombie = trial.start(&SLOWLY);
    trial.wait_for_batches(2).await;
    // Stopped as soon as one is seen that nobody works on.
    let insert_held = FailPoint::fail_command(["insert"])
        .app_name("causeway")
        .block_millis(1_500)
        .on(&client)
        .await
        .unwrap();
    eventually("a transaction is open", async || open_transactions(&client).await > 0).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    zombie.signal("STOP");
    insert_held.off().await.unwrap();
    // Longer than the insert that was held: now the transaction is idle, and open.
    tokio::time::sleep(Duration::from_millis(1_600)).await;
    assert!(open_transactions(&client).await > 0, "no transaction is open");
    trial.expect(0, &["unlock", "--force"]);
    let next = trial.expect(0, &UP);
    assert!(!next.events.is_empty());
    wakes_in_vain(&trial, zombie).await;
}

async fn open_transactions(client: &mongodb::Client) -> u64 {
    let pipeline = [
        doc! { "$currentOp": { "idleSessions": true } },
        doc! { "$match": { "transaction.parameters.autocommit": false } },
        doc! { "$count": "open" },
    ];
    let mut found = client.database("admin").aggregate(pipeline).await.unwrap();
    use futures_util::TryStreamExt;
    let counted = found.try_next().await.unwrap();
    counted.map_or(0, |counted| u64::try_from(counted.get_i32("open").unwrap()).unwrap())
}

/// Asleep while it reads every document for the first time: it must not touch the list of what was
/// there before, which the next runner has made by then.
#[tokio::test(flavor = "multi_thread")]
async fn a_runner_that_sleeps_through_its_survey_leaves_the_next_ones_alone() {
    let server = testbed::ReplicaSet::start(testbed::ReplicaSetOptions::default()).await.unwrap();
    let trial = Trial::on(&server, 3_000).await;
    let original = trial.scene.photo().await;
    let client = server.client().await.unwrap();
    for command in ["delete", "ping", "find", "insert"] {
        let start = trial.save().await;
        let mut zombie = trial.start(&UP);
        // Once it has the lease, and has written the run down, the next such command is held back.
        zombie.run();
        let held = FailPoint::fail_command([command])
            .app_name("causeway")
            .block_millis(2_000)
            .on(&client)
            .await
            .unwrap();
        tokio::time::sleep(Duration::from_millis(60)).await;
        zombie.signal("STOP");
        held.off().await.unwrap();
        // What was held is done by the time that the next runner takes over.
        tokio::time::sleep(Duration::from_millis(2_100)).await;
        trial.expect(0, &["unlock", "--force"]);
        trial.expect(0, &UP);
        wakes_in_vain(&trial, zombie).await;
        trial.expect(0, &DOWN);
        original.assert_same(&trial.scene.photo().await);
        trial.restore(&start).await;
    }
}
