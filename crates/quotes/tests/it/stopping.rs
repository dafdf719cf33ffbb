//! A server that is told to stop takes nothing new and finishes what it has in hand.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::{Router, routing::get};
use quotes::server::serve_connections;
use rustix::process::Signal;
use testbed::TestDatabase;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Notify, oneshot},
    task::JoinHandle,
};

use crate::{program::Program, seed::migrate};

/// A server with one route, which answers when it is told to.
struct Slow {
    address: String,
    begun: Arc<Notify>,
    go_on: Arc<Notify>,
    stop: oneshot::Sender<()>,
    stop_at_once: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Slow {
    async fn start() -> Result<Self> {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let waits = {
            let (begun, go_on) = (begun.clone(), go_on.clone());
            get(async move || {
                begun.notify_one();
                go_on.notified().await;
                "done"
            })
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let (stop, stopped) = oneshot::channel();
        let (stop_at_once, stopped_at_once) = oneshot::channel();
        let told = |told: oneshot::Receiver<()>| async {
            // A sender that is gone tells nothing.
            if told.await.is_err() {
                std::future::pending().await
            }
        };
        let router = Router::new().route("/slow", waits);
        let server = serve_connections(listener, router, told(stopped), told(stopped_at_once));
        let server = tokio::spawn(server);
        Ok(Self { address, begun, go_on, stop, stop_at_once, server })
    }

    async fn ask(&self) -> JoinHandle<reqwest::Result<String>> {
        let asked = reqwest::get(format!("http://{}/slow", self.address));
        let asked = tokio::spawn(async { asked.await?.text().await });
        self.begun.notified().await;
        asked
    }
}

#[tokio::test]
async fn a_request_in_hand_is_finished_and_no_connection_taken() -> Result<()> {
    let slow = Slow::start().await?;
    let asked = slow.ask().await;
    slow.stop.send(()).ok().context("the server is gone")?;
    while TcpStream::connect(&slow.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!slow.server.is_finished(), "it did not wait for the request in hand");
    slow.go_on.notify_one();
    assert_eq!(asked.await??, "done");
    slow.server.await?;
    Ok(())
}

#[tokio::test]
async fn told_twice_it_ends_at_once() -> Result<()> {
    let slow = Slow::start().await?;
    let _asked = slow.ask().await;
    slow.stop.send(()).ok().context("the server is gone")?;
    slow.stop_at_once.send(()).ok().context("the server is gone")?;
    slow.server.await?;
    Ok(())
}

#[tokio::test]
async fn both_signals_end_the_program_in_order() -> Result<()> {
    let database = TestDatabase::new().await?;
    migrate(&database).await?;
    for signal in [Signal::TERM, Signal::INT] {
        let mut program = Program::serve(&database.uri(), &[]).await?;
        assert_eq!(reqwest::get(format!("{}/healthz", program.url)).await?.status(), 200);
        program.signal(signal)?;
        assert_eq!(program.end().await?.code(), Some(0), "{}", program.log());
        assert!(program.log().contains("all requests are finished"), "{}", program.log());
    }
    Ok(())
}

#[tokio::test]
async fn the_program_finishes_a_request_whose_body_is_still_on_its_way() -> Result<()> {
    let database = TestDatabase::new().await?;
    migrate(&database).await?;
    let mut program = Program::serve(&database.uri(), &[]).await?;
    let address = program.url.strip_prefix("http://").context("an address")?.to_owned();
    let mut connection = TcpStream::connect(&address).await?;
    let body = r#"{"email":"nobody@agency.example","password":"a long password"}"#;
    let head = format!(
        "POST /api/session HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).await?;
    // The handler asks for the body.
    let mut continued = [0; 25];
    connection.read_exact(&mut continued).await?;
    assert!(continued.starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&continued));
    program.signal(Signal::TERM)?;
    program.wait_for("stopping").await?;
    connection.write_all(body.as_bytes()).await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert_eq!(program.end().await?.code(), Some(0), "{}", program.log());
    Ok(())
}
