//! The server: from settings to a listening socket, and a graceful end.

mod begin;
mod connections;
mod headers;
mod routes;
mod signals;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, anyhow};
use tokio::{net::TcpListener, sync::Notify};

use crate::{
    access::{Access, Rules},
    app::App,
    command::Ended,
    local, maintenance, needs, observe,
    settings::{Address, ConnectionArguments, ServeArguments, Settings, Variables},
    store::Store,
    writing::Creations,
};

pub(crate) use begin::server as answering;
pub use connections::serve_connections;
pub use routes::router;

/// So long the state of maintenance is waited for at the start.
const STATE_SECONDS_MAX: u64 = 5;

/// Serves until it is told to stop.
///
/// # Errors
///
/// When it can't begin: the message says what to do.
pub async fn serve(connection: &ConnectionArguments, serve: &ServeArguments) -> Result<(), Ended> {
    let variables = Variables::read(connection.env_file.as_deref()).map_err(Ended::Usage)?;
    let settings = Settings::of(serve, &variables).map_err(Ended::Usage)?;
    let levels = variables.get("QUOTES_LOG");
    if serve.local {
        observe::write_logs(serve.log_format, levels).map_err(Ended::Usage)?;
        let local = local::start(connection, &settings).await?;
        return run(local.address.clone(), settings).await;
    }
    let address = Address::of(connection, &variables).await.map_err(Ended::Usage)?;
    observe::write_logs(serve.log_format, levels).map_err(Ended::Usage)?;
    run(address, settings).await
}

async fn run(address: Address, settings: Settings) -> Result<(), Ended> {
    observe::start_counting()?;
    let listener = bind(settings.listen).await?;
    let store = Store::new(address.options, &address.database)?;
    let shown = format!("database {} at {}", address.database, address.hosts);
    let server =
        begin::server(&store).await.with_context(|| shown.clone()).map_err(Ended::Refused)?;
    let missing = begin::needs(&store, settings.pending)
        .await
        .with_context(|| shown.clone())
        .map_err(Ended::Refused)?;
    let mut followed = maintenance::follow(&store);
    tokio::time::timeout(Duration::from_secs(STATE_SECONDS_MAX), followed.known())
        .await
        .map_err(|_elapsed| anyhow!("failed to read the state of maintenance of {shown}"))?;
    tokio::spawn(observe::follow_adoption(store.clone()));
    let listens = listener.local_addr().context("ask for the port")?;
    tracing::info!("{shown} ({server}): listening on http://{listens}");
    let needs = needs::follow(store.clone(), missing);
    let access = Access::new(&store, Rules::of(&settings));
    let app = Arc::new(App {
        store,
        settings,
        access,
        maintenance: followed,
        notice_reads: maintenance::NoticeReads::default(),
        needs,
        creations: Creations::default(),
    });
    until_told(listener, app).await
}

async fn bind(listen: SocketAddr) -> Result<TcpListener, Ended> {
    TcpListener::bind(listen).await.map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::AddrInUse => {
                "; another program listens there: stop it, or give --listen"
            }
            io::ErrorKind::AddrNotAvailable => "; this machine has no such address",
            _ => "",
        };
        Ended::Refused(anyhow!("failed to listen on {listen}: {error}{hint}"))
    })
}

async fn until_told(listener: TcpListener, app: Arc<App>) -> Result<(), Ended> {
    let mut signals = signals::Signals::listen()?;
    let again = Arc::new(Notify::new());
    let (told, stop) = tokio::sync::oneshot::channel();
    let listening = tokio::spawn({
        let again = again.clone();
        async move {
            signals.next().await;
            tracing::info!("stopping: requests in hand are finished; once more stops at once");
            // The other end is gone when the server ended by itself, which it does not.
            let _ = told.send(());
            signals.next().await;
            again.notify_one();
        }
    });
    let stop = async {
        let _ = stop.await;
    };
    serve_connections(listener, router(app), stop, again.notified()).await;
    listening.abort();
    Ok(())
}
