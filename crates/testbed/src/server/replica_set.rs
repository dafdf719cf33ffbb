//! A replica set of one or three members, and what can happen to it.

use std::{
    ffi::OsString,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use bson::{Document, doc};
use mongodb::Client;
use rustix::process::Signal;

use local_mongod::Mongod;

use super::initiate;
use crate::mongod;

const PRIMARY_SECONDS_MAX: u64 = 60;
const ANSWER_SECONDS_MAX: u64 = 2;

/// Whether the server asks who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Auth {
    /// Everybody may do everything.
    #[default]
    Off,
    /// A key file among the members, and a user `root`, whose name and password are in
    /// [`ReplicaSet::uri`].
    On,
}

/// How a [`ReplicaSet`] is started.
#[derive(Debug, Clone)]
pub struct ReplicaSetOptions {
    /// How many members: 1 or 3.
    pub members: usize,
    /// Whether the server asks who somebody is.
    pub auth: Auth,
    /// The size of WiredTiger's cache, for each member.
    pub cache_gigabytes: f64,
    /// The size of the oplog in megabytes (at least 990), for each member; the server's choice when absent.
    pub oplog_megabytes: Option<u32>,
    /// Further `--setParameter name=value`.
    pub parameters: Vec<(String, String)>,
    /// After how many milliseconds without a primary the others elect one.
    pub election_timeout_millis: i32,
    /// An existing folder under which the data is kept; where the system keeps temporary files when
    /// absent, which is often memory, and too small for a million documents.
    pub data_under: Option<PathBuf>,
}

impl Default for ReplicaSetOptions {
    fn default() -> Self {
        Self {
            members: 1,
            auth: Auth::Off,
            cache_gigabytes: 0.25,
            oplog_megabytes: None,
            parameters: Vec::new(),
            election_timeout_millis: 2_000,
            data_under: None,
        }
    }
}

/// A running replica set named `rs0`. Ends when dropped, and at the latest with this process.
#[derive(Debug)]
pub struct ReplicaSet {
    pub(super) members: Vec<Mongod>,
    pub(super) auth: Auth,
}

impl ReplicaSet {
    /// Starts a set and waits until it has a primary and every member is ready.
    ///
    /// # Errors
    ///
    /// When there is no `mongod` or it does not start; the message ends with the end of its log.
    pub async fn start(options: ReplicaSetOptions) -> Result<Self> {
        anyhow::ensure!(
            matches!(options.members, 1 | 3),
            "a replica set of {} members was asked for: only 1 and 3 are supported",
            options.members
        );
        let program = tokio::task::spawn_blocking(mongod::find).await.context("find mongod")??;
        let mut arguments = arguments(&options);
        if let Some(key_file) = initiate::key_file(options.auth)? {
            arguments.extend(["--keyFile".into(), key_file.into()]);
        }
        let data_under = options.data_under.as_deref();
        let start = || Mongod::start(&program, &arguments, data_under);
        let members = futures_util::future::try_join_all((0..options.members).map(|_| start()));
        let set = Self { members: members.await?, auth: options.auth };
        if let Err(error) = initiate::initiate(&set, options.election_timeout_millis).await {
            let tail = set.members.first().map(Mongod::log_tail).unwrap_or_default();
            bail!("failed to initiate the replica set: {error:#}; the log ends with:\n{tail}");
        }
        Ok(set)
    }

    /// The members' addresses, `host:port`.
    pub fn addresses(&self) -> Vec<String> {
        self.members.iter().map(Mongod::address).collect()
    }

    /// A connection string without a database. With [`Auth::On`] it is that of `root`.
    pub fn uri(&self) -> String {
        self.uri_for("")
    }

    /// A connection string with a database.
    pub fn uri_for(&self, database: &str) -> String {
        initiate::root_uri(self.auth, &self.addresses().join(","), database, "replicaSet=rs0")
    }

    /// A connection string for a user made by [`ReplicaSet::create_user`]; `database` may be empty.
    pub fn uri_as(&self, user: &str, password: &str, database: &str) -> String {
        let hosts = self.addresses().join(",");
        initiate::uri(Some((user, password)), &hosts, database, "replicaSet=rs0")
    }

    /// A connection string for one member alone (`directConnection=true`).
    pub fn member_uri(&self, member: usize) -> String {
        initiate::root_uri(self.auth, &self.members[member].address(), "", "directConnection=true")
    }

    /// A new client. Never share one between two runtimes: its tasks live in the first.
    ///
    /// # Errors
    ///
    /// When the driver can't make one.
    pub async fn client(&self) -> Result<Client> {
        Client::with_uri_str(self.uri()).await.context("make a client")
    }

