//! A server that is no replica set.

use std::process::{Child, Command, Stdio};

use causeway::check::CheckSettings;
use causeway_core::answer::Verdict;

use crate::shop::{TEN, ask, assert_answer, assert_refused, connect, fill, migration};

struct Standalone {
    process: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Standalone {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new(testbed::mongod::find().unwrap())
            .args(["--bind_ip", "127.0.0.1", "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25"])
            .args(["--port", &port.to_string(), "--dbpath"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { process, port, _folder: folder }
    }
}

impl Drop for Standalone {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn a_standalone_server_refuses_and_says_how_to_make_it_a_replica_set() {
    let server = tokio::task::spawn_blocking(Standalone::start).await.unwrap();
    let uri = format!("mongodb://127.0.0.1:{}/", server.port);
    let target = connect(&uri, "shop").await;
    fill(&target.database).await;
    let checked = ask(&target, &migration(TEN), CheckSettings::default()).await;
    assert_refused(&checked, "topology", "standalone");
    assert_answer(&checked, "field types", Verdict::Ok, "90 documents without it");
}
