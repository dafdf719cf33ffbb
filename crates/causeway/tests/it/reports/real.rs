//! Reports of runs that the program itself made.

use std::fs;

use bson::doc;
use serde_json::Value;
use testbed::HttpEndpoint;

use crate::notices::stage::read_page;
use crate::running::play::Play;

async fn report(play: &Play) -> Value {
    let document = play.document().await;
    let run = document.get_str("_id").unwrap();
    play.trial.expect(0, &["report", run]);
    let folder = play.trial.scene.run_folder(run);
    read_page(&fs::read_to_string(folder.join("report.html")).unwrap());
    serde_json::from_str(&fs::read_to_string(folder.join("report.json")).unwrap()).unwrap()
}

fn answer<'a>(json: &'a Value, begins: &str) -> &'a Value {
    let all = json["criteria"].as_array().unwrap();
    &all.iter().find(|it| it["text"].as_str().unwrap().starts_with(begins)).unwrap()["answer"]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_leaves_what_its_report_needs() {
    let play = Play::new().await;
    let application = HttpEndpoint::start().unwrap();
    application.answer([201, 200]);
    let url = application.url();
    play.configure(
        "on_failure = \"roll_back\"",
        &format!(
            "[[smoke]]\nname = \"a quote with an event has the right price\"\nurl = \"{url}/quotes\"\nbody = '{{}}'\n\
             remove = \"{url}/quotes/1\"\n"
        ),
    );
    play.run(0);
    let json = report(&play).await;
    assert_eq!(json["verdict"]["state"], "applied");
    assert_eq!(json["proof"]["state"], "nothing_lost", "{:#}", json["proof"]);
    assert!(json["figures"]["documents_changed"].as_u64().unwrap() > 0);
    // People were kept out by maintenance, and writers by the fence for a part of that time.
    let downtime = &json["figures"]["downtime"];
    let (all, fence) = (downtime["seconds"].as_f64(), downtime["fence_seconds"].as_f64());
    assert!(fence > Some(0.0) && all >= fence, "{downtime}");
    assert_eq!(json["charts"][0]["panels"].as_array().unwrap().len(), 1);
    assert!(!json["people"]["approvals"].as_array().unwrap().is_empty());
    for met in [
        "Every document has",
        "Index",
        "The migration is recorded",
        "No data was lost",
        "Every document there",
        "Prices",
    ] {
        assert_eq!(answer(&json, met), "met", "{met}: {:#}", json["criteria"]);
    }
    for unknown in ["E-mails", "The price breakdown", "Performance"] {
        assert_eq!(answer(&json, unknown), "not_known", "{unknown}");
    }
    assert!(json["review"]["items"].to_string().contains("the first 24 hours were not watched"));
    let up = json["about"]["up"].as_str().unwrap();
    let ran = play.trial.expect(0, &["report", up, "--lesson", "One"]);
    assert_eq!(ran.code, 0);
    let audit = play.trial.scene.collection("causeway_audit");
    let noted =
        audit.count_documents(doc! { "what": { "$regex": "^1 note into run" } }).await.unwrap();
    assert_eq!(noted, 1, "who allowed the note is written down");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_went_back_by_itself_says_so() {
    let play = Play::new().await;
    let application = HttpEndpoint::start().unwrap();
    application.answer([500]);
    let smoke = format!(
        "[[smoke]]\nname = \"create a quote\"\nurl = \"{}/quotes\"\nbody = '{{}}'\n",
        application.url()
    );
    play.configure("on_failure = \"roll_back\"", &smoke);
    play.run(7);
    let json = report(&play).await;
    assert_eq!(json["verdict"]["state"], "rolled_back", "{:#}", json["verdict"]);
    assert!(
        json["verdict"]["sentence"].as_str().unwrap().contains("the application does not work")
    );
    assert_eq!(json["proof"]["state"], "nothing_lost", "{:#}", json["proof"]);
    assert!(json["verdict"]["loss"].as_str().unwrap().contains("every byte as before"));
    assert_eq!(answer(&json, "No data was lost"), "met");
    assert_eq!(answer(&json, "Every document has"), "not_met");
    assert!(json["figures"]["documents_changed"].as_u64().unwrap() > 0);
}
