//! A server that only this program can use.

use std::{
    ffi::OsString,
    fs::File,
    io::{Read as _, Write as _},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use bson::doc;
use mongodb::Client;

use crate::{Mongod, scratch};

const USER: &str = "private";
const SET: &str = "private";
const READY_SECONDS_MAX: u64 = 60;

/// What the server is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Alone and without an oplog: writes cost less.
    Standalone,
    /// A replica set of one member: has transactions and change streams.
    ReplicaSet,
}

/// A running server that asks for a password nobody else knows: other users of the machine reach
/// its port, too.
#[derive(Debug)]
pub struct Private {
    mongod: Mongod,
    uri: String,
}

impl Private {
    /// Starts a server with its data under the existing folder `data_under`.
    ///
    /// # Errors
    ///
    /// When it does not start; the message ends with the end of its log.
    pub async fn start(
        program: &Path,
        (kind, arguments): (Kind, &[String]),
        data_under: &Path,
    ) -> Result<Self> {
        let mut all: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        match kind {
            Kind::Standalone => all.push("--auth".into()),
            Kind::ReplicaSet => {
                let (mut file, path) = scratch::file("key")?;
                file.write_all(random()?.as_bytes()).context("write the key file")?;
                all.extend(["--replSet".into(), SET.into(), "--keyFile".into(), path.into()]);
            }
        }
        let mongod = Mongod::start(program, &all, Some(data_under)).await?;
        match user(&mongod, kind).await {
            Ok(uri) => Ok(Self { mongod, uri }),
            Err(error) => bail!(
                "failed to set mongod up: {error:#}; its log ends with:\n{}",
                mongod.log_tail()
            ),
        }
    }

    /// A connection string without a database. Holds the password.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// `host:port`.
    pub fn address(&self) -> String {
        self.mongod.address()
    }
}

/// Initiates the set where there is to be one, makes the user, and returns its connection string.
async fn user(mongod: &Mongod, kind: Kind) -> Result<String> {
    let address = mongod.address();
    // Before there is a user, the server lets the loopback address in without one.
    let anonymous = format!("mongodb://{address}/?directConnection=true");
    let client = Client::with_uri_str(anonymous).await.context("make a client")?;
    let admin = client.database("admin");
    let option = match kind {
        Kind::Standalone => "directConnection=true".to_owned(),
        Kind::ReplicaSet => {
            let alone = doc! { "_id": SET, "members": [{ "_id": 0, "host": &address }] };
            admin
                .run_command(doc! { "replSetInitiate": alone })
                .await
                .context("run replSetInitiate")?;
            format!("replicaSet={SET}")
        }
    };
    writable(&client).await?;
    let password = random()?;
    let roles = vec![doc! { "role": "root", "db": "admin" }];
    admin
        .run_command(doc! { "createUser": USER, "pwd": &password, "roles": roles })
        .await
        .context("create the user")?;
    client.shutdown().await;
    Ok(format!("mongodb://{USER}:{password}@{address}/?{option}&authSource=admin"))
}

/// Waits until the server that the client is connected to accepts writes.
///
/// # Errors
///
/// When it does not within a minute.
pub async fn writable(client: &Client) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(READY_SECONDS_MAX);
    while Instant::now() < deadline {
        let hello = client.database("admin").run_command(doc! { "hello": 1 }).await;
        if hello.is_ok_and(|hello| matches!(hello.get_bool("isWritablePrimary"), Ok(true))) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    bail!("the server did not accept writes within {READY_SECONDS_MAX} s")
}

/// 192 bits that nobody can guess, as text.
fn random() -> Result<String> {
    let mut bytes = [0; 24];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("read random bytes")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
