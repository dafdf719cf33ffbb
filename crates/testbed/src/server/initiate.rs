//! Making a replica set of running members, with or without authentication.

use std::{
    fmt::Write as _,
    io::Write as _,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use bson::{Document, doc};
use mongodb::Client;

use local_mongod::{scratch, writable};

use super::replica_set::{Auth, ReplicaSet};

const ROOT: &str = "root";
const ROOT_PASSWORD: &str = "testbed-root";
const KEY: &str = "dGVzdGJlZCBrZXkgZmlsZSwgbm90IGEgc2VjcmV0";
const READY_SECONDS_MAX: u64 = 60;

/// The key file that the members share, when they ask who somebody is. They read it again at a
/// restart, so it stays for as long as the process lives.
pub(super) fn key_file(auth: Auth) -> Result<Option<PathBuf>> {
    match auth {
        Auth::Off => Ok(None),
        Auth::On => {
            let (mut file, path) = scratch::file("key")?;
            file.write_all(KEY.as_bytes()).context("write the key file")?;
            Ok(Some(path))
        }
    }
}

/// Initiates the set, waits until each member is primary or secondary, and creates `root`.
pub(super) async fn initiate(set: &ReplicaSet, election_timeout_millis: i32) -> Result<()> {
    // Before there is a user, the server lets the loopback address in without one.
    let address = &set.addresses()[0];
    let anonymous = uri(None, address, "", "directConnection=true");
    let client = Client::with_uri_str(anonymous).await.context("make a client")?;
    let admin = client.database("admin");
    admin
        .run_command(doc! { "replSetInitiate": configuration(set, election_timeout_millis) })
        .await
        .context("run replSetInitiate")?;
    writable(&client).await?;
    if set.auth == Auth::On {
        let roles = vec![doc! { "role": "root", "db": "admin" }];
        admin
            .run_command(doc! { "createUser": ROOT, "pwd": ROOT_PASSWORD, "roles": roles })
            .await
            .context("create the user root")?;
    }
    all_ready(set).await
}

fn configuration(set: &ReplicaSet, election_timeout_millis: i32) -> Document {
    let members: Vec<Document> = (0_i32..)
        .zip(set.addresses())
        // The first is preferred, so that it is the one that the initiating client is connected to.
        .map(|(id, host)| doc! { "_id": id, "host": host, "priority": if id == 0 { 2 } else { 1 } })
        .collect();
    doc! {
        "_id": "rs0",
        "members": members,
        "settings": {
            "electionTimeoutMillis": election_timeout_millis,
            "heartbeatIntervalMillis": 500,
            "heartbeatTimeoutSecs": 2,
            "catchUpTimeoutMillis": 2_000,
        },
    }
}

async fn all_ready(set: &ReplicaSet) -> Result<()> {
    let admin = set.member_client(0).await?.database("admin");
    let deadline = Instant::now() + Duration::from_secs(READY_SECONDS_MAX);
    while Instant::now() < deadline {
        let status =
            admin.run_command(doc! { "replSetGetStatus": 1 }).await.context("ask status")?;
        let members = status.get_array("members").context("read the members' states")?;
        let ready = |member: &bson::Bson| {
            let state = member.as_document().and_then(|member| member.get_str("stateStr").ok());
            matches!(state, Some("PRIMARY" | "SECONDARY"))
        };
        if members.iter().all(ready) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("not every member was ready within {READY_SECONDS_MAX} s")
}

/// A connection string for `root`, or for nobody when the server does not ask.
pub(super) fn root_uri(auth: Auth, hosts: &str, database: &str, option: &str) -> String {
    let user = match auth {
        Auth::Off => None,
        Auth::On => Some((ROOT, ROOT_PASSWORD)),
    };
    uri(user, hosts, database, option)
}

/// A connection string; `database` may be empty.
pub(super) fn uri(user: Option<(&str, &str)>, hosts: &str, database: &str, option: &str) -> String {
    match user {
        None => format!("mongodb://{hosts}/{database}?{option}"),
        Some((name, password)) => format!(
            "mongodb://{}:{}@{hosts}/{database}?{option}&authSource=admin",
            percent_encoded(name),
            percent_encoded(password)
        ),
    }
}

fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
