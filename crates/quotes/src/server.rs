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
    needs::Standing,
    settings::{Address, ConnectionArguments, ServeArguments, Settings, Variables},
    store::Store,
};

/// Serves until it is told to stop.
///
/// # Errors
///
/// When it can't begin: the message says what to do.
pub async fn serve(connection: &ConnectionArguments, serve: &ServeArguments) -> Result<()> {
    let variables = Variables::read(connection.env_file.as_deref())?;
    let settings = Settings::of(serve, &variables)?;
    let address = Address::of(connection, &variables).await?;
    let store = Store::new(address.options, &address.database)?;
    let (_sender, receiver) = watch::channel(Maintenance::default());
    let listen = settings.listen;
    let maintenance = Follower::of(receiver);
    let app = Arc::new(App { store, settings, maintenance, needs: Standing::complete() });
    let listener =
        TcpListener::bind(listen).await.with_context(|| format!("listen on {listen}"))?;
    axum::serve(listener, router(app)).await.context("serve")
}

/// Everything that is served.
pub fn router(app: Shared) -> Router {
    let (router, _document) = api::routes().split_for_parts();
    router.with_state(app)
}
