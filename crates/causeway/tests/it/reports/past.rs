//! A run of the whole plan that is over, as it leaves database and folder behind.

use std::fs;
use std::path::PathBuf;

use bson::{DateTime, Document, doc};
use causeway::clock::thousands;
use causeway_core::runbook::{
    Failing, Note, NoteKind, RunRecord, StepRecord, StepState, WindowRecord,
};
use serde_json::Value;

use super::{backing, measured, people};
use crate::scene::{Ran, Scene};
use crate::shop;

pub(crate) const RUN: &str = "2026-11-22-0131-k7f";
pub(crate) const UP: &str = "2026-11-22-0200-q3m";
pub(crate) const DOWN: &str = "2026-11-22-0205-w8d";

/// Sunday, 22 November 2026, two in the morning: when the window begins.
pub(crate) const TWO: i64 = 1_795_312_800_000;

/// Seconds after two, as an instant.
#[expect(clippy::cast_possible_truncation, reason = "a few days in milliseconds")]
pub(crate) fn at(seconds: f64) -> DateTime {
    DateTime::from_millis(TWO + (seconds * 1_000.0).round() as i64)
}

/// The same as text.
pub(crate) fn at_text(seconds: f64) -> String {
    at(seconds).try_to_rfc3339_string().unwrap()
}

/// The run, and how many quotes there are.
pub(crate) struct Past {
    pub(crate) scene: Scene,
    pub(crate) run: RunRecord,
    pub(crate) quotes: u64,
}

/// Id, title, begin in seconds after two, length, evidence.
const STEPS: [(&str, &str, f64, f64, &str); 20] = [
    (
        "announce",
        "announce the maintenance",
        -88_200.0,
        3.1,
        "14 people by e-mail, and the application",
    ),
    ("check", "ask every question of the checklist", -1_740.0, 7.4, "12 ok, 1 warning"),
    ("backup", "back the database up", -1_730.0, 9.8, "everything as it was at 01:31:20, 92 MB"),
    (
        "verify-backup",
        "read every byte of the backup again",
        -1_719.0,
        2.1,
        "every byte is as the manifest says",
    ),
    (
        "prove",
        "restore the backup beside, and compare",
        -1_716.0,
        21.5,
        "restored on a private mongod; everything came back as it was",
    ),
    (
        "rehearse",
        "try the migration on a copy",
        -1_690.0,
        48.0,
        "up, verify, down, verify, up; forecast 28.0 s",
    ),
    ("window", "wait for the window", -1_640.0, 1_640.0, "the window began at 02:00"),
    (
        "maintenance",
        "switch maintenance on",
        0.2,
        0.6,
        "people read and do not write; the fence stands",
    ),
    (
        "tell-begin",
        "tell people that it has begun",
        1.0,
        2.2,
        "the status page, and the application",
    ),
    ("stop-jobs", "stop background jobs", 4.0, 1.4, "price-refresh, reminders: stopped"),
    ("quiet", "wait until nobody writes", 6.0, 10.2, "no write for 10 s"),
    ("up", "apply the migration", 17.0, 35.4, ""),
    ("verify", "compare every document with what it was", 53.0, 4.8, "nothing was lost"),
    ("lift-fence", "lift the fence", 58.0, 0.3, "every validator is back"),
    ("manual:deploy", "by hand: deploy", 59.0, 84.0, "build 4711 answers on all four machines"),
    (
        "smoke",
        "try the application",
        143.0,
        6.6,
        "4 of 4 passed: a quote is created with an event, its price is right, the e-mail shows the event, the price breakdown shows base and events",
    ),
    ("start-jobs", "start background jobs", 150.0, 2.0, "price-refresh, reminders: started"),
    (
        "end-maintenance",
        "switch maintenance off",
        153.0,
        0.4,
        "people can write again after 2 min 33 s",
    ),
    (
        "tell-end",
        "tell people that it is over",
        154.0,
        4.1,
        "13 of 14 people by e-mail, and the application",
    ),
    (
        "watch",
        "watch server and application",
        160.0,
        86_400.0,
        "as before: nothing crossed a limit",
    ),
];

impl Past {
    /// Everything went well; so many quotes.
    pub(crate) async fn well(quotes: u64) -> Self {
        let scene = Scene::empty().await;
        let run = record(&scene, quotes);
        let past = Self { scene, run, quotes };
        past.database().await;
        past.folder();
        past
    }

