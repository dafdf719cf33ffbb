//! A database, a folder, and the real program run in both.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use bson::{Bson, Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt;
use mongodb::{Client, Collection, Database};
use serde_json::Value;
use tempfile::TempDir;
use testbed::TestDatabase;
use testbed::data::{Options, load};

/// Commands are given here.
pub(crate) struct Scene {
    pub(crate) database: Database,
    folder: TempDir,
    uri: String,
    _kept: Option<TestDatabase>,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) events: Vec<Value>,
    pub(crate) talk: String,
}

impl Scene {
    /// An empty database on the shared server, and migration 010.
    pub(crate) async fn empty() -> Self {
        let kept = TestDatabase::new().await.unwrap();
        let mut scene = Self::at(kept.uri(), kept.database());
        scene._kept = Some(kept);
        scene
    }

    /// The same with a record of 009 and these quotes.
    pub(crate) async fn with_quotes(quotes: impl IntoIterator<Item = Document>) -> Self {
        let scene = Self::empty().await;
        scene.record_nine().await;
        let quotes: Vec<Document> = quotes.into_iter().collect();
        if !quotes.is_empty() {
            scene.quotes().insert_many(quotes).await.unwrap();
        }
        scene
    }

    /// The same with generated data.
    pub(crate) async fn generated(options: &Options) -> Self {
        let scene = Self::empty().await;
        load(&scene.database, options).await.unwrap();
        scene
    }

    /// A database on a server of the test's own.
    pub(crate) fn at(uri: String, database: Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scene = Self { database, folder, uri, _kept: None };
        scene.migration(crate::shop::TEN);
        scene
    }

    pub(crate) async fn record_nine(&self) {
        let record = doc! { "_id": 9, "version": "009", "description": "Before",
        "status": "completed", "appliedAt": bson::DateTime::from_millis(1_700_000_000_000) };
        self.collection("migrations").insert_one(record).await.unwrap();
    }

    /// Migration 010 is this text from now on.
    pub(crate) fn migration(&self, text: &str) {
        self.file("migrations/010.toml", text);
    }

    /// Migration 010 has these steps from now on, and requires nothing.
    pub(crate) fn steps(&self, steps: &str) {
        self.migration(&format!(
            "version = \"010\"\ntitle = \"Add selectedEvents to quotes\"\n[[step]]\n{steps}\n"
        ));
    }

    pub(crate) fn file(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Folder of a run.
    pub(crate) fn run_folder(&self, run: &str) -> PathBuf {
        self.path().join("state/runs").join(run)
    }

    pub(crate) fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }

    pub(crate) fn quotes(&self) -> Collection<Document> {
        self.collection("quotes")
    }

    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    pub(crate) fn client(&self) -> &Client {
        self.database.client()
    }

    /// Gives a command, permission included, and waits until it ends.
    pub(crate) fn causeway(&self, arguments: &[&str]) -> Ran {
        let name = self.database.name();
        self.causeway_on((name, Some(name)), arguments)
    }

    /// The same for a database of any name, with permission for one of any name, or none.
    pub(crate) fn causeway_on(
        &self,
        (database, yes): (&str, Option<&str>),
        arguments: &[&str],
    ) -> Ran {
        let yes = yes.into_iter().flat_map(|name| ["--yes", name]);
        let given: Vec<&str> = yes.chain(arguments.iter().copied()).collect();
        self.causeway_in(&[], &[&["--database", database], &given[..]].concat())
    }

