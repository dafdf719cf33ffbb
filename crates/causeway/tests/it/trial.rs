//! A scene in which things go wrong: commands that are killed, stopped, started together, and the
//! means to go back to where they began.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use bson::{Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt;
use mongodb::{Client, Collection};
use serde_json::Value;
use testbed::data::{Options, Validator, load};
use testbed::{ReplicaSet, TestDatabase};

use crate::scene::{Photo, Scene};

/// No command may take longer, whatever happens to it.
const COMMAND_MAX: Duration = Duration::from_secs(180);
/// Longer than an election takes.
const TROUBLE_SECONDS: u64 = 12;
/// Shortest life that the lease may have.
pub(crate) const LEASE_LIFE: Duration = Duration::from_secs(5);

/// A scene whose commands can be interfered with.
pub(crate) struct Trial {
    pub(crate) scene: Scene,
    uri: String,
    /// How long commands bear trouble that does not end.
    pub(crate) trouble_seconds: u64,
    _kept: Option<TestDatabase>,
}

impl Trial {
    /// Ugly quotes on the shared server, with a strict validator and the rival index.
    pub(crate) async fn shared(quotes: u64) -> Self {
        let trial = Self::empty().await;
        trial.fill(quotes).await;
        trial
    }

    /// Nothing, on the shared server.
    pub(crate) async fn empty() -> Self {
        let kept = TestDatabase::new().await.unwrap();
        let scene = Scene::at(kept.uri(), kept.database());
        let trial =
            Self { scene, uri: kept.uri(), trouble_seconds: TROUBLE_SECONDS, _kept: Some(kept) };
        trial.configure(500);
        trial
    }

    /// Such quotes on a server of its own.
    pub(crate) async fn on(server: &ReplicaSet, quotes: u64) -> Self {
        let trial = Self::reaching(server.uri_for("trial"), &server.client().await.unwrap());
        trial.fill(quotes).await;
        trial
    }

    /// A scene whose commands take another way to the server than the test does.
    pub(crate) fn reaching(uri: String, client: &Client) -> Self {
        let scene = Scene::at(uri.clone(), client.database("trial"));
        let trial = Self { scene, uri, trouble_seconds: TROUBLE_SECONDS, _kept: None };
        trial.configure(500);
        trial
    }

    pub(crate) async fn fill(&self, quotes: u64) {
        let options = Options {
            quotes,
            ugly_each: true,
            validator: Validator::Strict,
            rival_index: true,
            ..Options::default()
        };
        load(&self.scene.database, &options).await.unwrap();
        // The first `collMod` of a collection writes its defaults out, and nothing takes them away.
        self.change_validator(&self.scene.validator_and_options("quotes").await).await;
        self.configure(500);
    }

    async fn change_validator(&self, options: &Document) {
        let validator = options.get_document("validator").unwrap();
        let change = doc! { "collMod": "quotes", "validator": validator };
        self.scene.database.run_command(change).await.unwrap();
    }

    /// The shortest lease, and batches of so many documents.
    pub(crate) fn configure(&self, batch_documents: u64) {
        self.scene.file(
            "causeway.toml",
            &format!(
                "[limits]\nbatch_documents_max = {batch_documents}\n\
                 [lease]\nlife_seconds = {}\n",
                LEASE_LIFE.as_secs()
            ),
        );
    }

