//! The plan's own example, as it stands in `examples/quote-events`.

use std::path::Path;

use crate::scene::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn it_is_a_plan_of_the_migration_that_it_is_for() {
    let scene = Scene::with_quotes([bson::doc! { "_id": 1 }]).await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let config = root.join("examples/quote-events/causeway.toml");
    let migrations = root.join("migrations");
    let shown = std::process::Command::new(env!("CARGO_BIN_EXE_causeway"))
        .current_dir(scene.path())
        .args(["--uri", scene.uri(), "--database", scene.database.name()])
        .arg("--config")
        .arg(config)
        .arg("--migrations")
        .arg(migrations)
        .args(["run", "010", "--noop", "--start", "2099-11-26 02:00"])
        .output()
        .unwrap();
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
    insta::assert_snapshot!(
        "example",
        String::from_utf8_lossy(&shown.stdout).replace(scene.database.name(), "shop")
    );
}
