//! Which database: from the command line to a connection that says who answered.

use std::path::PathBuf;
use std::time::Duration;

use bson::{Document, doc};
use causeway_core::event::TargetShown;
use mongodb::error::{Error, ErrorKind};
use mongodb::options::{
    ClientOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Database};

use crate::failure::{Failure, Result, undecorated};

pub mod address;

pub use address::{Address, AddressSource};

/// How long a write outside a transaction may wait for a majority.
const MAJORITY_WAIT: Duration = Duration::from_secs(60);
/// Between two looks at each member, unless the URI says otherwise.
const HEARTBEAT: Duration = Duration::from_secs(4);
/// How long to look for a server before saying that there is none.
const SELECTION_TIMEOUT: Duration = Duration::from_secs(10);

/// Server error: there is no such user, or not with this password.
const AUTHENTICATION_FAILED: i32 = 18;

/// A database that answered.
#[derive(Debug, Clone)]
pub struct Target {
    /// The driver's client; majority reads and writes unless a command says otherwise.
    pub client: Client,
    /// The database the migration is for.
    pub database: Database,
    /// What people are shown of it.
    pub shown: TargetShown,
    /// Who asks, in words: `the user ann`.
    pub who: String,
    /// Facts of the `hello` reply.
    pub server: Server,
}

/// What the server says of itself.
#[derive(Debug, Clone)]
pub struct Server {
    /// `6.0.5` as numbers.
    pub version: [u32; 3],
    /// Replica set name; none for a standalone.
    pub replica_set: Option<String>,
    /// Host and port of the primary, as members know it.
    pub primary: Option<String>,
    /// Data-bearing members that can be seen.
    pub hosts: Vec<String>,
    /// Whether a `mongos` answered.
    pub sharded: bool,
    /// The largest document the server stores, in bytes.
    pub document_bytes_max: u64,
}

/// Where to connect, before anything was tried.
#[derive(Debug, Clone)]
pub struct TargetOptions {
    /// `--uri`.
    pub uri: Option<String>,
    /// The flag that gave it.
    pub flag: &'static str,
    /// `MONGODB_URI` of the environment.
    pub uri_from_environment: Option<String>,
    /// `--env-file`.
    pub env_file: Option<PathBuf>,
    /// `--database`.
    pub database: Option<String>,
}

impl TargetOptions {
    /// A database on a server that was named by a flag.
    #[must_use]
    pub const fn given(flag: &'static str, uri: String, database: String) -> Self {
        Self {
            uri: Some(uri),
            flag,
            uri_from_environment: None,
            env_file: None,
            database: Some(database),
        }
    }
}

/// Acknowledged by a majority, and an error when that takes too long: a set that has lost its
/// majority would keep a writer waiting for ever.
fn durable() -> WriteConcern {
    let mut concern = WriteConcern::majority();
    concern.w_timeout = Some(MAJORITY_WAIT);
    concern
}

impl Target {
    /// Connects and asks the server who it is. Writes nothing.
    ///
    /// # Errors
    /// Usage when no address or database is given; refused when nothing answers there.
    pub async fn connect(options: &TargetOptions) -> Result<Self> {
        let address = Address::resolve(options)?;
        let mut client_options = parse(&address).await?;
        let name = database_name(options, &client_options, &address)?;
        client_options.app_name = Some("causeway".to_owned());
        client_options.server_selection_timeout = Some(SELECTION_TIMEOUT);
        client_options.connect_timeout.get_or_insert(SELECTION_TIMEOUT);
        // A member that says it is no primary any more, and means it for a moment only, is asked
        // again this often: well before nobody to ask counts as trouble.
        client_options.heartbeat_freq.get_or_insert(HEARTBEAT);
        client_options.read_concern = Some(ReadConcern::majority());
        client_options.write_concern = Some(durable());
        // An application's URI may prefer secondaries. What is decided by a look must be fresh.
        client_options.selection_criteria =
            Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        let who = who(&client_options);
        let set = client_options.repl_set_name.clone();
        let client = Client::with_options(client_options)
            .map_err(|error| Failure::usage(address.redact(&error.to_string())))?;
        let database = client.database(&name);
        let server = Server::ask(&database)
            .await
            .map_err(|error| not_connected(&address, set.as_deref(), error))?;
        let shown = TargetShown {
            database: name,
            host: server.primary.clone().unwrap_or_else(|| address.hosts()),
            uri: address.redacted(),
            version: server.version_text(),
            topology: server.topology(),
            source: address.source.to_string(),
        };
        Ok(Self { client, database, shown, who, server })
    }

    /// Name of the database.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shown.database
    }

    /// The server's `admin` database.
    #[must_use]
    pub fn admin(&self) -> Database {
        self.client.database("admin")
    }
}

