//! The proxy's inside: accepting, relaying, and obeying orders.

use std::{io, net::SocketAddr, sync::mpsc::SyncSender, time::Duration};

use anyhow::{Context as _, Result};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{mpsc, watch},
    task::JoinSet,
    time::Instant,
};

use super::Order;

const CHUNK_BYTES: usize = 64 * 1024;
/// How much is under way in one direction while it is delayed or stalled.
const CHUNKS_IN_FLIGHT_MAX: usize = 64;

/// What every connection obeys.
#[derive(Debug, Clone, Copy)]
struct Flow {
    stalled: bool,
    latency: Duration,
}

type Orders = mpsc::UnboundedReceiver<(Order, SyncSender<Result<()>>)>;

/// Runs until the [`super::Proxy`] is dropped.
pub(super) async fn run(
    address: SocketAddr,
    target: SocketAddr,
    mut orders: Orders,
    ready: &SyncSender<Result<()>>,
) {
    let mut listener = match listen(address).await {
        Ok(listener) => Some(listener),
        Err(error) => {
            let _ = ready.send(Err(error));
            return;
        }
    };
    let _ = ready.send(Ok(()));
    let (flow, watched) = watch::channel(Flow { stalled: false, latency: Duration::ZERO });
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            order = orders.recv() => {
                let Some((order, done)) = order else { return };
                let result = match order {
                    Order::Cut => {
                        listener = None;
                        // Ends each relay where it stands; its sockets are set to reset on closing.
                        connections.shutdown().await;
                        Ok(())
                    }
                    Order::Stall => {
                        flow.send_modify(|flow| flow.stalled = true);
                        Ok(())
                    }
                    Order::Restore => {
                        flow.send_modify(|flow| flow.stalled = false);
                        reopen(&mut listener, address).await
                    }
                    Order::Delay(latency) => {
                        flow.send_modify(|flow| flow.latency = latency);
                        Ok(())
                    }
                };
                let _ = done.send(result);
            }
            client = accept(listener.as_ref()) => {
                if let Ok(client) = client {
                    connections.spawn(connection(client, target, watched.clone()));
                }
            }
            Some(_ended) = connections.join_next() => {}
        }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("listen on {address}"))
}

async fn reopen(listener: &mut Option<TcpListener>, address: SocketAddr) -> Result<()> {
    if listener.is_none() {
        *listener = Some(listen(address).await?);
    }
    Ok(())
}

/// Waits for ever while there is no listener.
async fn accept(listener: Option<&TcpListener>) -> io::Result<TcpStream> {
    match listener {
        Some(listener) => listener.accept().await.map(|(stream, _)| stream),
        None => std::future::pending().await,
    }
}

/// Relays until both sides have said all, or either breaks.
async fn connection(
    client: TcpStream,
    target: SocketAddr,
    flow: watch::Receiver<Flow>,
) -> io::Result<()> {
    let server = TcpStream::connect(target).await?;
    for socket in [&client, &server] {
        socket.set_nodelay(true)?;
        // An orderly end was announced by shutdown already; any other end is a reset.
        socket.set_zero_linger()?;
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    tokio::try_join!(
        direction(from_client, to_server, flow.clone()),
        direction(from_server, to_client, flow),
    )?;
    Ok(())
}

/// One direction: chunks are read at once, and written when they are due and nothing is stalled.
async fn direction(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut flow: watch::Receiver<Flow>,
) -> io::Result<()> {
    let (chunks, mut due) = mpsc::channel::<(Instant, Vec<u8>)>(CHUNKS_IN_FLIGHT_MAX);
    let clock = flow.clone();
    let read = async move {
        let mut buffer = vec![0; CHUNK_BYTES];
        loop {
            let length = from.read(&mut buffer).await?;
            let due = Instant::now() + clock.borrow().latency;
            if length == 0 || chunks.send((due, buffer[..length].to_vec())).await.is_err() {
                return io::Result::Ok(());
            }
        }
    };
    let write = async move {
        while let Some((at, chunk)) = due.recv().await {
            tokio::time::sleep_until(at).await;
            flow.wait_for(|flow| !flow.stalled).await.map_err(io::Error::other)?;
            to.write_all(&chunk).await?;
        }
        to.shutdown().await
    };
    tokio::try_join!(read, write)?;
    Ok(())
}
