//! Migrations stand as they stood when the backup was made.

use std::path::Path;

use super::fixture::{assert_holds, before, create, held};
use crate::scene::{Scene, plain_quotes};
use crate::trial::Trial;

fn restore(backup: &Path) -> [&str; 3] {
    ["backup", "restore", backup.to_str().unwrap()]
}

/// What `status` says of 010.
#[track_caller]
fn state(scene: &Scene) -> String {
    let shown = scene.expect(0, &["status"]);
    let rows = shown.rows();
    let row = rows.iter().find(|row| row["version"] == "010").unwrap();
    row["state"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn applied_after_the_backup_it_is_undone() {
    let scene = Scene::with_quotes(plain_quotes(60)).await;
    let pending = state(&scene);
    let backup = create(&scene, &[]);
    let before = held(&scene.database).await;
    for _ in 0..2 {
        scene.up();
        assert_ne!(state(&scene), pending);
        scene.expect(0, &restore(&backup)).assert_says("is undone");
        assert_holds(&held(&scene.database).await, &before);
        assert_eq!(state(&scene), pending);
        scene.verify(6, "applied");
        scene.expect(3, &["down", "010"]);
    }
    scene.up();
    scene.verify(0, "applied");
    scene.down();
    scene.verify(0, "rolled-back");
}

#[tokio::test(flavor = "multi_thread")]
async fn rolled_back_after_the_backup_it_is_applied_again() {
    let scene = Scene::with_quotes(plain_quotes(60)).await;
    scene.up();
    let applied = state(&scene);
    let backup = create(&scene, &[]);
    let before = held(&scene.database).await;
    for _ in 0..2 {
        scene.down();
        assert_ne!(state(&scene), applied);
        scene.expect(0, &restore(&backup)).assert_says("is applied again");
        assert_holds(&held(&scene.database).await, &before);
        assert_eq!(state(&scene), applied);
        scene.verify(0, "applied");
    }
    scene.down();
    scene.verify(0, "rolled-back");
    scene.up();
    scene.verify(0, "applied");
}

/// Applied anew since: it is another application that stands, and the backup's own that counts.
#[tokio::test(flavor = "multi_thread")]
async fn applied_anew_after_the_backup_the_former_application_stands() {
    let scene = Scene::with_quotes(plain_quotes(60)).await;
    scene.up();
    let backup = create(&scene, &[]);
    let before = held(&scene.database).await;
    scene.down();
    scene.up();
    scene.expect(0, &restore(&backup));
    assert_holds(&held(&scene.database).await, &before);
    scene.verify(0, "applied");
    scene.down();
    scene.verify(0, "rolled-back");
}

/// What a restore kept of what was there takes it back, the state of the migration included.
#[tokio::test(flavor = "multi_thread")]
async fn a_restore_can_be_taken_back() {
    let scene = Scene::with_quotes(plain_quotes(60)).await;
    let backup = create(&scene, &[]);
    let without = held(&scene.database).await;
    scene.up();
    let applied = state(&scene);
    let with = held(&scene.database).await;
    let kept = before(&scene.expect(0, &restore(&backup)).events).unwrap();
    assert_holds(&held(&scene.database).await, &without);
    scene.expect(0, &restore(&kept));
    assert_holds(&held(&scene.database).await, &with);
    assert_eq!(state(&scene), applied);
    scene.verify(0, "applied");
    scene.down();
    scene.verify(0, "rolled-back");
}

/// Stopped half-way at the moment of the backup, and ended since.
#[tokio::test(flavor = "multi_thread")]
async fn part_way_at_the_moment_it_goes_on_from_there() {
    for end in ["up", "down"] {
        let trial = Trial::shared(300).await;
        trial.configure(20);
        let scene = &trial.scene;
        let original = scene.photo().await;
        let running = trial.start(&["up", "010", "--documents-per-second-max", "100"]);
        trial.wait_for_batches(3).await;
        running.signal("INT");
        assert_eq!(running.end().code, 5);
        let backup = create(scene, &[]);
        let before = held(&scene.database).await;
        scene.up();
        if end == "down" {
            scene.down();
        }
        scene.expect(0, &restore(&backup));
        assert_holds(&held(&scene.database).await, &before);
        scene.up();
        scene.verify(0, "applied");
        scene.down();
        scene.verify(0, "rolled-back");
        original.assert_same(&scene.photo().await);
    }
}

/// What is lost since is no damage, and neither is what a restore of one collection leaves undone.
#[tokio::test(flavor = "multi_thread")]
async fn of_one_collection_it_says_what_does_not_fit() {
    let scene = Scene::with_quotes(plain_quotes(60)).await;
    let backup = create(&scene, &[]);
    scene.up();
    let quotes = [&restore(&backup)[..], &["--collection", "quotes"]].concat();
    scene.expect(0, &quotes).assert_says("causeway up 010 heals it");
    scene.up();
    scene.verify(0, "applied");
}

#[tokio::test(flavor = "multi_thread")]
async fn into_a_new_database_the_application_comes_along() {
    let scene = Scene::with_quotes(plain_quotes(60)).await;
    let original = scene.photo().await;
    scene.up();
    let backup = create(&scene, &[]);
    let before = held(&scene.database).await;
    let name = format!("{}_other", scene.database.name());
    let other = (name.as_str(), Some(name.as_str()));
    scene.expect_on(0, other, &restore(&backup)).assert_says("came along");
    let there = scene.client().database(&name);
    assert_holds(&held(&there).await, &before);
    scene.expect_on(0, other, &["verify", "010", "--state", "applied"]);
    scene.expect_on(0, other, &["down", "010"]);
    scene.expect_on(0, other, &["verify", "010", "--state", "rolled-back"]);
    let moved = Scene::at(scene.uri().to_owned(), there.clone());
    original.assert_same(&moved.photo().await);
    // Nothing of that is about the first one.
    assert_holds(&held(&scene.database).await, &before);
    scene.verify(0, "applied");
    there.drop().await.unwrap();
}