    /// The application did not work, and everything went back.
    pub(crate) async fn rolled_back(quotes: u64) -> Self {
        let mut past = Self::well(quotes).await;
        let run = &mut past.run;
        run.steps.retain(|step| {
            !["start-jobs", "end-maintenance", "tell-end", "watch"].contains(&step.step.as_str())
        });
        let smoke = run.steps.last_mut().unwrap();
        smoke.state = StepState::Failed;
        smoke.evidence = "GET /quotes/new answers 500".to_owned();
        for (id, title, begin, took) in [
            ("back:maintenance", "switch maintenance on", 151.0, 0.4),
            ("back:down", "roll the migration back", 152.0, 14.2),
            ("back:verify", "compare every document with what it was", 167.0, 4.4),
            ("back:lift-fence", "lift the fence", 172.0, 0.3),
            ("back:start-jobs", "start background jobs", 173.0, 1.0),
            ("back:end-maintenance", "switch maintenance off", 175.0, 0.4),
            ("back:tell", "tell people that it failed", 176.0, 3.9),
        ] {
            run.steps.push(step((id, title, begin, took, "done"), StepState::Done));
        }
        (run.status, run.exit_code) = ("failed".to_owned(), Some(7));
        run.ended_at = Some(at(180.0));
        run.down = Some(DOWN.to_owned());
        run.failing = Some(Failing {
            step: "smoke".to_owned(),
            kind: "application".to_owned(),
            message: "the page for a new quote answers 500".to_owned(),
            at: at(149.6),
            rolls_back: true,
        });
        past.write_run().await;
        past.scene
            .collection("causeway_runs")
            .update_one(
                doc! { "_id": UP },
                doc! { "$set": { "rolled_back": true, "rolled_back_by": DOWN } },
            )
            .await
            .unwrap();
        let record =
            doc! { "$set": { "status": "rolled_back", "run": DOWN, "durationSeconds": 14.2 } };
        past.scene
            .collection("migrations")
            .update_one(doc! { "version": "010" }, record)
            .await
            .unwrap();
        fs::remove_file(past.run_folder().join("watch.jsonl")).unwrap();
        measured::rolled_back(&past);
        past
    }

    pub(crate) fn run_folder(&self) -> PathBuf {
        self.scene.run_folder(RUN)
    }

    /// Makes a report; its events.
    #[track_caller]
    pub(crate) fn report(&self, arguments: &[&str]) -> Ran {
        let ran = self.give(RUN, arguments);
        assert_eq!(ran.code, 0, "{}", ran.told());
        ran
    }

    /// The same of any run, with any end. Times are those of UTC.
    pub(crate) fn give(&self, run: &str, arguments: &[&str]) -> Ran {
        let name = self.scene.database.name();
        let given = [&["--database", name, "--yes", name, "report", run], arguments].concat();
        self.scene.causeway_in(&[("TZ", "UTC")], &given)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.run_folder().join(name)).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.read("report.json")).unwrap()
    }

    /// Puts the run's document in the place of the one there is.
    pub(crate) async fn write_run(&self) {
        let document = bson::serialize_to_document(&self.run).unwrap();
        let runs = self.scene.collection("causeway_runs");
        runs.replace_one(doc! { "_id": RUN }, document).upsert(true).await.unwrap();
    }

    async fn database(&self) {
        let collection = |name: &str| self.scene.collection(name);
        self.write_run().await;
        let up = doc! { "_id": UP, "application": UP, "is_application": true, "rolled_back": false,
        "completed": true, "version": "010", "direction": "up", "status": "completed", "epoch": 1_i64,
        "started_at": at(17.0), "ended_at": at(52.4), "operator": "ann", "host": "db-admin",
        "command": "causeway run 010", "migration_sha256": &self.run.migration_sha256 };
        collection("causeway_runs").insert_one(up).await.unwrap();
        let record = doc! { "version": "010", "description": "Add selectedEvents to quotes", "status": "completed",
        "appliedAt": at(52.4), "run": UP, "durationSeconds": 35.4, "valuesArchived": 3_i64,
        "documentsChanged": i64::try_from(self.quotes - 41).unwrap() };
        collection("migrations").insert_one(record).await.unwrap();
        let committed = doc! { "_id": { "run": UP, "batch": 1_i64 }, "changed": i64::try_from(self.quotes - 41).unwrap() };
        collection("causeway_journal").insert_one(committed).await.unwrap();
        let period = doc! { "_id": "maintenance:1", "kind": "maintenance_period", "began": at(0.8), "ended": at(153.4),
        "by": "ann", "ended_by": "ann", "fence": true, "run": RUN };
        collection("causeway_state").insert_one(period).await.unwrap();
        collection("causeway_notices").insert_many(people::notices()).await.unwrap();
        collection("causeway_audit").insert_many(people::approvals()).await.unwrap();
        let quotes: Vec<Document> = (0..self.quotes).map(quote).collect();
        collection("quotes").insert_many(quotes).await.unwrap();
    }

    fn folder(&self) {
        let state = self.scene.path().join("state");
        fs::create_dir_all(self.run_folder()).unwrap();
        measured::events(self);
        measured::samples(self);
        backing::rehearsal(&self.run.migration_sha256, self.scene.database.name(), self.quotes)
            .keep(&state)
            .unwrap();
        backing::backup(&PathBuf::from(self.run.backup.as_ref().unwrap()), self);
    }
}

