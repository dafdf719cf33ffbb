//! Nothing is left out of a verification, and nothing else is verified than what was done.

use bson::{Bson, doc};

use crate::scene::{Scene, plain_quotes};

/// A large collection is read in ranges, and a range without an end stops before the largest `_id`.
#[tokio::test(flavor = "multi_thread")]
async fn the_smallest_and_the_largest_id_there_can_be_are_read() {
    let scene = Scene::with_quotes(Vec::new()).await;
    let last = doc! { "_id": Bson::MaxKey, "a": 1, "selectedEvents": [] };
    let first = doc! { "_id": Bson::MinKey, "a": 1, "selectedEvents": ["x"] };
    let ids = [Bson::Null, Bson::Double(f64::NAN), Bson::Boolean(false), "z".into()];
    scene.quotes().insert_many([last, first]).await.unwrap();
    scene.quotes().insert_many(ids.map(|id| doc! { "_id": id })).await.unwrap();
    scene.quotes().insert_many((0..20_100).map(|n| doc! { "_id": n })).await.unwrap();
    let before = scene.photo().await;
    let ran = scene.up();
    assert_eq!(ran.event("verified")["documents"], 20_106);
    let lose = doc! { "$unset": { "a": 1 } };
    scene.quotes().update_one(doc! { "_id": Bson::MaxKey }, lose).await.unwrap();
    assert_eq!(scene.verify(0, "applied").verdict("changed_by_application"), 1);
    let back = doc! { "$set": { "a": 1, "selectedEvents": [] } };
    let again = doc! { "$unset": { "selectedEvents": 1 } };
    scene.quotes().update_one(doc! { "_id": Bson::MaxKey }, again).await.unwrap();
    scene.quotes().update_one(doc! { "_id": Bson::MaxKey }, back).await.unwrap();
    scene.down();
    before.assert_same(&scene.photo().await);
}

/// What a changed file asks for is not what was done.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_changed_since_verifies_nothing() {
    let scene = Scene::with_quotes(plain_quotes(10)).await;
    scene.up();
    let written = std::fs::read_to_string(scene.path().join("migrations/010.toml")).unwrap();
    scene.migration(&format!("{written}\n# changed\n"));
    for given in [
        &["verify", "010", "--state", "applied"][..],
        &["check", "010"],
        &["plan", "010"],
        &["up", "010"],
        &["down", "010"],
    ] {
        let ran = scene.expect(3, given);
        assert!(ran.told().contains("was changed since run"), "{given:?}: {}", ran.told());
    }
    scene.migration(&written);
    scene.verify(0, "applied");
    scene.down();
    let again = scene.expect(0, &["down", "010"]);
    assert_eq!(again.events.last().unwrap()["outcome"], "nothing_to_do");
}