    /// The same with these variables in the environment.
    pub(crate) fn causeway_in(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_causeway"));
        command
            .env_clear()
            .env("USER", "ann")
            .env(testbed::mongod::VARIABLE, testbed::mongod::find().unwrap())
            .envs(variables.iter().copied())
            .current_dir(self.path())
            .args(["--uri", &self.uri, "--output", "json"])
            .args(["--migrations", "migrations", "--state-dir", "state"])
            .args(arguments);
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            events: text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
            talk: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub(crate) fn expect(&self, code: i32, arguments: &[&str]) -> Ran {
        let name = self.database.name();
        self.expect_on(code, (name, Some(name)), arguments)
    }

    #[track_caller]
    pub(crate) fn expect_on(
        &self,
        code: i32,
        place: (&str, Option<&str>),
        arguments: &[&str],
    ) -> Ran {
        let ran = self.causeway_on(place, arguments);
        assert_eq!(ran.code, code, "causeway {}\n{}", arguments.join(" "), ran.told());
        assert_eq!(ran.events.last().unwrap()["exit_code"], code);
        ran
    }

    #[track_caller]
    pub(crate) fn up(&self) -> Ran {
        self.expect(0, &["up", "010"])
    }

    #[track_caller]
    pub(crate) fn down(&self) -> Ran {
        self.expect(0, &["down", "010"])
    }

    #[track_caller]
    pub(crate) fn verify(&self, code: i32, state: &str) -> Ran {
        self.expect(code, &["verify", "010", "--state", state])
    }

    /// The record of 010.
    pub(crate) async fn record(&self) -> Document {
        let found = self.collection("migrations").find_one(doc! { "version": "010" }).await;
        found.unwrap().unwrap_or_default()
    }

    pub(crate) async fn status(&self) -> String {
        self.record().await.get_str("status").unwrap_or("none").to_owned()
    }

    /// Everything but what is Causeway's.
    pub(crate) async fn photo(&self) -> Photo {
        let listed = self.database.list_collections().await.unwrap();
        let listed: Vec<_> = listed.try_collect().await.unwrap();
        let mut photo = Photo::default();
        for collection in listed {
            let name = collection.name;
            if name.starts_with("causeway_") || name.starts_with("system.") {
                continue;
            }
            let documents = self.documents(&name).await;
            if name == "migrations" && documents.is_empty() {
                continue;
            }
            photo.documents.insert(name.clone(), documents);
            photo.indexes.insert(name.clone(), self.indexes(&name).await);
            photo.options.insert(name.clone(), self.options(&name).await);
        }
        photo
    }

    async fn documents(&self, name: &str) -> Vec<(String, Vec<u8>)> {
        let filter = if name == "migrations" {
            doc! { "version": { "$ne": "010" } }
        } else {
            doc! {}
        };
        let collection = self.database.collection::<RawDocumentBuf>(name);
        let found = collection.find(filter).sort(doc! { "_id": 1 }).await.unwrap();
        let documents: Vec<RawDocumentBuf> = found.try_collect().await.unwrap();
        documents
            .into_iter()
            .map(|document| (format!("{:?}", document.get("_id").unwrap()), document.into_bytes()))
            .collect()
    }

    /// Raw definitions by name.
    pub(crate) async fn indexes(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        let command = doc! { "listIndexes": name };
        let cursor = self.database.run_cursor_command(command).await.unwrap();
        let indexes: Vec<Document> = cursor.try_collect().await.unwrap();
        indexes
            .iter()
            .map(|index| (index.get_str("name").unwrap().to_owned(), bytes(index)))
            .collect()
    }

    /// Without what `collMod` writes down although it is the default: nothing takes that away again.
    async fn options(&self, name: &str) -> Vec<u8> {
        let mut options = self.validator_and_options(name).await;
        for (key, default) in [("validationLevel", "strict"), ("validationAction", "error")] {
            if options.get_str(key).is_ok_and(|value| value == default) {
                options.remove(key);
            }
        }
        bytes(&options)
    }

    pub(crate) async fn validator_and_options(&self, name: &str) -> Document {
        let command = doc! { "listCollections": 1, "filter": { "name": name } };
        let reply = self.database.run_command(command).await.unwrap();
        let batch = reply.get_document("cursor").unwrap().get_array("firstBatch").unwrap();
        batch[0].as_document().unwrap().get_document("options").unwrap().clone()
    }

    /// Everything that Causeway keeps: nothing of it may change when nothing is to be done.
    pub(crate) async fn kept(&self) -> BTreeMap<String, Vec<(String, Vec<u8>)>> {
        let mut kept = BTreeMap::new();
        for name in self.database.list_collection_names().await.unwrap() {
            let collection = self.database.collection::<RawDocumentBuf>(&name);
            let found = collection.find(doc! {}).sort(doc! { "_id": 1 }).await.unwrap();
            let documents: Vec<RawDocumentBuf> = found.try_collect().await.unwrap();
            let named = documents.into_iter().map(|it| (String::new(), it.into_bytes())).collect();
            kept.insert(name, named);
        }
        kept
    }
}

fn bytes(document: &Document) -> Vec<u8> {
    RawDocumentBuf::try_from(document).unwrap().into_bytes()
}

impl Ran {
    /// All of it, for a message.
    pub(crate) fn told(&self) -> String {
        let events: Vec<String> = self.events.iter().map(Value::to_string).collect();
        format!("{}\n{}", events.join("\n"), self.talk)
    }