async fn parse(address: &Address) -> Result<ClientOptions> {
    #[expect(clippy::disallowed_methods, reason = "this is the place that redacts its errors")]
    let parsed = ClientOptions::parse(&address.uri).await;
    parsed.map_err(|error| {
        // With such a character the driver takes a part of the password for a host, and says so.
        let reason = if address.has_unescaped_credentials() {
            "its user or password holds a character that must be percent-encoded".to_owned()
        } else {
            address.redact(undecorated(&error.to_string()))
        };
        Failure::usage(format!(
            "the MongoDB URI from {} can not be used: {reason}",
            address.source
        ))
        .hint("it looks like mongodb://user:password@host:27017/database?replicaSet=rs0; in user and password write %40 for @, %3A for :, %2F for /, %3F for ?, %23 for #, %25 for %")
    })
}

/// Who the server takes this program for.
fn who(options: &ClientOptions) -> String {
    match &options.credential {
        Some(credential) => match &credential.username {
            Some(user) => format!("the user {user}"),
            None => "the user of this connection".to_owned(),
        },
        None => "a connection without a user".to_owned(),
    }
}

/// Why there is no connection: nobody answers, or who answers does not want this user, or belongs to
/// another replica set than the URI says.
fn not_connected(address: &Address, set: Option<&str>, error: Error) -> Failure {
    let shown = address.redacted();
    let (message, hint) = match (error.kind.as_ref(), set) {
        _ if is_refused(&error) => (
            format!("the server refuses the user or the password of {shown}"),
            "check user, password, and authSource: the database that knows the user, mostly admin"
                .to_owned(),
        ),
        // The driver drops who answers as a member of another set; who does not answer stays.
        (ErrorKind::ServerSelection { message, .. }, Some(set))
            if message.contains("No available servers") =>
        (
            format!("no member of the replica set {set} answers at {shown}"),
            format!(
                "check replicaSet={set} in the URI: rs.status().set on the server is its name; and that its servers \
                 run and this machine reaches them"
            ),
        ),
        _ => (
            format!("no server answers at {shown}"),
            "check that the address is right, that the server runs, and that this machine may reach it".to_owned(),
        ),
    };
    Failure::refused(message).because(error).hint(hint)
}

fn is_refused(error: &Error) -> bool {
    match error.kind.as_ref() {
        ErrorKind::Authentication { .. } => true,
        ErrorKind::Command(command) => command.code == AUTHENTICATION_FAILED,
        _ => false,
    }
}

fn database_name(
    options: &TargetOptions,
    parsed: &ClientOptions,
    address: &Address,
) -> Result<String> {
    let name = options.database.clone().or_else(|| parsed.default_database.clone());
    let Some(name) = name else {
        return Err(Failure::usage(format!("the URI from {} names no database", address.source))
            .hint("put it into the URI (…27017/DATABASE?…) or give --database NAME"));
    };
    let forbidden = |c: char| "/\\. \"$*<>:|?\0".contains(c);
    if name.is_empty() || name.len() > 63 || name.contains(forbidden) {
        return Err(Failure::usage(format!("`{name}` can not be the name of a database")));
    }
    if ["admin", "local", "config"].contains(&name.as_str()) {
        return Err(Failure::usage(format!("`{name}` belongs to the server itself"))
            .hint("name the application's database"));
    }
    Ok(name)
}

impl Server {
    async fn ask(database: &Database) -> Result<Self, Error> {
        let hello = database.run_command(doc! { "hello": 1 }).await?;
        let build = database.run_command(doc! { "buildInfo": 1 }).await?;
        Ok(Self {
            version: version_numbers(&build),
            replica_set: hello.get_str("setName").ok().map(str::to_owned),
            primary: hello.get_str("primary").ok().map(str::to_owned),
            hosts: strings(&hello, "hosts"),
            sharded: hello.get_str("msg").is_ok_and(|text| text == "isdbgrid"),
            document_bytes_max: hello
                .get_i32("maxBsonObjectSize")
                .ok()
                .and_then(|bytes| u64::try_from(bytes).ok())
                .unwrap_or(16 * 1024 * 1024),
        })
    }

    /// `6.0.5`.
    #[must_use]
    pub fn version_text(&self) -> String {
        let [major, minor, patch] = self.version;
        format!("{major}.{minor}.{patch}")
    }

    /// `replica set rs0, 3 members`.
    #[must_use]
    pub fn topology(&self) -> String {
        match &self.replica_set {
            _ if self.sharded => "sharded cluster".to_owned(),
            None => "standalone".to_owned(),
            Some(set) => match self.hosts.len() {
                1 => format!("replica set {set}, 1 member"),
                members => format!("replica set {set}, {members} members"),
            },
        }
    }
}

fn version_numbers(build: &Document) -> [u32; 3] {
    let mut numbers = [0; 3];
    let array = build.get_array("versionArray").map(Vec::as_slice).unwrap_or_default();
    for (number, part) in numbers.iter_mut().zip(array) {
        *number = part.as_i32().and_then(|part| u32::try_from(part).ok()).unwrap_or(0);
    }
    numbers
}

fn strings(document: &Document, key: &str) -> Vec<String> {
    let array = document.get_array(key).map(Vec::as_slice).unwrap_or_default();
    array.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}
