//! A disk that is full: nothing half is left, and nothing is replaced.

use std::fs;
use std::path::Path;
use std::process::Command;

use bson::{Binary, doc};

use super::fixture::{assert_holds, create, held, small};
use crate::scene::{Ran, Scene};

/// Says that this machine does not let anybody mount a small disk, not even in a namespace.
const CANNOT: &str = "CAUSEWAY_TESTS_WITHOUT_SMALL_DISKS";

/// Mounts a small disk that nobody else sees, gives a command, and lists what is on the disk then.
const SCRIPT: &str = r#"mount -t tmpfs -o size="$1" small "$2" || exit 99
list="$3"; disk="$2"; shift 3; "$@"; code=$?; ls -A "$disk" >"$list"; exit $code"#;

/// A command given where a folder is a disk of its own.
struct SmallDisk<'a> {
    scene: &'a Scene,
    /// `20m`.
    size: &'a str,
    folder: &'a str,
}

impl SmallDisk<'_> {
    /// What the command did, and what it left on the disk.
    fn causeway(&self, arguments: &[&str]) -> (Ran, Vec<String>) {
        let scene = self.scene;
        let (folder, list) = (scene.path().join(self.folder), scene.path().join("left"));
        fs::create_dir_all(&folder).unwrap();
        let name = scene.database.name();
        let output = Command::new("unshare")
            .args([namespace(scene.path()), "sh", "-c", SCRIPT, "sh", self.size])
            .args([&folder, &list])
            .arg(env!("CARGO_BIN_EXE_causeway"))
            .args(["--uri", scene.uri(), "--database", name, "--yes", name, "--output", "json"])
            .args(["--state-dir", "state"])
            .args(arguments)
            .env("USER", "ann")
            .env(testbed::mongod::VARIABLE, testbed::mongod::find().unwrap())
            .current_dir(scene.path())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let ran = Ran {
            code: output.status.code().unwrap_or(-1),
            events: text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
            talk: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        let left = fs::read_to_string(&list).unwrap_or_else(|_| panic!("{}", ran.told()));
        (ran, left.lines().map(str::to_owned).collect())
    }
}

/// How this machine lets one mount something.
fn namespace(folder: &Path) -> &'static str {
    let works = |how: &&str| {
        let mut trying = Command::new("unshare");
        trying.args([how, "sh", "-c", "mount -t tmpfs small \"$1\"", "sh"]).arg(folder);
        trying.output().is_ok_and(|output| output.status.success())
    };
    ["-rm", "-m"].into_iter().find(works).unwrap_or_else(|| {
        panic!(
            "`unshare -rm` can't mount a disk here: allow user namespaces, or run as root, or set \
             {CANNOT}=1 to leave the tests of full disks out"
        )
    })
}

fn is_left_out() -> bool {
    std::env::var_os(CANNOT).is_some_and(|it| it == "1")
}

#[tokio::test(flavor = "multi_thread")]
async fn without_room_no_backup_is_begun() {
    if is_left_out() {
        return;
    }
    let (scene, _) = small().await;
    let disk = SmallDisk { scene: &scene, size: "20m", folder: "disk" };
    let (ran, left) = disk.causeway(&["backup", "create", "--to", "disk"]);
    assert_eq!(ran.code, 3, "{}", ran.told());
    ran.assert_says("free at disk");
    ran.assert_says("--to DIR");
    assert_eq!(left, [""; 0], "{}", ran.told());
}

/// What can't be compressed takes twice the room that was looked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_gets_full_is_named_and_left_empty() {
    if is_left_out() {
        return;
    }
    let scene = Scene::empty().await;
    let mut noise = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..15 {
        let mut bytes = Vec::with_capacity(10_000_000);
        while bytes.len() < 10_000_000 {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            bytes.extend_from_slice(&noise.to_le_bytes());
        }
        let noise = Binary { subtype: bson::spec::BinarySubtype::Generic, bytes };
        scene.quotes().insert_one(doc! { "noise": noise }).await.unwrap();
    }
    let disk = SmallDisk { scene: &scene, size: "140m", folder: "disk" };
    let (ran, left) = disk.causeway(&["backup", "create", "--to", "disk", "--compress", "gzip"]);
    assert_eq!(ran.code, 1, "{}", ran.told());
    ran.assert_says("disk/");
    ran.assert_says("quotes.bson.gz");
    ran.assert_says("No space left on device");
    assert_eq!(left, [""; 0], "{}", ran.told());
}

/// Neither for a copy to prove it with, nor for what a restore keeps of what is there.
#[tokio::test(flavor = "multi_thread")]
async fn without_room_nothing_is_proved_or_replaced() {
    if is_left_out() {
        return;
    }
    let scene = Scene::empty().await;
    scene.quotes().insert_one(doc! { "_id": 1 }).await.unwrap();
    let backup = create(&scene, &["--to", "elsewhere"]);
    let backup = backup.to_str().unwrap();
    let goal = held(&scene.database).await;
    scene.quotes().insert_one(doc! { "_id": 2 }).await.unwrap();
    let there = held(&scene.database).await;
    let disk = SmallDisk { scene: &scene, size: "20m", folder: "state" };
    let (proving, left) = disk.causeway(&["backup", "prove", backup]);
    assert_eq!(proving.code, 3, "{}", proving.told());
    proving.assert_says("the copy takes about");
    assert_eq!(left, [""; 0], "{}", proving.told());
    let (refused, _) = disk.causeway(&["backup", "restore", backup]);
    assert_eq!(refused.code, 3, "{}", refused.told());
    refused.assert_says("--without-backup");
    assert_holds(&held(&scene.database).await, &there);
    let (restored, _) = disk.causeway(&["backup", "restore", backup, "--without-backup"]);
    assert_eq!(restored.code, 0, "{}", restored.told());
    assert_holds(&held(&scene.database).await, &goal);
}
