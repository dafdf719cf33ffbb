//! A network that can be cut, stalled and slowed down.

mod relay;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, anyhow};
use tokio::sync::mpsc as async_mpsc;

use local_mongod::free_port;

/// A TCP proxy in front of one `mongod`.
///
/// It works in a thread of its own, so that a test may block while a program under test runs, and
/// each method returns only when it took effect.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    orders: Mutex<async_mpsc::UnboundedSender<(Order, mpsc::SyncSender<Result<()>>)>>,
}

#[derive(Debug, Clone, Copy)]
enum Order {
    Cut,
    Stall,
    Restore,
    Delay(Duration),
}

impl Proxy {
    /// Starts one in front of `target`, a `host:port` such as [`crate::ReplicaSet::addresses`] has.
    ///
    /// # Errors
    ///
    /// When `target` is no address or no port can be had.
    pub fn start(target: &str) -> Result<Self> {
        let target: SocketAddr =
            target.parse().with_context(|| format!("read the address {target}"))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let (orders, inbox) = async_mpsc::unbounded_channel();
        let (ready, is_ready) = mpsc::sync_channel(1);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("make a runtime for the proxy")?;
        thread::spawn(move || runtime.block_on(relay::run(address, target, inbox, &ready)));
        is_ready.recv().map_err(|_gone| anyhow!("the proxy's thread panicked"))??;
        Ok(Self { address, orders: Mutex::new(orders) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A connection string through the proxy. `directConnection=true`, because a member would tell
    /// its clients the other addresses, and they would go round the proxy.
    pub fn uri(&self) -> String {
        format!("mongodb://{}/?directConnection=true", self.address)
    }

    /// [`Proxy::uri`] with a database.
    pub fn uri_for(&self, database: &str) -> String {
        format!("mongodb://{}/{database}?directConnection=true", self.address)
    }

    /// Resets all connections and refuses new ones.
    ///
    /// # Errors
    ///
    /// When the proxy's thread is gone.
    pub fn cut(&self) -> Result<()> {
        self.order(Order::Cut)
    }

    /// Holds every byte in both directions; connections stay open and new ones are accepted.
    ///
    /// # Errors
    ///
    /// When the proxy's thread is gone.
    pub fn stall(&self) -> Result<()> {
        self.order(Order::Stall)
    }

    /// Lets everything through again, with whatever [`Proxy::delay`] says.
    ///
    /// # Errors
    ///
    /// When somebody took the port while the proxy refused connections.
    pub fn restore(&self) -> Result<()> {
        self.order(Order::Restore)
    }

    /// Holds each byte for so long in each direction; zero for no delay.
    ///
    /// # Errors
    ///
    /// When the proxy's thread is gone.
    pub fn delay(&self, latency: Duration) -> Result<()> {
        self.order(Order::Delay(latency))
    }

    fn order(&self, order: Order) -> Result<()> {
        let (done, is_done) = mpsc::sync_channel(1);
        self.orders
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .send((order, done))
            .map_err(|_gone| anyhow!("the proxy's thread is gone"))?;
        is_done.recv().map_err(|_gone| anyhow!("the proxy's thread is gone"))?
    }
}
