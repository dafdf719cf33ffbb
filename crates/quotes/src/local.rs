//! `quotes serve --local`: a try-out with a private `mongod` and sample data, both gone at the end.

mod sample;

use std::{fs, path::Path};

use anyhow::{Context as _, Result, anyhow};
use jiff::Timestamp;
use local_mongod::{Kind, Private, program};

use crate::{
    access::{Access, Actor, NewUser, Role, Rules},
    command::{self, Ended},
    failure::Failure,
    needs,
    settings::{Address, ConnectionArguments, Settings},
    store::Store,
};

/// Under the folder in which the program is called.
const FOLDER: &str = ".causeway/local";
const DATABASE: &str = "agency";
const ADMIN: &str = "admin@agency.example";

/// A private database. It ends when this is dropped, and at the latest with the process.
#[derive(Debug)]
pub(crate) struct Local {
    /// The server.
    _server: Private,
    /// Where it is.
    pub(crate) address: Address,
}

/// Starts it, fills it, and tells the person at the terminal how to sign in.
///
/// # Errors
///
/// Usage when another database is named, too; refused when there is no `mongod` to start.
pub(crate) async fn start(
    connection: &ConnectionArguments,
    settings: &Settings,
) -> Result<Local, Ended> {
    if connection.database.is_some() {
        return Err(Ended::Usage(anyhow!("--local has a database of its own: omit --database")));
    }
    let program = program::installed().map_err(Ended::Usage)?.ok_or_else(no_program)?;
    let server = start_server(&program).await.map_err(Ended::Refused)?;
    let address = Address::parse(server.uri(), Some(DATABASE)).await?;
    let store = Store::new(address.options.clone(), DATABASE)?;
    needs::everything(&store).await.map_err(Failure::into_cause)?;
    let (password, quotes) = fill(&store, settings).await?;
    command::say(&format!(
        "a database of its own with {quotes} sample quotes, gone when this ends; its indexes and \
         records were made here, without Causeway\nsign in as {ADMIN} with the password {password}"
    ));
    Ok(Local { _server: server, address })
}

fn no_program() -> Ended {
    Ended::Refused(anyhow!(
        "there is no mongod on this machine: install MongoDB's server (it need not run), or name \
         the program in {}",
        program::VARIABLE
    ))
}

async fn start_server(program: &Path) -> Result<Private> {
    let folder = Path::new(FOLDER);
    fs::create_dir_all(folder).with_context(|| format!("create {}", folder.display()))?;
    let arguments = [
        "--wiredTigerCacheSizeGB",
        "0.25",
        "--oplogSize",
        "990",
        "--setParameter",
        "diagnosticDataCollectionEnabled=false",
    ];
    let arguments = arguments.map(str::to_owned);
    Private::start(program, (Kind::ReplicaSet, &arguments), folder).await
}

/// The administrator's password, and how many quotes there are.
async fn fill(store: &Store, settings: &Settings) -> Result<(String, usize)> {
    let access = Access::new(store, Rules::of(settings));
    let admin = NewUser {
        email: ADMIN.to_owned(),
        name: "Ada Admin".to_owned(),
        role: Role::Admin,
        company: None,
    };
    let made =
        access.create_user(admin, None, Actor::Operator).await.map_err(Failure::into_cause)?;
    let (admin, password) = made;
    let sample = sample::Sample { author: admin.id, now: Timestamp::now() };
    let quotes = sample::fill(store, sample).await?;
    Ok((password.context("no password was made")?, quotes))
}
