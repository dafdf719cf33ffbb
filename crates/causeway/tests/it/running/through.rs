//! Runs that go through.

use bson::doc;
use testbed::data::writer::{EditStyle, Writer, WriterOptions};
use testbed::{HttpEndpoint, ReplicaSet, ReplicaSetOptions, SmtpServer};

use super::play::{Play, RUN, fenced, next, standing};
use crate::trial::{Trial, eventually};

/// A writer that knows nothing of maintenance.
pub(super) fn writer(play: &Play) -> Writer {
    writing(play, 20)
}

/// The same, of whose writes so many in a hundred make a quote.
fn writing(play: &Play, insert_percent: u32) -> Writer {
    let options = WriterOptions {
        per_second: 100,
        insert_percent,
        delete_percent: 0,
        edits: EditStyle::Set,
        ..WriterOptions::default()
    };
    let database = play.trial.scene.database.name();
    Writer::start(play.trial.scene.uri(), database, options).unwrap()
}

/// The server's code when a validator refuses a document: some quotes violate their own.
const VALIDATION_FAILED: i32 = 121;

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_plan_with_backup_rehearsal_mail_and_application() {
    let play = Play::new().await;
    let (smtp, application) = (SmtpServer::start().unwrap(), HttpEndpoint::start().unwrap());
    let url = application.url();
    application.answer([201, 200, 204]);
    play.configure(
        "on_failure = \"roll_back\"\nsmoke_token_env = \"SMOKE_TOKEN\"",
        &format!(
            "[email]\nsmtp = \"{}\"\nfrom = \"shop@example.com\"\nto = [\"ann@example.com\", \"bea@example.com\"]\n\
             [status_page]\nfolder = \"status\"\n\
             [[smoke]]\nname = \"create a quote\"\nurl = \"{url}/quotes\"\nbody = '{{\"lead\": \"{{run}}\"}}'\n\
             status = 201\nremove = \"{url}/quotes/7\"\n\
             [[smoke]]\nname = \"e-mail preview\"\nurl = \"{url}/quotes/7/preview\"\ncontains = [\"answer\"]\n\
             [[manual]]\nname = \"deploy\"\nafter = \"verify\"\ntext = \"Deploy the new code.\"\n\
             [[hook]]\nname = \"cache\"\nbefore = \"smoke\"\ncommand = \"echo $CAUSEWAY_RUN > cleared\"\n\
             [[hook]]\nname = \"bell\"\non = \"success\"\ncommand = \"echo $CAUSEWAY_EXIT_CODE > rung\"\n",
            smtp.url()
        ),
    );
    let mut command = play.trial.command(&["run", "010", "--confirm", "deploy"]);
    command.env("SMOKE_TOKEN", "s3cr3t");
    let told = play.trial.start_command(command).end();
    assert_eq!(told.code, 0, "{told}");

    play.assert_applied();
    play.assert_people_are_in(&told).await;
    let states = play.states().await;
    let names: Vec<&str> = states.iter().map(|(step, _)| step.as_str()).collect();
    assert_eq!(
        names,
        [
            "announce",
            "check",
            "backup",
            "verify-backup",
            "prove",
            "rehearse",
            "window",
            "maintenance",
            "tell-begin",
            "stop-jobs",
            "quiet",
            "up",
            "verify",
            "manual:deploy",
            "lift-fence",
            "hook:cache",
            "smoke",
            "start-jobs",
            "end-maintenance",
            "tell-end",
            "watch"
        ]
    );
    let left_out: Vec<&str> =
        states.iter().filter(|(_, state)| state != "done").map(|(step, _)| step.as_str()).collect();
    assert_eq!(left_out, ["announce", "watch"], "{told}");
    assert_eq!(play.evidence("manual:deploy").await, "confirmed by ann, with --confirm");
    assert!(play.evidence("verify").await.contains("unchanged"), "{told}");

    // What smoke checks made was marked, let in, and removed.
    let requests = application.requests();
    let targets: Vec<&str> = requests.iter().map(|request| request.target.as_str()).collect();
    assert_eq!(targets, ["/quotes", "/quotes/7/preview", "/quotes/7"]);
    let run = standing(&told)["run"].as_str().unwrap().to_owned();
    for request in &requests {
        assert_eq!(request.headers["x-causeway-run"], run);
        assert_eq!(request.headers["x-maintenance-token"], "s3cr3t");
    }
    assert_eq!(requests[0].body, format!("{{\"lead\": \"{run}\"}}"));
    assert!(!told.to_string().contains("s3cr3t"), "{told}");
    assert!(!play.document().await.to_string().contains("s3cr3t"));

    let recipients: Vec<String> = smtp.mails().unwrap().into_iter().map(|mail| mail.to).collect();
    assert_eq!(recipients, ["ann@example.com", "bea@example.com"], "who was told that it is over");
    let path = |name: &str| play.trial.scene.path().join(name);
    assert_eq!(std::fs::read_to_string(path("cleared")).unwrap().trim(), run);
    assert_eq!(std::fs::read_to_string(path("rung")).unwrap().trim(), "0");
    let page = std::fs::read_to_string(path("status/index.html")).unwrap();
    assert!(page.contains("The maintenance is complete."), "{page}");

    // The same command once more has nothing to do, and says so.
    let again = play.trial.expect(0, &["run", "010"]);
    assert!(again.to_string().contains(&format!("was carried through by run {run}")), "{again}");
    let approvals = play.trial.scene.collection("causeway_audit");
    let given = approvals.count_documents(doc! { "operator": "ann", "approval": "--yes" }).await;
    assert!(given.unwrap() > 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_knows_nothing_of_it_is_refused_while_it_lasts() {
    let play = Play::new().await;
    let writer = writer(&play);
    eventually("it writes", async || writer.acknowledged() > 20).await;
    let told = play.run(0);
    let at_its_end = writer.acknowledged();
    eventually("it writes again", async || writer.acknowledged() > at_its_end + 20).await;
    let tally = writer.stop().await.unwrap();
    assert!(fenced(&tally) > 0, "nothing was refused\n{told}");
    assert!(tally.lost(&play.trial.scene.database).await.unwrap().is_empty());
    // What it made since lacks the field; that is what healing is for.
    play.trial.expect(0, &["up", "010"]);
    play.assert_applied();
    play.assert_people_are_in(&told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_maintenance_nobody_is_refused_anything() {
    let play = Play::new().await;
    play.configure_without_job("maintenance = \"none\"", "");
    let writer = writing(&play, 0);
    eventually("it writes", async || writer.acknowledged() > 20).await;
    let told = play.run(0);
    assert_nobody_was_refused(&play, writer).await;
    let names: Vec<String> = play.states().await.into_iter().map(|(step, _)| step).collect();
    assert_eq!(names, ["check", "window", "up", "verify", "watch"], "{told}");
    let periods = play.trial.scene.collection("causeway_state");
    let periods = periods.count_documents(doc! { "kind": "maintenance_period" }).await.unwrap();
    assert_eq!(periods, 0, "there was downtime");
    assert!(next(&told)[0].starts_with("causeway watch 010"), "{told}");
    let page = play.trial.scene.path().join(standing(&told)["report"].as_str().unwrap());
    let kept = play.trial.scene.collection("causeway_reports").find_one(doc! {}).await.unwrap();
    let html = std::fs::read_to_string(&page).unwrap();
    assert_eq!(kept.unwrap().get_str("html").unwrap(), html, "applications show another report");
    let report = std::fs::read_to_string(page.with_extension("json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["figures"]["downtime"]["seconds"], 0.0, "{:#}", report["figures"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_code_that_goes_on_writing_is_healed_after_and_no_reason_to_go_back() {
    let play = Play::new().await;
    play.configure_without_job("maintenance = \"none\"\non_failure = \"roll_back\"", "");
    let writer = writing(&play, 60);
    eventually("it writes", async || writer.acknowledged() > 20).await;
    let told = play.run(6);
    assert_nobody_was_refused(&play, writer).await;
    assert!(told.to_string().contains("code that does not know it still runs"), "{told}");
    assert_eq!(play.trial.scene.status().await, "completed", "{told}");
    play.trial.expect(0, &["up", "010"]);
    play.assert_applied();
}

async fn assert_nobody_was_refused(play: &Play, writer: Writer) {
    let tally = writer.stop().await.unwrap();
    assert_eq!(fenced(&tally), 0);
    let refused = tally.rejected.iter().find(|it| it.code != VALIDATION_FAILED);
    assert!(refused.is_none() && tally.uncertain.is_empty(), "{refused:?}");
    assert!(tally.lost(&play.trial.scene.database).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_three_members_whose_primary_steps_down() {
    let options = ReplicaSetOptions { members: 3, ..ReplicaSetOptions::default() };
    let server = ReplicaSet::start(options).await.unwrap();
    let play = Play::of(Trial::on(&server, 3_000).await).await;
    let mut running = play.trial.start(&RUN);
    running.wait_for("progress");
    server.step_down().await.unwrap();
    let told = running.end();
    // Another primary may be found at once, or the run stops and is gone on with.
    if told.code != 0 {
        assert_eq!(told.code, 5, "{told}");
        assert_eq!(next(&told)[0], "causeway run 010", "{told}");
        let told = play.run(0);
        play.assert_people_are_in(&told).await;
    } else {
        play.assert_people_are_in(&told).await;
    }
    play.assert_applied();
}
