//! Passwords are shown nowhere.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::shell::{Shell, assert_shown};

/// Addresses that hold a password, mostly malformed because of it.
const ADDRESSES: [&str; 10] = [
    "mongodb://ann:s3cr3t@127.0.0.1:x/shop",
    "mongodb://ann:s3/cr3t@127.0.0.1:1/shop",
    "mongodb://ann:s3?cr3t@127.0.0.1:1/shop",
    "mongodb://ann:s3#cr3t@127.0.0.1:1/shop",
    "mongodb://ann:s3@cr3t@127.0.0.1:1/shop",
    "mongodb://ann:s3:cr3t@127.0.0.1:1/shop",
    "mongodb://ann:s3%cr3t@127.0.0.1:1/shop",
    "mongodb:/ann:s3cr3t@127.0.0.1:1/shop",
    "ann:s3cr3t@127.0.0.1:1",
    "mongodb://ann:s3cr3t@127.0.0.1:1/shop?replicaSet=rs0&unknown=%zz",
];

fn assert_hidden(shown: &str) {
    for part in ["s3", "cr3t", "ann:"] {
        assert!(!shown.contains(part), "{part} in {shown}");
    }
}

#[test]
fn a_malformed_address_is_refused_without_its_password() {
    let mut all = Vec::new();
    for address in ADDRESSES {
        let shell = Shell::new().with_migration().with_uri(address);
        let shown = shell.run(&["status"]);
        assert!(shown.contains("--- exit 2"), "{shown}");
        all.push(shown);
        let shown = shell.output(&["status", "--uri", address]);
        let shown = String::from_utf8_lossy(&shown.stderr).into_owned();
        all.push(shown);
        let file = Shell::new().with_migration();
        file.file("env", &format!("MONGODB_URI={address}\n"));
        all.push(file.run(&["status", "--env-file", "env", "--output", "json"]));
    }
    let all = all.join("\n");
    assert_hidden(&all);
    // The first two in full: a port that is none, and a password that has to be percent-encoded.
    let shown: Vec<&str> = all.split("$ causeway status\n").take(3).collect();
    assert_shown!("malformed_uri", shown.join("$ causeway status\n"));
}

#[test]
fn a_typing_error_does_not_quote_a_password() {
    let shell = Shell::new();
    let address = "mongodb://ann:s3cr3t@127.0.0.1:1/shop";
    for arguments in [
        vec!["sttus", "--uri", address],
        vec![address, "status"],
        vec!["status", "--url", address],
        vec!["status", "--output", address],
    ] {
        let output = shell.output(&arguments);
        assert_eq!(output.status.code(), Some(2));
        let text = [output.stdout, output.stderr].concat();
        assert_hidden(&String::from_utf8_lossy(&text));
    }
}

#[test]
fn process_listings_do_not_show_it() {
    let shell = Shell::new();
    for arguments in [
        vec!["--uri", "mongodb://ann:s3cr3t@127.0.0.1:1/shop", "history"],
        vec!["history", "--uri=mongodb://ann:s3cr3t@127.0.0.1:1/shop"],
    ] {
        let mut command = shell.command();
        command.args(&arguments).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let listed = || {
            let bytes = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
            String::from_utf8_lossy(&bytes).replace('\0', " ")
        };
        // The very first moment belongs to whoever started it.
        let since = Instant::now();
        while !listed().contains("***:***@") && since.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(5));
        }
        let listed = listed();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(listed.contains("mongodb://***:***@127.0.0.1:1/shop"), "{listed}");
        assert_hidden(&listed);
    }
}

#[test]
fn the_hidden_address_is_the_one_that_is_used() {
    let server = testbed::shared_blocking().unwrap();
    let uri = server.uri_for("shop");
    // Credentials that a server without access control would not even look at can't be given, so a
    // secret of another kind has to do.
    let uri = format!("{uri}&proxyPassword=s3cr3t&proxyHost=127.0.0.1&proxyPort=1");
    let output = Shell::new().output(&["history", "--uri", &uri]);
    let shown = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_hidden(&shown);
    assert!(!shown.contains("holds a character"), "{shown}");
}
