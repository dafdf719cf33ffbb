//! The database: the same collections and field names as the application before this one.
//!
//! Every call has a deadline. What is written together is one transaction.

mod fault;
mod together;
mod transaction;

pub mod listing;
mod quotes;
mod records;

pub mod enquiries;
mod packages;

pub mod author;

pub mod audit;
pub mod catalogue;
pub mod categories;
pub mod events;
pub mod idempotency;
mod notice_reads;
pub mod outbox;
pub mod problems;
pub mod versions;

use std::{future::Future, sync::Arc, time::Duration};

use anyhow::Context as _;
use bson::{Document, RawDocumentBuf};
use mongodb::{
    Client, Collection, Database,
    options::{ClientOptions, ReadConcern, WriteConcern},
};

use quotes_core::event::CatalogueEvent;

use crate::failure::Failure;
use together::Together;

pub use fault::{Fault, REFUSED_BY_VALIDATOR};

/// No single call to the database takes longer.
pub const CALL_SECONDS_MAX: u64 = 5;
/// Waiting requests share so many connections, unless the URI says how many.
const CONNECTIONS_MAX: u32 = 32;
/// Nothing waits longer for a server that can be used.
const SELECTION_SECONDS_MAX: u64 = 3;

/// The database, with majority reads and writes.
#[derive(Debug, Clone)]
pub struct Store {
    client: Client,
    database: Database,
    lists: listing::Indexes,
    quotes_asked: Arc<Together<RawDocumentBuf>>,
    events_asked: Arc<Together<CatalogueEvent>>,
}

impl Store {
    /// Connects lazily: a database that is away is noticed by the first call.
    ///
    /// # Errors
    ///
    /// When the options can't be used.
    pub fn new(mut options: ClientOptions, database: &str) -> anyhow::Result<Self> {
        options.app_name = Some("quotes".to_owned());
        options.server_selection_timeout = Some(Duration::from_secs(SELECTION_SECONDS_MAX));
        options.connect_timeout = Some(Duration::from_secs(SELECTION_SECONDS_MAX));
        options.write_concern = Some(WriteConcern::majority());
        options.read_concern = Some(ReadConcern::majority());
        // The operator knows the database, and may say it in the URI.
        options.max_pool_size.get_or_insert(CONNECTIONS_MAX);
        let client = Client::with_options(options).context("make a client of the database")?;
        let database = client.database(database);
        Ok(Self {
            client,
            database,
            lists: listing::Indexes::default(),
            quotes_asked: Arc::default(),
            events_asked: Arc::default(),
        })
    }

    /// The database itself.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// One of its collections, as documents.
    #[must_use]
    pub fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }

    /// One of its collections, as bytes: nothing of a document is lost or changed by reading it.
    #[must_use]
    pub fn raw(&self, name: &str) -> Collection<RawDocumentBuf> {
        self.database.collection(name)
    }

    /// Waits for one call, and not longer than a call may take. `what` completes "failed to …".
    ///
    /// # Errors
    ///
    /// When it fails or takes too long, with what the client may know of it.
    pub async fn call<T>(
        &self,
        what: &'static str,
        call: impl Future<Output = mongodb::error::Result<T>>,
    ) -> Result<T, Failure> {
        self.attempt(what, call).await?.map_err(|error| Fault::of(error).failure(what))
    }

    /// [`Store::call`] for who wants to look at the error before it becomes a failure.
    ///
    /// # Errors
    ///
    /// When it takes too long.
    pub async fn attempt<T>(
        &self,
        what: &'static str,
        call: impl Future<Output = mongodb::error::Result<T>>,
    ) -> Result<mongodb::error::Result<T>, Failure> {
        let limit = Duration::from_secs(CALL_SECONDS_MAX);
        tokio::time::timeout(limit, call).await.map_err(|_elapsed| {
            Failure::database_away(anyhow::anyhow!(
                "failed to {what}: no answer within {CALL_SECONDS_MAX} s"
            ))
        })
    }
}
