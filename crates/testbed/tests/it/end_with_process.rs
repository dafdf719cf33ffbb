//! No `mongod` and no folder outlives the process that started it, however that ends.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use testbed::{ReplicaSet, ReplicaSetOptions, shared_blocking};

const ENDING: &str = "CAUSEWAY_TESTBED_ENDING";

/// Not a test by itself: what the tests below start in a process of its own.
#[test]
#[ignore = "started by the other tests of this module"]
fn child() {
    let Ok(ending) = std::env::var(ENDING) else { return };
    let shared = shared_blocking().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let own = runtime.block_on(ReplicaSet::start(ReplicaSetOptions::default())).unwrap();
    let ids = [shared.process_ids(), own.process_ids()].concat();
    let folder = own.log(0).parent().unwrap().parent().unwrap().to_owned();
    // Not println: the harness would keep that for itself.
    let line = format!("\nstarted {} {} {}\n", ids[0], ids[1], folder.display());
    rustix::io::write(std::io::stdout(), line.as_bytes()).unwrap();
    assert_ne!(ending, "panic", "as asked");
    std::thread::sleep(Duration::from_secs(60));
}

struct Started {
    process: Child,
    servers: [u32; 2],
    folder: PathBuf,
}

fn start(ending: &str) -> Started {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["end_with_process::child", "--exact", "--ignored", "--nocapture"])
        .env(ENDING, ending)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.into_iter().find(|line| line.starts_with("started ")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    let servers = [words[1].parse().unwrap(), words[2].parse().unwrap()];
    Started { process, servers, folder: words[3].into() }
}

fn is_mongod(process_id: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{process_id}/cmdline"))
        .is_ok_and(|line| line.contains("--replSet"))
}

fn assert_nothing_left(started: &Started) {
    let deadline = Instant::now() + Duration::from_secs(15);
    let left = || started.servers.iter().any(|id| is_mongod(*id)) || started.folder.exists();
    while left() {
        assert!(Instant::now() < deadline, "{:?} or {:?} is left", started.servers, started.folder);
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn after_sigkill_nothing_is_left() {
    let mut started = start("wait");
    assert!(started.servers.iter().all(|id| is_mongod(*id)));
    assert!(Path::new(&started.folder).exists());
    started.process.kill().unwrap();
    started.process.wait().unwrap();
    assert_nothing_left(&started);
}

#[test]
fn after_a_panic_nothing_is_left() {
    let mut started = start("panic");
    assert!(!started.process.wait().unwrap().success());
    assert_nothing_left(&started);
}
