//! The server: from settings to a listening socket, and a graceful end.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::Router;
use causeway_core::maintenance::Maintenance;
use tokio::{net::TcpListener, sync::watch};

use crate::{
    api,
    app::{App, Shared},
    maintenance::Follower,
    settings::{ConnectionArguments, ServeArguments},
    store::Store,
};

/// Serves until it is told to stop.
///
/// # Errors
///
/// When it can't begin: the message says what to do.
pub async fn serve(connection: &ConnectionArguments, serve: &ServeArguments) -> Result<()> {
    let uri = std::env::var("MONGODB_URI").context("read MONGODB_URI")?;
    #[expect(clippy::disallowed_methods, reason = "the URI is not shown in what fails here")]
    let options = mongodb::options::ClientOptions::parse(&uri).await.context("read MONGODB_URI")?;
    let name = connection.database.clone().or_else(|| options.default_database.clone());
    let store = Store::new(options, &name.context("name a database")?)?;
    let (_sender, receiver) = watch::channel(Maintenance::default());
    let app = Arc::new(App { store, maintenance: Follower::of(receiver) });
    let listener = TcpListener::bind(serve.listen)
        .await
        .with_context(|| format!("listen on {}", serve.listen))?;
    axum::serve(listener, router(app)).await.context("serve")
}

/// Everything that is served.
pub fn router(app: Shared) -> Router {
    let (router, _document) = api::routes().split_for_parts();
    router.with_state(app)
}
