//! The agency's application, as far as a run of the plan meets it: quotes with events over HTTP, its
//! own metrics, and a maintenance mode that it follows.
//!
//! It runs in this process. Until its new code is deployed it knows nothing of events.

mod http;
mod metrics;
mod quotes;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use bson::{Document, doc};
use causeway_core::maintenance::{self, Maintenance};
use mongodb::{Client, Database};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

use http::{Answer, Request};
use metrics::Metrics;

/// What passes its maintenance mode.
pub(super) const TOKEN: &str = "demo-token";
/// How often it looks whether maintenance is on: within a second is what people are promised.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The running application.
#[derive(Clone)]
pub(super) struct Shop {
    address: String,
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    /// There once the new code is deployed.
    deployed: PathBuf,
    metrics: Metrics,
    maintenance: Mutex<Maintenance>,
    refused: Mutex<Option<(Instant, Instant)>>,
}

impl Shop {
    /// Listens on the loopback address until the process ends.
    pub(super) async fn open(uri: &str, database: &str, deployed: PathBuf) -> Result<Self> {
        let database = Client::with_uri_str(uri).await.context("connect")?.database(database);
        let listener = TcpListener::bind("127.0.0.1:0").await.context("listen for HTTP")?;
        let address = format!("http://{}", listener.local_addr().context("ask for the port")?);
        let inner = Arc::new(Inner {
            database,
            deployed,
            metrics: Metrics::default(),
            maintenance: Mutex::default(),
            refused: Mutex::default(),
        });
        tokio::spawn(follow(Arc::clone(&inner)));
        let serving = Arc::clone(&inner);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(Arc::clone(&serving), stream));
            }
        });
        Ok(Self { address, inner })
    }

    /// `http://127.0.0.1:PORT`.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// From the first to the last write that it refused because of maintenance.
    pub(super) fn refused_for(&self) -> Option<Duration> {
        let refused = self.inner.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.map(|(first, last)| last - first)
    }
}

/// Keeps the last known state while the database is away.
async fn follow(inner: Arc<Inner>) {
    let states = inner.database.collection::<Document>(maintenance::COLLECTION);
    loop {
        if let Ok(found) = states.find_one(doc! { "_id": maintenance::ID }).await {
            let state = bson::deserialize_from_document(found.unwrap_or_default());
            if let Ok(state) = state {
                *inner.maintenance.lock().unwrap_or_else(PoisonError::into_inner) = state;
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn serve(inner: Arc<Inner>, stream: TcpStream) {
    // Who hangs up gets no answer.
    let _ = http::serve(stream, async |request| {
        let begun = Instant::now();
        if request.path == "/metrics" {
            return Answer::text(200, "text/plain; version=0.0.4", inner.metrics.exposition());
        }
        let answer = match inner.held_back(&request) {
            Some(answer) => answer,
            None => inner.answer(&request).await.unwrap_or_else(|error| {
                Answer::json(500, &json!({ "success": false, "error": error.to_string() }))
            }),
        };
        inner.metrics.count(&request.method, answer.status, begun.elapsed());
        answer
    })
    .await;
}

impl Inner {
    /// The answer to a write while quotes can only be read.
    fn held_back(&self, request: &Request) -> Option<Answer> {
        let writes = !matches!(request.method.as_str(), "GET" | "HEAD");
        let passes = request.header("x-maintenance-token") == Some(TOKEN);
        let state = self.maintenance.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !writes || passes || !state.covers("quotes") {
            return None;
        }
        let now = Instant::now();
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        *refused = Some((refused.map_or(now, |(first, _)| first), now));
        let body = json!({ "success": false,
        "error": { "code": "MAINTENANCE", "message": state.message } });
        Some(Answer::json(503, &body).with_header("Retry-After", "60"))
    }

    async fn answer(&self, request: &Request) -> Result<Answer> {
        let knows_events = self.deployed.exists();
        let quotes = quotes::Quotes { database: &self.database, knows_events };
        let path: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        let answer = match (request.method.as_str(), path.as_slice()) {
            ("GET", ["api", "events"]) => quotes.events().await?,
            ("GET", ["api", "admin", "quotes"]) => quotes.list().await?,
            ("POST", ["api", "admin", "quotes"]) => {
                let answer = quotes.create(request).await?;
                self.metrics.created(answer.status == 201);
                answer
            }
            ("PUT", ["api", "admin", "quotes", id]) => quotes.edit(id, request).await?,
            ("DELETE", ["api", "admin", "quotes", id]) => quotes.remove(id).await?,
            ("GET", ["api", "admin", "quotes", id, "price-breakdown"]) => {
                quotes.breakdown(id).await?
            }
            ("GET", ["api", "admin", "quotes", id, "email-preview"]) => quotes.email(id).await?,
            _ => Answer::json(404, &json!({ "success": false })),
        };
        Ok(answer)
    }
}
