//! The network fails as ordered.

use std::time::{Duration, Instant};

use bson::doc;
use mongodb::{Client, Database};
use testbed::{Proxy, shared};

async fn through(proxy: &Proxy) -> Database {
    let uri = format!("{}&serverSelectionTimeoutMS=800&connectTimeoutMS=800", proxy.uri());
    Client::with_uri_str(uri).await.unwrap().database("admin")
}

async fn proxy() -> Proxy {
    Proxy::start(&shared().await.unwrap().addresses()[0]).unwrap()
}

async fn ping(database: &Database) -> mongodb::error::Result<bson::Document> {
    database.run_command(doc! { "ping": 1 }).await
}

#[tokio::test]
async fn a_cut_connection_fails_and_a_restored_one_works() {
    let proxy = proxy().await;
    let database = through(&proxy).await;
    ping(&database).await.unwrap();
    proxy.cut().unwrap();
    ping(&database).await.unwrap_err();
    std::net::TcpStream::connect(proxy.address()).unwrap_err();
    proxy.restore().unwrap();
    ping(&database).await.unwrap();
}

#[tokio::test]
async fn a_command_under_way_ends_with_the_cut() {
    let proxy = proxy().await;
    let database = through(&proxy).await;
    ping(&database).await.unwrap();
    let sleeping = tokio::spawn(async move {
        database.run_command(doc! { "sleep": 1, "secs": 20, "lock": "none" }).await
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let cut = Instant::now();
    proxy.cut().unwrap();
    assert!(sleeping.await.unwrap().is_err());
    assert!(cut.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_stalled_connection_is_silent_until_restored() {
    let proxy = proxy().await;
    let database = through(&proxy).await;
    ping(&database).await.unwrap();
    proxy.stall().unwrap();
    let waiting = tokio::spawn(async move { ping(&database).await });
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(!waiting.is_finished());
    proxy.restore().unwrap();
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_delay_counts_in_both_directions() {
    let proxy = proxy().await;
    let database = through(&proxy).await;
    ping(&database).await.unwrap();
    proxy.delay(Duration::from_millis(100)).unwrap();
    let begun = Instant::now();
    ping(&database).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(200), "{:?}", begun.elapsed());
    proxy.delay(Duration::ZERO).unwrap();
}