    /// The program, ready to be started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let name = self.scene.database.name();
        let mut command = Command::new(env!("CARGO_BIN_EXE_causeway"));
        command
            .env_clear()
            .env("USER", "ann")
            .env(testbed::mongod::VARIABLE, testbed::mongod::find().unwrap())
            .env("CAUSEWAY_TROUBLE_SECONDS", self.trouble_seconds.to_string())
            .current_dir(self.scene.path())
            .args(["--uri", &self.uri, "--database", name, "--yes", name, "--output", "json"])
            .args(["--migrations", "migrations", "--state-dir", "state"])
            .args(arguments);
        command
    }

    /// Starts a command.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments), self.scene.path())
    }

    /// Starts a command that something was added to.
    pub(crate) fn start_command(&self, command: Command) -> Running {
        Running::start(command, self.scene.path())
    }

    /// Gives a command and waits until it ends.
    pub(crate) fn give(&self, arguments: &[&str]) -> Told {
        self.start(arguments).end()
    }

    /// Gives a command that dies at an entry of its journal.
    pub(crate) fn give_dying(&self, arguments: &[&str], at: Death) -> Told {
        let mut command = self.command(arguments);
        let (variable, seq) = match at {
            Death::After(seq) => ("CAUSEWAY_DIE_AFTER_ENTRY", seq),
            Death::Before(seq) => ("CAUSEWAY_DIE_BEFORE_ENTRY", seq),
        };
        command.env(variable, seq.to_string());
        Running::start(command, self.scene.path()).end()
    }

    #[track_caller]
    pub(crate) fn expect(&self, code: i32, arguments: &[&str]) -> Told {
        let told = self.give(arguments);
        assert_eq!(told.code, code, "causeway {}\n{told}", arguments.join(" "));
        told
    }

    pub(crate) fn raw(&self, collection: &str) -> Collection<RawDocumentBuf> {
        self.scene.database.collection(collection)
    }

    /// The lease's document.
    pub(crate) async fn lease(&self) -> Document {
        let found = self.scene.collection("causeway_lock").find_one(doc! { "_id": "lease" }).await;
        found.unwrap().unwrap_or_default()
    }

    /// Expects that nobody holds the lease any more.
    #[track_caller]
    pub(crate) fn assert_free(&self) {
        let status = self.expect(0, &["status"]);
        let lease = status.events.iter().find(|row| row["row"] == "lease").unwrap();
        assert_eq!(lease["state"], "free", "{status}");
    }

    /// Lines of a run's journal on disk.
    pub(crate) fn journal(&self, run: &str) -> Vec<Value> {
        let path = self.scene.run_folder(run).join("journal.jsonl");
        let text = fs::read_to_string(path).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Waits until the database's journal holds `batches` entries.
    pub(crate) async fn wait_for_batches(&self, batches: u64) {
        let journal = self.scene.collection("causeway_journal");
        eventually("batches are written", async || {
            journal.count_documents(doc! {}).await.unwrap_or_default() >= batches
        })
        .await;
    }

    /// Everything, Causeway's own and its folder included, to come back to.
    pub(crate) async fn save(&self) -> Saved {
        let mut documents = BTreeMap::new();
        for name in self.scene.database.list_collection_names().await.unwrap() {
            documents.insert(name.clone(), self.all(&name).await);
        }
        let state = tempfile::tempdir().unwrap();
        copy(&self.scene.path().join("state"), state.path());
        Saved {
            documents,
            indexes: self.indexes().await,
            options: self.scene.validator_and_options("quotes").await,
            photo: self.scene.photo().await,
            state,
        }
    }

    /// Goes back to what was saved.
    pub(crate) async fn restore(&self, saved: &Saved) {
        let database = &self.scene.database;
        for name in database.list_collection_names().await.unwrap() {
            let wanted = saved.documents.get(&name);
            let present = self.all(&name).await;
            if wanted == Some(&present) {
                continue;
            }
            self.raw(&name).delete_many(doc! {}).await.unwrap();
            let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else { continue };
            let collection = self.raw(&name);
            for some in wanted.chunks(1_000) {
                let inserting = collection.insert_many(some).ordered(true);
                inserting.bypass_document_validation(true).await.unwrap();
            }
        }
        let present = self.indexes().await;
        for (name, _) in present.iter().filter(|index| !saved.indexes.contains(index)) {
            let dropping = doc! { "dropIndexes": "quotes", "index": name };
            database.run_command(dropping).await.unwrap();
        }
        for (_, index) in saved.indexes.iter().filter(|index| !present.contains(index)) {
            let making = doc! { "createIndexes": "quotes", "indexes": [index] };
            database.run_command(making).await.unwrap();
        }
        self.change_validator(&saved.options).await;
        let _ = fs::remove_dir_all(self.scene.path().join("state"));
        copy(saved.state.path(), &self.scene.path().join("state"));
        saved.photo.assert_same(&self.scene.photo().await);
    }

    async fn all(&self, name: &str) -> Vec<RawDocumentBuf> {
        let collection = self.raw(name);
        let found = collection.find(doc! {}).sort(doc! { "_id": 1 }).await.unwrap();
        found.try_collect().await.unwrap()
    }

    async fn indexes(&self) -> Vec<(String, Document)> {
        let command = doc! { "listIndexes": "quotes" };
        let cursor = self.scene.database.run_cursor_command(command).await.unwrap();
        let indexes: Vec<Document> = cursor.try_collect().await.unwrap();
        indexes.into_iter().map(|it| (it.get_str("name").unwrap().to_owned(), it)).collect()
    }
}

/// Where a command dies.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Death {
    /// This entry is the last one on disk.
    After(u64),
    /// This entry does not get on disk; what it tells of has happened.
    Before(u64),
}

/// What to come back to.
pub(crate) struct Saved {
    documents: BTreeMap<String, Vec<RawDocumentBuf>>,
    indexes: Vec<(String, Document)>,
    options: Document,
    pub(crate) photo: Photo,
    state: tempfile::TempDir,
}

