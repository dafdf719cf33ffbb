//! Accepting connections, with limits, until told to stop; then letting requests finish.

use std::{convert::Infallible, future::Future, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tower::ServiceExt as _;

/// More wait until one ends.
const CONNECTIONS_MAX: usize = 1_024;
/// For the whole head of a request, from the end of the one before: an idle connection is closed, too.
const HEAD_SECONDS_MAX: u64 = 30;
/// A longer head is answered with 431.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// So long are requests let finish at the end.
const FINISH_SECONDS_MAX: u64 = 20;
/// When the process has no descriptor left for a connection.
const ACCEPT_PAUSE_MILLIS: u64 = 100;

/// Serves until `stop`, then takes no more connections and lets requests in hand finish. Ends at once
/// when `stop_at_once` comes meanwhile.
pub async fn serve_connections(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
    stop_at_once: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    accept_until(&listener, &router, &graceful, stop).await;
    drop(listener);
    let finish = tokio::time::timeout(Duration::from_secs(FINISH_SECONDS_MAX), graceful.shutdown());
    tokio::select! {
        finished = finish => match finished {
            Ok(()) => tracing::info!("all requests are finished"),
            Err(_elapsed) => tracing::warn!(seconds = FINISH_SECONDS_MAX, "requests are cut off"),
        },
        () = stop_at_once => tracing::warn!("requests are cut off, as told"),
    }
}

async fn accept_until(
    listener: &TcpListener,
    router: &Router,
    graceful: &GracefulShutdown,
    stop: impl Future<Output = ()>,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            (stream, peer, place) = accept(listener, &places) => {
                let connection = serve(stream, peer, router.clone(), graceful.watcher());
                tokio::spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
        }
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    // Nobody closes the semaphore.
    let place = places.clone().acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error) => {
                tracing::debug!(%error, "failed to accept a connection");
                tokio::time::sleep(Duration::from_millis(ACCEPT_PAUSE_MILLIS)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, peer: SocketAddr, router: Router, watcher: Watcher) {
    // Without it small answers wait; where it can't be set, they do.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let router = router.clone();
        async move { Ok::<_, Infallible>(answered(router.oneshot(request.map(Body::new)).await)) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(HEAD_SECONDS_MAX))
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        // A client that goes away, mostly.
        tracing::debug!(%error, "a connection ended early");
    }
}

fn answered<T>(answer: Result<T, Infallible>) -> T {
    match answer {
        Ok(answer) => answer,
        Err(never) => match never {},
    }
}