    /// A new client for one member alone.
    ///
    /// # Errors
    ///
    /// When the driver can't make one.
    pub async fn member_client(&self, member: usize) -> Result<Client> {
        Client::with_uri_str(self.member_uri(member)).await.context("make a client")
    }

    /// Creates a user in `admin` with `roles`, each a role's name and its database, and returns the
    /// connection string for it, without a database.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub async fn create_user(
        &self,
        name: &str,
        password: &str,
        roles: &[(&str, &str)],
    ) -> Result<String> {
        let roles: Vec<Document> =
            roles.iter().map(|(role, database)| doc! { "role": role, "db": database }).collect();
        let command = doc! { "createUser": name, "pwd": password, "roles": roles };
        self.client()
            .await?
            .database("admin")
            .run_command(command)
            .await
            .with_context(|| format!("create the user {name}"))?;
        Ok(self.uri_as(name, password, ""))
    }

    /// Which member is the primary now: the one that says so and accepts writes.
    ///
    /// # Errors
    ///
    /// When there is none within a minute.
    pub async fn primary(&self) -> Result<usize> {
        let deadline = Instant::now() + Duration::from_secs(PRIMARY_SECONDS_MAX);
        while Instant::now() < deadline {
            for member in 0..self.members.len() {
                if self.is_primary(member).await {
                    return Ok(member);
                }
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("no member of the replica set became primary within {PRIMARY_SECONDS_MAX} s")
    }

    async fn is_primary(&self, member: usize) -> bool {
        let ask = async {
            let client = self.member_client(member).await.ok()?;
            let hello = client.database("admin").run_command(doc! { "hello": 1 }).await.ok()?;
            hello.get_bool("isWritablePrimary").ok()
        };
        self.members[member].is_running()
            && tokio::time::timeout(Duration::from_secs(ANSWER_SECONDS_MAX), ask).await
                == Ok(Some(true))
    }

    /// Forces the primary to step down, and returns which member it was. Another is elected; a set
    /// of one member has no primary for a second.
    ///
    /// # Errors
    ///
    /// When there is no primary or it refuses.
    pub async fn step_down(&self) -> Result<usize> {
        let primary = self.primary().await?;
        let seconds = if self.members.len() == 1 { 1 } else { 10 };
        let command = doc! {
            "replSetStepDown": seconds,
            "secondaryCatchUpPeriodSecs": seconds / 2,
            "force": true,
        };
        let client = self.member_client(primary).await?;
        client.database("admin").run_command(command).await.context("step down")?;
        Ok(primary)
    }

    /// Ends one member with SIGKILL.
    ///
    /// # Errors
    ///
    /// When the signal can't be sent.
    pub fn kill(&self, member: usize) -> Result<()> {
        self.members[member].kill()
    }

    /// Starts a member again, on its port and with its data. Kills it first when it runs.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn restart(&self, member: usize) -> Result<()> {
        self.members[member].restart().await
    }

    /// Stops one member with SIGSTOP: its connections stay open and nothing answers.
    ///
    /// # Errors
    ///
    /// When it is not running.
    pub fn stop(&self, member: usize) -> Result<()> {
        self.members[member].signal(Signal::STOP)
    }

    /// Lets a member go on after [`ReplicaSet::stop`].
    ///
    /// # Errors
    ///
    /// When it is not running.
    pub fn cont(&self, member: usize) -> Result<()> {
        self.members[member].signal(Signal::CONT)
    }

    /// Where a member writes its log.
    pub fn log(&self, member: usize) -> PathBuf {
        self.members[member].log()
    }

    /// The process ids of the members that run.
    pub fn process_ids(&self) -> Vec<u32> {
        self.members.iter().filter_map(Mongod::process_id).collect()
    }
}

fn arguments(options: &ReplicaSetOptions) -> Vec<OsString> {
    let mut arguments = vec![
        "--replSet".to_owned(),
        "rs0".to_owned(),
        "--wiredTigerCacheSizeGB".to_owned(),
        options.cache_gigabytes.to_string(),
        "--setParameter".to_owned(),
        "enableTestCommands=1".to_owned(),
        "--setParameter".to_owned(),
        "diagnosticDataCollectionEnabled=false".to_owned(),
    ];
    if let Some(megabytes) = options.oplog_megabytes {
        arguments.extend(["--oplogSize".to_owned(), megabytes.to_string()]);
    }
    for (name, value) in &options.parameters {
        arguments.extend(["--setParameter".to_owned(), format!("{name}={value}")]);
    }
    arguments.into_iter().map(OsString::from).collect()
}
