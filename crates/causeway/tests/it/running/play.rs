//! A database of ugly quotes, a job that writes to it, and a configuration for a run.

use bson::{Document, doc};
use serde_json::Value;
use testbed::data::writer::Tally;

use crate::scene::Photo;
use crate::trial::{LEASE_LIFE, Saved, Told, Trial};

/// Enough for several batches, and for every ugly shape.
const QUOTES: u64 = 400;
/// A run whose backup is made elsewhere: what is tried is the run around it.
pub(crate) const RUN: [&str; 3] = ["run", "010", "--without-backup"];
const JOB: &str = "
[[job]]
name = \"worker\"
stop = \"touch stopped\"
start = [\"rm\", \"stopped\"]
stopped = \"test -e stopped\"
timeout_seconds = 1
";

/// What a run is tried with.
pub(crate) struct Play {
    pub(crate) trial: Trial,
    pub(crate) before: Photo,
}

impl Play {
    /// Quotes on the shared server, with a job and the fence.
    pub(crate) async fn new() -> Self {
        Self::of(Trial::shared(QUOTES).await).await
    }

    pub(crate) async fn of(trial: Trial) -> Self {
        let before = trial.scene.photo().await;
        let play = Self { trial, before };
        play.configure("on_failure = \"roll_back\"", "");
        play
    }

    /// Lines of `[run]`, and more sections.
    pub(crate) fn configure(&self, run: &str, more: &str) {
        self.configure_without_job(run, &format!("{JOB}{more}"));
    }

    pub(crate) fn configure_without_job(&self, run: &str, more: &str) {
        self.trial.scene.file(
            "causeway.toml",
            &format!(
                "[limits]\nbatch_documents_max = 60\n\
                 [lease]\nlife_seconds = {}\n\
                 [notices]\nzone = \"Europe/London\"\nretry_seconds_max = 1\n\
                 [maintenance]\nscope = [\"quotes\"]\nfence = true\n\
                 [watch]\nin_run = \"0s\"\n\
                 [run]\nquiet_seconds = 0\nbaseline_seconds = 0\n{run}\n{more}",
                LEASE_LIFE.as_secs()
            ),
        );
    }

    #[track_caller]
    pub(crate) fn run(&self, code: i32) -> Told {
        self.trial.expect(code, &RUN)
    }

    #[track_caller]
    pub(crate) fn run_with(&self, code: i32, more: &[&str]) -> Told {
        self.trial.expect(code, &[&RUN, more].concat())
    }

    pub(crate) fn has_file(&self, name: &str) -> bool {
        self.trial.scene.path().join(name).exists()
    }

    /// The document of the latest run.
    pub(crate) async fn document(&self) -> Document {
        let runs = self.trial.scene.collection("causeway_runs");
        let found = runs.find_one(doc! { "direction": "run" }).sort(doc! { "started_at": -1 });
        found.await.unwrap().expect("a run is written down")
    }

    /// States of the steps, the last try of each, in order of their first try.
    pub(crate) async fn states(&self) -> Vec<(String, String)> {
        let document = self.document().await;
        let mut states: Vec<(String, String)> = Vec::new();
        for step in document.get_array("steps").unwrap() {
            let step = step.as_document().unwrap();
            let word = |key: &str| step.get_str(key).unwrap().to_owned();
            match states.iter_mut().find(|(id, _)| *id == word("step")) {
                Some((_, state)) => *state = word("state"),
                None => states.push((word("step"), word("state"))),
            }
        }
        states
    }

    /// The evidence of a step's last try.
    pub(crate) async fn evidence(&self, step: &str) -> String {
        let document = self.document().await;
        let steps = document.get_array("steps").unwrap().iter().rev();
        let mut steps = steps.map(|it| it.as_document().unwrap());
        let found = steps.find(|it| it.get_str("step").unwrap() == step);
        let found = found.unwrap_or_else(|| panic!("no step {step} in {document}"));
        found.get_str("evidence").unwrap().to_owned()
    }

    /// Asserts what people notice: maintenance, fence and jobs are as if nothing had ever been.
    pub(crate) async fn assert_people_are_in(&self, told: &Told) {
        let standing = standing(told);
        assert_eq!(standing["maintenance"], "off", "{told}");
        assert_eq!(standing["fence"], "none", "{told}");
        assert!(!self.has_file("stopped"), "the job is not started again\n{told}");
        let quotes = self.trial.scene.quotes();
        quotes.insert_one(doc! { "_id": "probe" }).bypass_document_validation(true).await.unwrap();
        let updated = doc! { "$set": { "leadName": "Ann" } };
        let valid = quotes.find_one(doc! { "currency": "GBP", "status": "draft" }).await.unwrap();
        let valid = valid.unwrap().get("_id").unwrap().clone();
        let former = quotes.find_one(doc! { "_id": &valid }).await.unwrap().unwrap();
        quotes.update_one(doc! { "_id": &valid }, updated).await.unwrap();
        quotes.replace_one(doc! { "_id": &valid }, former).await.unwrap();
        quotes.delete_one(doc! { "_id": "probe" }).await.unwrap();
        self.trial.assert_free();
    }

    /// Asserts that the migration is applied, and nothing else is different.
    pub(crate) fn assert_applied(&self) {
        self.trial.expect(0, &["verify", "010", "--state", "applied"]);
    }

    /// Asserts that every byte is as before.
    pub(crate) async fn assert_as_before(&self) {
        self.before.assert_same(&self.trial.scene.photo().await);
    }

    pub(crate) async fn save(&self) -> Saved {
        self.trial.save().await
    }
}

/// The last lines of a run.
#[track_caller]
pub(crate) fn standing(told: &Told) -> Value {
    let found = told.events.iter().rev().find(|event| event["row"] == "standing");
    found.unwrap_or_else(|| panic!("it does not say how everything stands\n{told}")).clone()
}

/// What is to be done next, as it says.
#[track_caller]
pub(crate) fn next(told: &Told) -> Vec<String> {
    let commands = told.event("next")["commands"].as_array().unwrap();
    commands.iter().map(|command| command.as_str().unwrap().to_owned()).collect()
}

/// Writes that a writer which knows nothing of maintenance was refused by the fence.
pub(crate) fn fenced(tally: &Tally) -> usize {
    tally.rejected.iter().filter(|rejected| rejected.details.contains("fenced by causeway")).count()
}
