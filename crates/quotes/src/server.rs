//! The server: from settings to a listening socket, and a graceful end.

mod begin;
mod connections;
mod headers;
mod routes;
mod signals;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, anyhow};
use tokio::{net::TcpListener, sync::watch};

use crate::{
    access::{Access, Rules},
    app::App,
    command::Ended,
    local,
    mailing::{self, Mailing, Pace},
    maintenance, needs, observe,
    operations::minutes,
    settings::{Address, ConnectionArguments, ServeArguments, Settings, Variables},
    store::Store,
    writing::Creations,
};

pub(crate) use begin::server as answering;
pub use connections::serve_connections;
pub use routes::router;

/// So long the state of maintenance is waited for at the start.
const STATE_SECONDS_MAX: u64 = 5;
/// So long the last minute of answers is written at the end.
const LAST_MINUTE_SECONDS_MAX: u64 = 2;

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
    tokio::spawn(mailing::follow_queue(store.clone()));
    let tally = Arc::<observe::Tally>::default();
    let (stop_counting, stopped) = watch::channel(false);
    let counting = tokio::spawn(minutes::keep(store.clone(), Arc::clone(&tally), stopped));
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
        tally: Arc::clone(&tally),
        creations: Creations::default(),
    });
    let mailing = mail(&app);
    until_told(listener, app, mailing).await?;
    stop_counting.send_replace(true);
    // The last minute is worth a moment; without a database it is lost.
    let _ = tokio::time::timeout(Duration::from_secs(LAST_MINUTE_SECONDS_MAX), counting).await;
    Ok(())
}

/// Begins to send mail, where there is something to send it through.
fn mail(app: &App) -> Option<mailing::Running> {
    let Some(through) = app.settings.mailing.clone() else {
        tracing::info!("QUOTES_SMTP is not set: mail is queued, and this server sends none");
        return None;
    };
    let server = &through.server;
    let user = server.credentials.as_ref().map_or("nobody", |(user, _password)| user);
    tracing::info!("mail goes through {} as {user}, from {}", server.smtp, through.from);
    let (store, maintenance) = (app.store.clone(), app.maintenance.clone());
    Some(Mailing { store, maintenance, through, pace: Pace::default() }.start())
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

async fn until_told(
    listener: TcpListener,
    app: Arc<App>,
    mailing: Option<mailing::Running>,
) -> Result<(), Ended> {
    let mut signals = signals::Signals::listen()?;
    let (stop, stopped) = watch::channel(false);
    let (stop_at_once, stopped_at_once) = watch::channel(false);
    let no_more_mail = mailing.as_ref().map(mailing::Running::stopper);
    let listening = tokio::spawn(async move {
        signals.next().await;
        tracing::info!("stopping: requests in hand are finished; once more stops at once");
        if let Some(mail) = no_more_mail {
            mail.send_replace(true);
        }
        stop.send_replace(true);
        signals.next().await;
        stop_at_once.send_replace(true);
    });
    serve_connections(listener, router(app), is_true(stopped), is_true(stopped_at_once.clone()))
        .await;
    if let Some(mailing) = mailing {
        tokio::select! {
            () = mailing.finish() => {}
            () = is_true(stopped_at_once) => {}
        }
    }
    listening.abort();
    Ok(())
}

/// Never, when nobody can say it any more.
async fn is_true(mut said: watch::Receiver<bool>) {
    if said.wait_for(|said| *said).await.is_err() {
        std::future::pending().await
    }
}
