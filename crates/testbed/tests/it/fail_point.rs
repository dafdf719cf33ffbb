//! Fail points fire as built, and only at whom they are meant for.

use bson::doc;
use mongodb::{Client, Collection, error::ErrorKind};
use testbed::{FailPoint, ReplicaSet, ReplicaSetOptions};

/// Of its own: there is one `failCommand` per server.
async fn server() -> ReplicaSet {
    ReplicaSet::start(ReplicaSetOptions::default()).await.unwrap()
}

async fn quotes(server: &ReplicaSet, app_name: &str) -> Collection<bson::Document> {
    let uri = format!("{}&retryWrites=false&appName={app_name}", server.uri());
    Client::with_uri_str(uri).await.unwrap().database("d").collection("quotes")
}

#[tokio::test]
async fn an_error_code_hits_one_client_so_many_times() {
    let server = server().await;
    let (hit, spared) = (quotes(&server, "hit").await, quotes(&server, "spared").await);
    let point = FailPoint::fail_command(["insert"]).times(2).error_code(11602);
    let point = point.error_labels(["Unlucky"]).app_name("hit");
    let point = point.on(&server.client().await.unwrap()).await.unwrap();
    spared.insert_one(doc! {}).await.unwrap();
    for _ in 0..2 {
        let error = hit.insert_one(doc! {}).await.unwrap_err();
        assert!(error.contains_label("Unlucky"), "{error}");
        let ErrorKind::Command(refusal) = *error.kind else { panic!("{error}") };
        assert_eq!(refusal.code, 11602);
    }
    hit.insert_one(doc! {}).await.unwrap();
    assert_eq!(point.off().await.unwrap(), 2);
    assert_eq!(hit.count_documents(doc! {}).await.unwrap(), 2);
}

#[tokio::test]
async fn a_closed_connection_is_a_network_error_and_skips_are_let_through() {
    let server = server().await;
    let quotes = quotes(&server, "app").await;
    let point = FailPoint::fail_command(["insert"]).skip(1).close_connection().app_name("app");
    let point = point.on(&server.client().await.unwrap()).await.unwrap();
    quotes.insert_one(doc! {}).await.unwrap();
    let error = quotes.insert_one(doc! {}).await.unwrap_err();
    assert!(matches!(*error.kind, ErrorKind::Io(_)), "{error}");
    assert_eq!(point.off().await.unwrap(), 1);
    assert_eq!(quotes.count_documents(doc! {}).await.unwrap(), 1);
}

#[tokio::test]
async fn a_blocked_command_takes_its_time() {
    let server = server().await;
    let quotes = quotes(&server, "app").await;
    let point = FailPoint::fail_command(["insert"]).block_millis(300).app_name("app");
    let point = point.on(&server.client().await.unwrap()).await.unwrap();
    let begun = std::time::Instant::now();
    quotes.insert_one(doc! {}).await.unwrap();
    assert!(begun.elapsed().as_millis() >= 300);
    assert_eq!(point.off().await.unwrap(), 1);
}
