//! The roles that the documentation names are those that it takes, and who lacks one loses nothing.

use bson::{DateTime, doc};
use testbed::{Auth, ReplicaSet, ReplicaSetOptions};

use super::fixture::{assert_holds, create, everything, held};
use crate::scene::Scene;

const PLAIN: [(&str, &str); 3] =
    [("readWrite", "shop"), ("dbAdmin", "shop"), ("clusterMonitor", "admin")];
const ALL: [(&str, &str); 5] =
    [PLAIN[0], PLAIN[1], PLAIN[2], ("backup", "admin"), ("restore", "admin")];

async fn secured() -> (ReplicaSet, Scene) {
    let options = ReplicaSetOptions { auth: Auth::On, ..ReplicaSetOptions::default() };
    let server = ReplicaSet::start(options).await.unwrap();
    let database = server.client().await.unwrap().database("shop");
    let owner = Scene::at(server.uri_for("shop"), database);
    (server, owner)
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_roles_named_everything_comes_back() {
    let (server, owner) = secured().await;
    everything(&owner.database).await;
    let goal = held(&owner.database).await;
    let uri = server.create_user("keeper", "secret", &ALL).await.unwrap();
    let keeper = Scene::at(uri, owner.database.clone());
    let backup = create(&keeper, &[]);
    owner.collection("metrics").insert_one(doc! { "at": DateTime::now() }).await.unwrap();
    owner.quotes().delete_many(doc! {}).await.unwrap();
    let ran = keeper.expect(0, &["backup", "restore", backup.to_str().unwrap()]);
    assert!(!ran.told().contains("secret"), "{}", ran.told());
    assert_holds(&held(&owner.database).await, &goal);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_time_series_the_plain_roles_do() {
    let (server, owner) = secured().await;
    owner.quotes().insert_many((0..20).map(|n| doc! { "_id": n })).await.unwrap();
    let view = doc! { "create": "drafts", "viewOn": "quotes", "pipeline": [] };
    owner.database.run_command(view).await.unwrap();
    let goal = held(&owner.database).await;
    let uri = server.create_user("keeper", "secret", &PLAIN).await.unwrap();
    let keeper = Scene::at(uri, owner.database.clone());
    let backup = create(&keeper, &[]);
    owner.quotes().delete_many(doc! {}).await.unwrap();
    owner.collection("drafts").drop().await.unwrap();
    keeper.expect(0, &["backup", "restore", backup.to_str().unwrap()]);
    assert_holds(&held(&owner.database).await, &goal);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_do_all_of_it_replaces_nothing() {
    let (server, owner) = secured().await;
    owner.quotes().insert_many((0..20).map(|n| doc! { "_id": n })).await.unwrap();
    let metrics = doc! { "create": "metrics", "timeseries": { "timeField": "at" } };
    owner.database.run_command(metrics).await.unwrap();
    owner.collection("metrics").insert_one(doc! { "at": DateTime::now() }).await.unwrap();
    let backup = create(&owner, &[]);
    owner.quotes().delete_one(doc! { "_id": 1 }).await.unwrap();
    let there = held(&owner.database).await;
    for lacked in ["restore", "readWrite"] {
        let roles: Vec<_> = ALL.into_iter().filter(|(role, _)| *role != lacked).collect();
        let uri = server.create_user(lacked, "secret", &roles).await.unwrap();
        let half = Scene::at(uri, owner.database.clone());
        let ran = half.causeway(&["backup", "restore", backup.to_str().unwrap()]);
        assert!([1, 3].contains(&ran.code), "without {lacked}: {}", ran.told());
        ran.assert_says("may not");
        ran.assert_says(&format!("`{lacked}`"));
        assert_holds(&held(&owner.database).await, &there);
    }
}