    /// The last event of this name.
    #[track_caller]
    pub(crate) fn event(&self, name: &str) -> &Value {
        let found = self.events.iter().rev().find(|event| event["event"] == name);
        found.unwrap_or_else(|| panic!("no {name} in\n{}", self.told()))
    }

    /// Id of the run.
    #[track_caller]
    pub(crate) fn run(&self) -> String {
        self.event("run_started")["run"].as_str().unwrap().to_owned()
    }

    /// Documents of `quotes` with a verdict.
    #[track_caller]
    pub(crate) fn verdict(&self, verdict: &str) -> u64 {
        self.event("verified")["collections"]["quotes"][verdict].as_u64().unwrap_or(0)
    }

    #[track_caller]
    pub(crate) fn assert_says(&self, text: &str) {
        assert!(self.told().contains(text), "{text:?} is not in\n{}", self.told());
    }

    pub(crate) fn rows(&self) -> Vec<&Value> {
        self.events.iter().filter(|event| event["event"] == "row").collect()
    }
}

/// Raw bytes of a whole database.
#[derive(Debug, Default, PartialEq, Clone)]
pub(crate) struct Photo {
    pub(crate) documents: BTreeMap<String, Vec<(String, Vec<u8>)>>,
    pub(crate) indexes: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    pub(crate) options: BTreeMap<String, Vec<u8>>,
}

impl Photo {
    /// Asserts that nothing is different, and names what is.
    #[track_caller]
    pub(crate) fn assert_same(&self, other: &Self) {
        let differences = self.differences(other);
        assert!(differences.is_empty(), "{differences:#?}");
        assert!(self == other, "different order of documents");
    }

    /// What is different, as `collection _id`.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        let names = self.documents.keys().chain(other.documents.keys());
        for name in names.collect::<std::collections::BTreeSet<_>>() {
            let map = |photo: &Self| -> BTreeMap<String, Vec<u8>> {
                photo.documents.get(name).into_iter().flatten().cloned().collect()
            };
            compare(name, &map(self), &map(other), &mut found);
            let indexes = |photo: &Self| photo.indexes.get(name).cloned().unwrap_or_default();
            compare(&format!("index of {name}"), &indexes(self), &indexes(other), &mut found);
            let (one, two) = (self.options.get(name), other.options.get(name));
            if one != two {
                found.push(format!("options of {name}: {} then {}", shown(one), shown(two)));
            }
        }
        found
    }
}

fn compare(
    what: &str,
    one: &BTreeMap<String, Vec<u8>>,
    other: &BTreeMap<String, Vec<u8>>,
    found: &mut Vec<String>,
) {
    let keys: std::collections::BTreeSet<_> = one.keys().chain(other.keys()).collect();
    for key in keys {
        if one.get(key) != other.get(key) {
            found.push(format!(
                "{what} {key}: {} then {}",
                shown(one.get(key)),
                shown(other.get(key))
            ));
        }
    }
}

fn shown(bytes: Option<&Vec<u8>>) -> String {
    match bytes {
        None => "nothing".to_owned(),
        Some(bytes) if bytes.len() > 2_000 => format!("{} bytes", bytes.len()),
        Some(bytes) => match RawDocumentBuf::from_bytes(bytes.clone()) {
            Ok(raw) => format!("{raw:?}"),
            Err(error) => error.to_string(),
        },
    }
}

/// Quotes of the usual kind: every tenth has an empty list already.
pub(crate) fn plain_quotes(count: i32) -> Vec<Document> {
    (0..count)
        .map(|number| {
            let mut quote = doc! { "_id": number, "leadName": "Ann", "totalPrice": 10 * number,
            "numberOfPeople": 10 };
            if number % 10 == 0 {
                quote.insert("selectedEvents", Vec::<Document>::new());
            }
            quote
        })
        .collect()
}

/// A selected event as the application writes it.
pub(crate) fn event(name: &str, price: impl Into<Bson>, per_person: bool) -> Document {
    doc! { "eventId": bson::oid::ObjectId::new(), "eventName": name, "eventPrice": price.into(),
    "eventCurrency": "GBP", "pricePerPerson": per_person }
}
