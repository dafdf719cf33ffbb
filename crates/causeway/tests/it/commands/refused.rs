//! Users whom the server does not know, or does not let.

use testbed::{Auth, ReplicaSet, ReplicaSetOptions};

use super::shell::Shell;

const RUN: &str = "2026-11-22-0213-k7f";
const STARTED: &str = r#"{"seq":0,"at":"2026-11-22T02:13:00.000+00:00","entry":"started","command":"causeway up 010","operator":"ann","host":"desk"}
"#;

async fn server() -> ReplicaSet {
    let options = ReplicaSetOptions { auth: Auth::On, ..ReplicaSetOptions::default() };
    ReplicaSet::start(options).await.unwrap()
}

/// Exit code, and all that was shown.
fn run(uri: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let shell = Shell::new().with_migration().with_uri(uri);
    shell.file(&format!(".causeway/runs/{RUN}/journal.jsonl"), STARTED);
    (shell.output(arguments).status.code(), shell.run(arguments))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_without_roles_hears_which_it_takes() {
    let server = server().await;
    server.create_user("nobody", "secret", &[]).await.unwrap();
    let uri = server.uri_as("nobody", "secret", "shop");
    let commands: [&[&str]; 9] = [
        &["status"],
        &["history"],
        &["check", "010"],
        &["plan", "010"],
        &["up", "010", "--yes", "shop"],
        &["down", "010", "--yes", "shop"],
        &["verify", "010", "--state", "applied"],
        &["conflicts", "010"],
        &["unlock"],
    ];
    for command in commands {
        let (code, shown) = run(&uri, command);
        assert_eq!(code, Some(3), "{shown}");
        assert!(shown.contains("the user nobody may not "), "{shown}");
        assert!(shown.contains("`read` on shop and `clusterMonitor` on admin"), "{shown}");
        assert!(!shown.contains("no primary"), "{shown}");
    }
    let (code, shown) = run(&uri, &["logs", RUN]);
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains("started by ann on desk"), "{shown}");
    assert!(shown.contains("disk's journal alone: the user nobody may not read"), "{shown}");
    let (code, shown) = run(&uri, &["logs", "2026-11-22-0213-xyz"]);
    assert_eq!(code, Some(3), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_refuses_is_not_taken_for_silence() {
    let server = server().await;
    server.create_user("ann", "secret", &[("read", "shop")]).await.unwrap();
    let wrong_password = server.uri_as("ann", "wrong", "shop");
    let right = server.uri_as("ann", "secret", "shop");
    let other_source = right.replace("authSource=admin", "authSource=shop");
    assert_ne!(right, other_source);
    for uri in [wrong_password, other_source] {
        let (code, shown) = run(&uri, &["status"]);
        assert_eq!(code, Some(3), "{shown}");
        assert!(shown.contains("the server refuses the user or the password"), "{shown}");
        assert!(shown.contains("authSource") && !shown.contains("no server answers"), "{shown}");
        assert!(!shown.contains("wrong@") && !shown.contains("secret"), "{shown}");
    }
    let other_set = right.replace("replicaSet=rs0", "replicaSet=rs7");
    let (code, shown) = run(&other_set, &["status"]);
    assert_eq!(code, Some(3), "{shown}");
    assert!(shown.contains("check replicaSet=rs7"), "{shown}");
    let (code, shown) = run(&right, &["status"]);
    assert_eq!(code, Some(0), "{shown}");
}