impl Saved {
    /// Asserts that nobody changed a document since, Causeway's own included, but for the lease and
    /// what is written down about how a run ended.
    #[track_caller]
    pub(crate) fn assert_same(&self, later: &Self) {
        self.photo.assert_same(&later.photo);
        for (name, documents) in &self.documents {
            assert!(Some(documents) == later.documents.get(name), "{name} is different");
        }
        let folder = |saved: &Self| {
            let mut files = BTreeMap::new();
            read_all(saved.state.path(), &mut files);
            files
        };
        let (before, after) = (folder(self), folder(later));
        for (path, bytes) in before {
            let name = path.strip_prefix(self.state.path()).unwrap();
            let present = after.get(&later.state.path().join(name));
            assert!(present == Some(&bytes), "{} is different", name.display());
        }
    }
}

fn read_all(folder: &Path, files: &mut BTreeMap<std::path::PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_all(&path, files);
        } else if path.extension().is_none_or(|extension| extension != "partial") {
            let bytes = fs::read(&path).unwrap();
            files.insert(path, bytes);
        }
    }
}

/// A command at work.
pub(crate) struct Running {
    child: Child,
    output: tempfile::TempDir,
    since: Instant,
}

impl Running {
    fn start(mut command: Command, near: &Path) -> Self {
        let output = tempfile::tempdir_in(near).unwrap();
        let file = |name: &str| File::create(output.path().join(name)).unwrap();
        let child = command.stdout(file("out")).stderr(file("err")).spawn().unwrap();
        Self { child, output, since: Instant::now() }
    }

    /// Sends it a signal by name, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let pid = rustix::process::Pid::from_child(&self.child);
        let signal = match name {
            "STOP" => rustix::process::Signal::STOP,
            "CONT" => rustix::process::Signal::CONT,
            "INT" => rustix::process::Signal::INT,
            "TERM" => rustix::process::Signal::TERM,
            "KILL" => rustix::process::Signal::KILL,
            other => panic!("no signal {other} is known here"),
        };
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Events so far.
    pub(crate) fn events(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.output.path().join("out")).unwrap();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Whether an event of this name was told.
    pub(crate) fn told(&self, event: &str) -> bool {
        self.events().iter().any(|told| told["event"] == event)
    }

    /// Waits for an event of this name and returns the last of them.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, event: &str) -> Value {
        let deadline = Instant::now() + COMMAND_MAX;
        loop {
            let ended = self.has_ended();
            if let Some(told) = self.events().into_iter().rev().find(|it| it["event"] == event) {
                return told;
            }
            assert!(!ended && Instant::now() < deadline, "no {event} in {:?}", self.events());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Id of the run, once it is known.
    #[track_caller]
    pub(crate) fn run(&mut self) -> String {
        self.wait_for("run_started")["run"].as_str().unwrap().to_owned()
    }

    /// Waits until it ends. It must, within some minutes.
    #[track_caller]
    pub(crate) fn end(mut self) -> Told {
        let deadline = Instant::now() + COMMAND_MAX;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > deadline {
                self.child.kill().unwrap();
                let talk = fs::read_to_string(self.output.path().join("err")).unwrap();
                let events: Vec<String> = self.events().iter().map(Value::to_string).collect();
                panic!("it does not end: {}\n{talk}", events.join("\n"));
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        Told {
            code: status.code().unwrap_or_else(|| -status.signal().unwrap()),
            events: self.events(),
            talk: fs::read_to_string(self.output.path().join("err")).unwrap(),
            took: self.since.elapsed(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A test that failed must not leave a stopped process behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Told {
    /// Its exit code, or the number of the signal that ended it, negative.
    pub(crate) code: i32,
    pub(crate) events: Vec<Value>,
    pub(crate) talk: String,
    pub(crate) took: Duration,
}

impl Told {
    /// The last event of this name.
    #[track_caller]
    pub(crate) fn event(&self, name: &str) -> &Value {
        let found = self.events.iter().rev().find(|event| event["event"] == name);
        found.unwrap_or_else(|| panic!("no {name} in\n{self}"))
    }

    /// Id of the run.
    #[track_caller]
    pub(crate) fn run(&self) -> String {
        self.event("run_started")["run"].as_str().unwrap().to_owned()
    }

    /// Message and causes of the failure, and the hint.
    pub(crate) fn failure(&self) -> String {
        let told = self.events.iter().filter(|event| event["event"] == "failure");
        told.map(Value::to_string).collect()
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "exit {} after {:.1?}", self.code, self.took)?;
        for event in &self.events {
            writeln!(f, "{event}")?;
        }
        f.write_str(&self.talk)
    }
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn eventually(
    what: &str,
    mut holds: impl AsyncFnMut() -> bool,
) -> impl Future<Output = ()> {
    let what = what.to_owned();
    async move {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !holds().await {
            assert!(Instant::now() < deadline, "waited in vain: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    let Ok(entries) = fs::read_dir(from) else { return };
    for entry in entries {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
