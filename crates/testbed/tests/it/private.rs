//! A private server is for the program that started it, and goes with it.

use std::path::Path;
use std::time::{Duration, Instant};

use bson::doc;
use local_mongod::{Kind, Private};
use mongodb::Client;

async fn start(kind: Kind, folder: &Path) -> Private {
    let program = tokio::task::spawn_blocking(testbed::mongod::find).await.unwrap().unwrap();
    Private::start(&program, (kind, &[]), folder).await.unwrap()
}

#[tokio::test]
async fn nobody_else_reads_or_writes() {
    for kind in [Kind::Standalone, Kind::ReplicaSet] {
        let folder = tempfile::tempdir().unwrap();
        let server = start(kind, folder.path()).await;
        let ours = Client::with_uri_str(server.uri()).await.unwrap();
        let quotes = ours.database("shop").collection("quotes");
        quotes.insert_one(doc! { "_id": 1 }).await.unwrap();
        let anonymous = format!("mongodb://{}/?directConnection=true", server.address());
        let stranger = Client::with_uri_str(&anonymous).await.unwrap();
        for (database, command) in [
            ("shop", doc! { "find": "quotes" }),
            ("shop", doc! { "insert": "quotes", "documents": [{ "_id": 2 }] }),
            ("shop", doc! { "listCollections": 1 }),
            ("admin", doc! { "listDatabases": 1 }),
            ("admin", doc! { "createUser": "second", "pwd": "x", "roles": ["root"] }),
            ("admin", doc! { "getParameter": "*" }),
            ("admin", doc! { "shutdown": 1 }),
        ] {
            let refused = stranger.database(database).run_command(command.clone()).await;
            let refused = refused.expect_err(&format!("{kind:?} let a stranger run {command}"));
            let text = refused.to_string();
            assert!(text.contains("auth"), "{kind:?}, {command}: {text}");
        }
        let guessed = anonymous.replace("mongodb://", "mongodb://private:private@");
        let guessing = Client::with_uri_str(guessed).await.unwrap();
        let refused = guessing.database("shop").run_command(doc! { "find": "quotes" }).await;
        assert!(refused.unwrap_err().to_string().contains("Authentication failed"));
        assert_eq!(quotes.count_documents(doc! {}).await.unwrap(), 1, "{kind:?}");
    }
}

#[tokio::test]
async fn dropped_it_is_gone_with_its_data() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(Kind::Standalone, folder.path()).await;
    let (address, uri) = (server.address(), server.uri().to_owned());
    let client = Client::with_uri_str(&uri).await.unwrap();
    client.database("shop").collection("quotes").insert_one(doc! { "_id": 1 }).await.unwrap();
    assert!(data(folder.path()) > 0, "its data is not where it belongs");
    assert!(!servers(folder.path()).is_empty());
    client.shutdown().immediate(true).await;
    drop(server);
    assert_eq!(servers(folder.path()), [""; 0], "the process is still there");
    assert!(std::net::TcpStream::connect(&address).is_err(), "{address} still answers");
    assert_eq!(data(folder.path()), 0, "its data is still there");
}

#[tokio::test]
async fn what_makes_it_start_in_vain_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let program = tokio::task::spawn_blocking(testbed::mongod::find).await.unwrap().unwrap();
    let since = Instant::now();
    let arguments = ["--no-such-option".to_owned()];
    let failed = Private::start(&program, (Kind::Standalone, &arguments), folder.path()).await;
    let text = format!("{:#}", failed.unwrap_err());
    assert!(text.contains("no-such-option"), "{text}");
    assert!(since.elapsed() < Duration::from_secs(20), "it waited for nothing");
    assert_eq!(data(folder.path()), 0, "data was left");
}

/// Files and folders of servers in a folder.
fn data(folder: &Path) -> usize {
    let roots = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    roots.map(|root| std::fs::read_dir(root).map_or(0, Iterator::count)).sum()
}

fn servers(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().unwrap();
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path().join("cmdline")).ok())
        .filter(|line| line.contains("mongod") && line.contains(folder))
        .collect()
}
