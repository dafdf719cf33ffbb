//! A small shop database to ask about, on the shared server.

use bson::{DateTime, Document, doc};
use causeway::check::{CheckSettings, Checked, Patience, Questions};
use causeway::inventory;
use causeway::target::{Target, TargetOptions};
use causeway_core::answer::{Answer, Verdict};
use causeway_core::inventory::{Depth, Inventory};
use causeway_core::migration::{Migration, MigrationSet};
use causeway_core::plan::{Plan, PlanOptions, plan};
use mongodb::{Collection, Database};
use testbed::TestDatabase;

/// The migration that is the reason for all this.
pub(crate) const TEN: &str = include_str!("../../../../migrations/010-quote-events.toml");

pub(crate) fn migration(text: &str) -> Migration {
    Migration::parse("test.toml", text).unwrap()
}

/// Migration 010 with other steps.
pub(crate) fn steps(steps: &str) -> Migration {
    migration(&format!("version = \"010\"\ntitle = \"test\"\n[[step]]\n{steps}\n"))
}

pub(crate) async fn connect(uri: &str, database: &str) -> Target {
    let options = TargetOptions::given("--uri", uri.to_owned(), database.to_owned());
    Target::connect(&options).await.unwrap()
}

pub(crate) struct Shop {
    pub(crate) target: Target,
    _database: TestDatabase,
}

impl Shop {
    /// A database in which 010 can be applied: a hundred quotes of usual shapes, and 009 recorded.
    pub(crate) async fn new() -> Self {
        let database = TestDatabase::new().await.unwrap();
        let target = connect(&database.uri(), database.database().name()).await;
        fill(&target.database).await;
        Self { target, _database: database }
    }

    pub(crate) fn collection(&self, name: &str) -> Collection<Document> {
        self.target.database.collection(name)
    }

    pub(crate) fn quotes(&self) -> Collection<Document> {
        self.collection("quotes")
    }

    pub(crate) async fn run(&self, command: Document) {
        self.target.database.run_command(command).await.unwrap();
    }

    pub(crate) async fn inventory(&self, migration: &Migration) -> Inventory {
        inventory::take(&self.target, migration, Depth::Full).await.unwrap()
    }

    pub(crate) async fn plan(&self, migration: &Migration) -> Plan {
        plan(migration, &self.inventory(migration).await, &PlanOptions::default())
    }

    pub(crate) async fn check(&self, migration: &Migration) -> Checked {
        self.check_with(migration, CheckSettings::default()).await
    }

    pub(crate) async fn check_with(
        &self,
        migration: &Migration,
        settings: CheckSettings,
    ) -> Checked {
        ask(&self.target, migration, settings).await
    }
}

/// Asks all questions without taking seconds over it.
pub(crate) async fn ask(
    target: &Target,
    migration: &Migration,
    settings: CheckSettings,
) -> Checked {
    let settings = CheckSettings { patience: Patience::Moment, ..settings };
    let set = MigrationSet::default();
    let questions = Questions { target, migration, set: &set, settings: &settings };
    let mut emitted = Vec::new();
    let checked = questions.answer_all(|answer| emitted.push(answer.clone())).await.unwrap();
    assert_eq!(emitted, checked.answers);
    checked
}

pub(crate) async fn fill(database: &Database) {
    let quotes: Vec<Document> = (0..100)
        .map(|number| {
            let mut quote = doc! { "_id": number, "leadName": "Ann", "totalPrice": 10 * number };
            if number % 10 == 0 {
                quote.insert("selectedEvents", Vec::<Document>::new());
            }
            quote
        })
        .collect();
    database.collection("quotes").insert_many(quotes).await.unwrap();
    let record = doc! { "version": "009", "description": "Before", "status": "completed",
    "appliedAt": DateTime::from_millis(1_700_000_000_000) };
    database.collection("migrations").insert_one(record).await.unwrap();
}

/// The answer of this name.
pub(crate) fn answer<'a>(checked: &'a Checked, name: &str) -> &'a Answer {
    let named = checked.answers.iter().find(|answer| answer.check == name);
    named.unwrap_or_else(|| panic!("no answer {name} in {:#?}", checked.answers))
}

/// Asserts that a question is refused with this in the evidence, and that the refusal says what to
/// do.
#[track_caller]
pub(crate) fn assert_refused(checked: &Checked, name: &str, evidence: &str) {
    let answer = answer(checked, name);
    assert_eq!(answer.answer, Verdict::Refuses, "{answer:#?}");
    assert!(answer.evidence.contains(evidence), "{answer:#?}");
    assert!(answer.recipe.as_ref().is_some_and(|recipe| recipe.len() > 10), "{answer:#?}");
    assert!(checked.refuses());
}

#[track_caller]
pub(crate) fn assert_answer(checked: &Checked, name: &str, verdict: Verdict, evidence: &str) {
    let answer = answer(checked, name);
    assert_eq!(answer.answer, verdict, "{answer:#?}");
    assert!(answer.evidence.contains(evidence), "{answer:#?}");
}