/// Every 85th holds an event by now.
fn quote(number: u64) -> Document {
    let events = if number.is_multiple_of(85) {
        vec![doc! { "eventName": "Boat party" }]
    } else {
        Vec::new()
    };
    doc! { "_id": i64::try_from(number).unwrap(), "selectedEvents": events }
}

fn record(scene: &Scene, quotes: u64) -> RunRecord {
    let mut steps: Vec<StepRecord> = STEPS.iter().map(|row| step(*row, StepState::Done)).collect();
    let named = |id: &str| STEPS.iter().position(|row| row.0 == id).unwrap();
    steps[named("up")].evidence = format!(
        "{} of {} quotes changed, 41 had it already",
        thousands(quotes - 41),
        thousands(quotes)
    );
    steps[named("check")].warnings.push(
        "4.2 writes/s on quotes by web@10.0.3.7: fine online, stop them for a maintenance run"
            .to_owned(),
    );
    let told = &mut steps[named("tell-end")];
    told.state = StepState::Incomplete;
    told.warnings.push("carl@example.com did not get it: 550 no such mailbox".to_owned());
    let deployed = &mut steps[named("manual:deploy")];
    (deployed.by, deployed.host) = ("bea".to_owned(), "deploy-1".to_owned());
    RunRecord {
        id: RUN.to_owned(),
        application: RUN.to_owned(),
        direction: "run".to_owned(),
        version: "010".to_owned(),
        title: "Add selectedEvents to quotes".to_owned(),
        migration_sha256: shop::migration(shop::TEN).sha256,
        status: "completed".to_owned(),
        exit_code: Some(0),
        command: "causeway run 010 --start \"2026-11-22 02:00\"".to_owned(),
        operator: "ann".to_owned(),
        host: "db-admin".to_owned(),
        folder: scene.run_folder(RUN).display().to_string(),
        started_at: at(-88_200.0),
        ended_at: Some(at(86_560.0)),
        window: Some(WindowRecord { start: at(0.0), minutes: 30 }),
        maintenance: true,
        without_backup: false,
        backup: Some(scene.path().join("state/backups/2026-11-22-0131").display().to_string()),
        up: Some(UP.to_owned()),
        down: None,
        steps,
        jobs: Vec::new(),
        left_behind: Vec::new(),
        failing: None,
        notes: vec![Note {
            kind: NoteKind::Lesson,
            text: "The reminder job writes to quotes: it belongs under [jobs].".to_owned(),
            by: "ann".to_owned(),
            at: at(30_000.0),
        }],
    }
}

fn step(
    (id, title, begin, took, evidence): (&str, &str, f64, f64, &str),
    state: StepState,
) -> StepRecord {
    StepRecord {
        step: id.to_owned(),
        title: title.to_owned(),
        state,
        began: at(begin),
        ended: Some(at(begin + took)),
        evidence: evidence.to_owned(),
        warnings: Vec::new(),
        by: "ann".to_owned(),
        host: "db-admin".to_owned(),
    }
}
