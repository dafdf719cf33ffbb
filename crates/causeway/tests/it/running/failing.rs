//! Runs in which something fails: whatever it is, the final state is right, and said.

use testbed::{FailPoint, HttpEndpoint, ReplicaSet, ReplicaSetOptions, SmtpServer};

use super::play::{Play, RUN, next, standing};
use super::through::writer;
use crate::trial::{Told, Trial, eventually};

const CONTACTS: &str = "
[contacts]
database_admin = \"Ann Lee, +44 20 7946 0001\"
backend_lead = \"Bea Ray, +44 20 7946 0002\"
on_call = \"the pager\"
[escalation]
migration = \"database_admin\"
application = \"backend_lead\"
outage = \"on_call\"
";

fn smoke(application: &HttpEndpoint) -> String {
    let url = application.url();
    format!(
        "[[smoke]]\nname = \"create a quote\"\nurl = \"{url}/quotes\"\nbody = '{{}}'\nremove = \"{url}/quotes/1\"\n"
    )
}

#[track_caller]
fn assert_calls(told: &Told, whom: &str) {
    let call = standing(told)["call"].as_str().unwrap_or_default().to_owned();
    assert!(call.contains(whom), "{call:?} is called, not {whom}\n{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_does_not_work_is_rolled_back_by_itself() {
    let play = Play::new().await;
    let (smtp, application) = (SmtpServer::start().unwrap(), HttpEndpoint::start().unwrap());
    let email = format!(
        "[email]\nsmtp = \"{}\"\nfrom = \"shop@example.com\"\nto = [\"ann@example.com\"]\n",
        smtp.url()
    );
    let hook = "[[hook]]\nname = \"bell\"\non = \"failure\"\n\
                command = \"echo $CAUSEWAY_EXIT_CODE $CAUSEWAY_FAILURE > rung\"\n";
    play.configure(
        "on_failure = \"roll_back\"",
        &format!("{email}{CONTACTS}{}{hook}", smoke(&application)),
    );
    application.answer([500]);
    let told = play.run(7);
    play.assert_people_are_in(&told).await;
    play.assert_as_before().await;
    play.trial.expect(0, &["verify", "010", "--state", "rolled-back"]);
    assert!(standing(&told)["database"].as_str().unwrap().contains("as before"), "{told}");
    assert_calls(&told, "Bea Ray");
    let mails = smtp.mails().unwrap();
    let texts: Vec<String> =
        mails.iter().map(|mail| String::from_utf8_lossy(&mail.text).into_owned()).collect();
    assert_eq!(texts.len(), 1);
    assert!(texts[0].contains("Maintenance Ended Without the Upgrade"), "{}", texts[0]);
    let rung = std::fs::read_to_string(play.trial.scene.path().join("rung")).unwrap();
    assert!(rung.starts_with("7 the application does not work"), "{rung}");

    // Mended, the whole plan goes once more.
    let told = play.run(0);
    play.assert_applied();
    play.assert_people_are_in(&told).await;
    let made = application.requests().into_iter().filter(|it| it.target == "/quotes/1").count();
    assert_eq!(made, 1, "what the check that passed made is removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_is_there_to_decide_it_stays_and_says_so() {
    let play = Play::new().await;
    let application = HttpEndpoint::start().unwrap();
    play.configure("on_failure = \"ask\"", &format!("{CONTACTS}{}", smoke(&application)));
    application.answer([503]);
    let told = play.run(5);
    let standing = standing(&told);
    assert!(standing["maintenance"].as_str().unwrap().starts_with("on since"), "{told}");
    assert_eq!(standing["fence"], "none");
    assert_eq!(standing["jobs"], "worker stopped");
    assert!(standing["database"].as_str().unwrap().contains("010 completed"), "{told}");
    assert_calls(&told, "Bea Ray");
    assert_eq!(next(&told), ["causeway run 010", "causeway run 010 --roll-back"], "{told}");
    assert!(play.has_file("stopped"));
    let status = play.trial.expect(0, &["status"]);
    assert!(status.to_string().contains("causeway run 010"), "{status}");
    let job = "the job worker was stopped by run";
    assert!(status.to_string().contains(job), "every command says so\n{status}");
    let doctor = play.trial.expect(6, &["doctor"]);
    assert!(doctor.to_string().contains(job), "{doctor}");

    // Back, as it says.
    let told = play.trial.expect(7, &["run", "010", "--roll-back"]);
    play.assert_people_are_in(&told).await;
    play.assert_as_before().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_complete_goes_back_the_next_day() {
    let play = Play::new().await;
    play.run(0);
    let told = play.trial.expect(7, &["run", "010", "--roll-back"]);
    play.assert_people_are_in(&told).await;
    play.assert_as_before().await;
    let jobs = play.evidence("back:stop-jobs").await;
    assert!(jobs.contains("worker stopped"), "{jobs}");
    play.trial.expect(3, &["run", "010", "--roll-back"]);
    let told = play.run(0);
    play.assert_applied();
    play.assert_people_are_in(&told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_refuses_to_stop_lets_people_in_again() {
    let play = Play::new().await;
    play.configure_without_job(
        "on_failure = \"roll_back\"",
        "[[job]]\nname = \"mailer\"\nstop = \"true\"\nstart = \"rm -f stopped\"\nstopped = \"exit 1\"\n\
         timeout_seconds = 1\n",
    );
    let told = play.run(7);
    assert!(told.to_string().contains("the job mailer does not stop"), "{told}");
    play.assert_people_are_in(&told).await;
    play.assert_as_before().await;
    assert_eq!(play.trial.scene.status().await, "none", "something was applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_does_not_start_again_is_started_by_the_same_command() {
    let play = Play::new().await;
    let job = "[[job]]\nname = \"mailer\"\nstop = \"touch stopped\"\nstart = \"test -e mended && rm stopped\"\n";
    play.configure_without_job("on_failure = \"roll_back\"", job);
    let told = play.run(5);
    play.assert_applied();
    let stands = standing(&told);
    assert_eq!((&stands["maintenance"], &stands["fence"]), (&"off".into(), &"none".into()));
    assert_eq!(stands["jobs"], "mailer may be started", "{told}");
    play.trial.scene.file("mended", "");
    let told = play.run(0);
    play.assert_people_are_in(&told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_switched_is_switched_back_whatever_the_configuration_says_by_then() {
    let play = Play::new().await;
    let manual = "[[manual]]\nname = \"deploy\"\nafter = \"verify\"\ntext = \"Deploy it.\"\n";
    play.configure("on_failure = \"stop\"", manual);
    play.run(5);
    // Neither fence nor jobs nor maintenance are there any more.
    let path = play.trial.scene.path().join("causeway.toml");
    std::fs::write(
        &path,
        "[run]\nmaintenance = \"none\"\nbaseline_seconds = 0\n[watch]\nin_run = \"0s\"\n",
    )
    .unwrap();
    let told = play.run(5);
    let stands = standing(&told);
    assert_eq!(
        (&stands["maintenance"], &stands["fence"]),
        (&"off".into(), &"none".into()),
        "{told}"
    );
    assert!(told.to_string().contains("does not say any more how to start it"), "{told}");
    play.configure("on_failure = \"stop\"", "");
    let told = play.run(0);
    play.assert_people_are_in(&told).await;
    play.assert_applied();
}

#[tokio::test(flavor = "multi_thread")]
async fn maintenance_that_is_switched_off_by_hand_is_switched_on_again() {
    let play = Play::new().await;
    let manual = "[[manual]]\nname = \"look\"\nbefore = \"up\"\ntext = \"Look.\"\n";
    play.configure("on_failure = \"stop\"", manual);
    play.run(5);
    play.trial.expect(0, &["maintenance", "off"]);
    let told = play.run_with(0, &["--confirm", "look"]);
    assert!(told.to_string().contains("switched off by hand"), "{told}");
    let states = play.trial.scene.collection("causeway_state");
    let periods =
        states.count_documents(bson::doc! { "kind": "maintenance_period" }).await.unwrap();
    assert_eq!(periods, 2, "{told}");
    play.assert_people_are_in(&told).await;
    play.assert_applied();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_writer_that_does_not_stop_keeps_the_run_from_beginning() {
    let play = Play::new().await;
    play.configure("on_failure = \"roll_back\"", "");
    let path = play.trial.scene.path().join("causeway.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("fence = true", "fence = false");
    let text = text.replace("quiet_seconds = 0", "quiet_seconds = 1\nquiet_seconds_max = 2");
    std::fs::write(&path, text).unwrap();
    let writer = writer(&play);
    eventually("it writes", async || writer.acknowledged() > 5).await;
    let told = play.run(7);
    assert!(told.to_string().contains("somebody still writes to quotes"), "{told}");
    drop(writer.stop().await.unwrap());
    assert_eq!(standing(&told)["maintenance"], "off");
    assert_eq!(play.trial.scene.status().await, "none", "something was applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_down_holds_up_the_announcement_and_nothing_later() {
    let play = Play::new().await;
    let mut smtp = SmtpServer::start().unwrap();
    let email = format!(
        "[email]\nsmtp = \"{}\"\nfrom = \"shop@example.com\"\nto = [\"ann@example.com\"]\n",
        smtp.url()
    );
    play.configure("on_failure = \"roll_back\"", &email);
    smtp.stop();
    let announcing = ["--start", "2099-11-26 02:00", "--to", "announce"];
    let told = play.run_with(1, &announcing);
    assert_eq!(standing(&told)["maintenance"], "off");
    assert_eq!(next(&told), ["causeway run 010"]);
    smtp.restart().unwrap();
    let told = play.run_with(0, &announcing);
    assert_eq!(smtp.mails().unwrap().len(), 1, "{told}");

    // Moved to now, which people are told; then the server goes away for good.
    let soon = jiff::Zoned::now().in_tz("Europe/London").unwrap();
    let soon = soon.checked_add(jiff::Span::new().seconds(4)).unwrap();
    let soon = soon.timestamp().to_string();
    play.run_with(0, &["--start", &soon, "--to", "announce"]);
    let mails = smtp.mails().unwrap();
    assert_eq!(mails.len(), 2);
    assert!(String::from_utf8_lossy(&mails[1].text).contains("Moved"));
    smtp.stop();
    let told = play.run(5);
    play.assert_applied();
    play.assert_people_are_in(&told).await;
    assert!(told.to_string().contains("causeway notice send after"), "{told}");
    assert_eq!(next(&told)[0], "causeway run 010", "{told}");
    smtp.restart().unwrap();
    let told = play.run(0);
    let last = smtp.mails().unwrap().pop().unwrap();
    assert!(String::from_utf8_lossy(&last.text).contains("Maintenance Complete"), "{told}");
    assert_eq!(play.run(0).event("finished")["outcome"], "nothing_to_do");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_that_fails_keeps_people_out_and_calls_somebody() {
    let server = ReplicaSet::start(ReplicaSetOptions::default()).await.unwrap();
    let play = Play::of(Trial::on(&server, 400).await).await;
    let application = HttpEndpoint::start().unwrap();
    play.configure("on_failure = \"stop\"", &format!("{CONTACTS}{}", smoke(&application)));
    application.answer([500]);
    play.run(5);
    // The index can't be dropped: `down` can't do its work.
    let point = FailPoint::fail_command(["dropIndexes"]).app_name("causeway").error_code(8000);
    let failing = point.on(&server.client().await.unwrap()).await.unwrap();
    let told = play.trial.expect(8, &["run", "010", "--roll-back"]);
    failing.off().await.unwrap();
    let standing = standing(&told);
    assert!(standing["maintenance"].as_str().unwrap().starts_with("on since"), "{told}");
    assert!(standing["fence"].as_str().unwrap().starts_with("a fence stands"), "{told}");
    assert_calls(&told, "the pager");
    assert_eq!(next(&told)[0], "causeway run 010", "{told}");

    // When the cause is gone, the same command goes on with the way back, and not another way.
    play.run_with(3, &["--from", "verify"]);
    let told = play.run(7);
    play.assert_people_are_in(&told).await;
    play.assert_as_before().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_back_that_was_turned_round_is_gone_whole_the_next_time() {
    let play = Play::new().await;
    let manual = "[[manual]]\nname = \"look\"\nafter = \"verify\"\ntext = \"Look.\"\n";
    play.configure("on_failure = \"stop\"", manual);
    play.run(5);
    // A file that is another one keeps `down` from beginning: nothing is undone.
    play.trial
        .scene
        .migration(&crate::shop::TEN.replace("selectedEvents to", "selectedEvents into"));
    let told = play.trial.expect(5, &["run", "010", "--roll-back"]);
    assert!(told.failure().contains("was changed since"), "{told}");
    play.trial.scene.migration(crate::shop::TEN);
    let told = play.run_with(0, &["--from", "verify", "--confirm", "look"]);
    play.assert_people_are_in(&told).await;
    play.assert_applied();
    let told = play.trial.expect(7, &["run", "010", "--roll-back"]);
    let begun = told.events.iter().filter(|event| event["step"] == "back:maintenance").count();
    assert_eq!(begun, 2, "it went back without keeping people out\n{told}");
    play.assert_people_are_in(&told).await;
    play.assert_as_before().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_that_fails_is_rolled_back() {
    let play = Play::new().await;
    // Somebody takes the index away between `up` and the second look.
    let hook = "[[hook]]\nname = \"pause\"\nafter = \"up\"\n\
                command = \"touch now; until test -e go; do sleep 0.05; done\"\n";
    play.configure("on_failure = \"roll_back\"", hook);
    let running = play.trial.start(&RUN);
    eventually("the hook is reached", async || play.has_file("now")).await;
    play.trial.scene.quotes().drop_index("selected_events_event_id_idx").await.unwrap();
    play.trial.scene.file("go", "");
    let told = running.end();
    assert_eq!(told.code, 7, "{told}");
    assert!(told.to_string().contains("something is wrong in the second look"), "{told}");
    play.assert_people_are_in(&told).await;
    play.assert_as_before().await;
}
