//! A database for one test.

use std::{
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
};

use anyhow::Result;
use mongodb::{Client, Database};

use crate::server::{ReplicaSet, shared};

/// An empty database of a unique name on the [`shared`] server, for one test.
///
/// Dropping it removes the database in the background; the test does not wait.
#[derive(Debug)]
pub struct TestDatabase {
    server: &'static ReplicaSet,
    name: String,
    client: Client,
}

impl TestDatabase {
    /// A new one, with a client of the calling runtime.
    ///
    /// # Errors
    ///
    /// When the shared server does not start.
    pub async fn new() -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = shared().await?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        Ok(Self { server, name, client: server.client().await? })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A connection string with this database.
    pub fn uri(&self) -> String {
        self.server.uri_for(&self.name)
    }

    /// The server that it is on.
    pub fn server(&self) -> &'static ReplicaSet {
        self.server
    }

    /// A client of the runtime that made this.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The database itself.
    pub fn database(&self) -> Database {
        self.client.database(&self.name)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // Only disk space is at stake: the server and all its databases end with the process.
        let _ = remover().send((self.server.uri(), self.name.clone()));
    }
}

/// A thread that drops databases: dropping needs a runtime, and the test's may be ending.
fn remover() -> mpsc::Sender<(String, String)> {
    static REMOVER: OnceLock<Mutex<mpsc::Sender<(String, String)>>> = OnceLock::new();
    REMOVER
        .get_or_init(|| {
            let (sender, inbox) = mpsc::channel();
            thread::spawn(move || remove_all(&inbox));
            Mutex::new(sender)
        })
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

fn remove_all(inbox: &mpsc::Receiver<(String, String)>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return;
    };
    for (uri, name) in inbox {
        runtime.block_on(async {
            if let Ok(client) = Client::with_uri_str(uri).await {
                let _ = client.database(&name).drop().await;
            }
        });
    }
}
