//! Starting, electing, killing, restarting, and asking who somebody is.

use bson::doc;
use testbed::{Auth, ReplicaSet, ReplicaSetOptions};

async fn one() -> ReplicaSet {
    ReplicaSet::start(ReplicaSetOptions::default()).await.unwrap()
}

#[tokio::test]
async fn acknowledged_writes_survive_a_killed_and_restarted_member() {
    let set = one().await;
    let quotes = set.client().await.unwrap().database("d").collection("quotes");
    quotes.insert_one(doc! { "_id": 1 }).await.unwrap();
    set.kill(0).unwrap();
    assert!(set.process_ids().is_empty());
    set.restart(0).await.unwrap();
    assert_eq!(set.primary().await.unwrap(), 0);
    assert_eq!(quotes.count_documents(doc! {}).await.unwrap(), 1);
}

#[tokio::test]
async fn a_set_of_one_has_a_primary_again_after_stepping_down() {
    let set = one().await;
    assert_eq!(set.step_down().await.unwrap(), 0);
    assert_eq!(set.primary().await.unwrap(), 0);
}

#[tokio::test]
async fn three_members_elect_another_primary() {
    let options = ReplicaSetOptions { members: 3, ..Default::default() };
    let set = ReplicaSet::start(options).await.unwrap();
    let client = set.client().await.unwrap();
    let quotes = client.database("d").collection("quotes");
    let before = set.step_down().await.unwrap();
    let after = set.primary().await.unwrap();
    assert_ne!(before, after);
    quotes.insert_one(doc! { "_id": 1 }).await.unwrap();
    set.kill(after).unwrap();
    assert_ne!(set.primary().await.unwrap(), after);
    assert_eq!(quotes.count_documents(doc! {}).await.unwrap(), 1);
}

#[tokio::test]
async fn a_stopped_member_answers_only_after_going_on() {
    let set = one().await;
    let client = set.client().await.unwrap();
    let database = client.database("admin");
    set.stop(0).unwrap();
    let ping = async { database.run_command(doc! { "ping": 1 }).await };
    let short = std::time::Duration::from_millis(500);
    assert!(tokio::time::timeout(short, ping).await.is_err());
    set.cont(0).unwrap();
    database.run_command(doc! { "ping": 1 }).await.unwrap();
}

#[tokio::test]
async fn users_may_do_what_their_roles_say() {
    let options = ReplicaSetOptions { auth: Auth::On, ..Default::default() };
    let set = ReplicaSet::start(options).await.unwrap();
    let uri = set.create_user("reader", "p@ss/word", &[("read", "d")]).await.unwrap();
    let reader = mongodb::Client::with_uri_str(uri).await.unwrap().database("d");
    assert_eq!(reader.list_collection_names().await.unwrap(), Vec::<String>::new());
    let refused = reader.collection("quotes").insert_one(doc! {}).await.unwrap_err();
    assert!(refused.to_string().contains("not authorized"), "{refused}");
    let root = set.client().await.unwrap();
    root.database("d").collection("quotes").insert_one(doc! {}).await.unwrap();
    let anonymous = format!("mongodb://{}/?directConnection=true", set.addresses()[0]);
    let anonymous = mongodb::Client::with_uri_str(anonymous).await.unwrap();
    anonymous.list_database_names().await.unwrap_err();
}

#[tokio::test]
async fn a_server_that_does_not_start_says_why() {
    let parameters = vec![("noSuchParameter".to_owned(), "1".to_owned())];
    let options = ReplicaSetOptions { parameters, ..Default::default() };
    let error = format!("{:#}", ReplicaSet::start(options).await.unwrap_err());
    assert!(error.contains("noSuchParameter"), "{error}");
}
