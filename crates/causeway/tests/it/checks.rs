//! Each question of the checklist against a server on which the answer is as it should not be.

use bson::{DateTime, Document, doc};
use causeway::check::{CheckSettings, Limits, Questions, gate};
use causeway::target::Target;
use causeway_core::answer::Verdict;
use causeway_core::migration::MigrationSet;
use causeway_core::outcome::Outcome;
use causeway_core::plan::PlanOptions;
use mongodb::IndexModel;
use mongodb::options::IndexOptions;
use testbed::{Auth, FailPoint, ReplicaSet, ReplicaSetOptions};

use crate::shop::{
    Shop, TEN, answer, ask, assert_answer, assert_refused, connect, fill, migration, steps,
};

mod standalone;
mod untouched;

fn index(keys: Document, name: &str) -> IndexModel {
    let options = IndexOptions::builder().name(name.to_owned()).sparse(true).build();
    IndexModel::builder().keys(keys).options(options).build()
}

#[tokio::test]
async fn a_database_that_is_ready_is_not_refused() {
    let shop = Shop::new().await;
    let checked = shop.check(&migration(TEN)).await;
    assert!(!checked.refuses(), "{:#?}", checked.answers);
    assert_answer(&checked, "connection", Verdict::Ok, "primary unchanged");
    assert_answer(&checked, "required version", Verdict::Ok, "009 completed at");
    assert_answer(&checked, "privileges", Verdict::Warning, "access control is off");
    assert_answer(&checked, "this version", Verdict::Ok, "not applied yet");
    assert_answer(&checked, "majority", Verdict::Ok, "1 of 1");
    assert_answer(&checked, "clock", Verdict::Ok, "0.0 s");
    assert_answer(&checked, "field types", Verdict::Ok, "90 documents without it");
    for question in &checked.answers {
        assert!(question.question.ends_with('?') && !question.evidence.is_empty(), "{question:?}");
    }
}

#[tokio::test]
async fn the_gate_asks_the_same_without_reading_documents() {
    let shop = Shop::new().await;
    let set = MigrationSet::default();
    let migration = migration(TEN);
    let checked = gate(&shop.target, &migration, &set, &CheckSettings::default()).await.unwrap();
    assert!(!checked.refuses(), "{:#?}", checked.answers);
    assert_eq!(checked.plan.documents(), None);
    assert!(checked.answers.iter().all(|answer| answer.check != "lease"));
}

#[tokio::test]
async fn a_rival_index_is_a_warning_and_a_taken_name_refuses() {
    let shop = Shop::new().await;
    let rival = index(doc! { "selectedEvents.eventId": 1 }, "selectedEvents.eventId_1");
    shop.quotes().create_index(rival).await.unwrap();
    let checked = shop.check(&migration(TEN)).await;
    assert_answer(&checked, "rival index", Verdict::Warning, "selectedEvents.eventId_1");
    assert!(!checked.refuses());

    let taken = index(doc! { "leadName": 1 }, "selected_events_event_id_idx");
    shop.quotes().create_index(taken).await.unwrap();
    let checked = shop.check(&migration(TEN)).await;
    assert_refused(&checked, "rival index", "the name is taken");
    let recipe = answer(&checked, "rival index").recipe.as_deref().unwrap();
    assert!(recipe.contains("causeway up 010 --replace-index"), "{recipe}");
}

#[tokio::test]
async fn values_of_another_type_are_counted_and_named() {
    let shop = Shop::new().await;
    shop.quotes()
        .insert_many([
            doc! { "_id": "a", "selectedEvents": null },
            doc! { "_id": "b", "selectedEvents": "Karting" },
        ])
        .await
        .unwrap();
    let checked = shop.check(&migration(TEN)).await;
    assert_answer(
        &checked,
        "field types",
        Verdict::Warning,
        "is not array in 2 documents of quotes: 1 null (e.g. \"a\")",
    );
    assert_answer(&checked, "field types", Verdict::Warning, "1 string (e.g. \"b\")");

    let strict = migration(&TEN.replace("malformed = \"archive\"", "malformed = \"refuse\""));
    let checked = shop.check(&strict).await;
    assert_refused(&checked, "field types", "1 string (e.g. \"b\")");
    let recipe = answer(&checked, "field types").recipe.as_deref().unwrap();
    assert!(
        recipe.contains("$in: [{ $type: \"$selectedEvents\" }, [\"array\", \"missing\"]]"),
        "{recipe}"
    );
    assert_eq!(checked.plan.refusals.len(), 1);
}

#[tokio::test]
async fn a_required_version_without_a_record_refuses_unless_assumed() {
    let shop = Shop::new().await;
    shop.collection("migrations").drop().await.unwrap();
    let checked = shop.check(&migration(TEN)).await;
    assert_refused(&checked, "required version", "009 has no completed record");
    let recipe = answer(&checked, "required version").recipe.as_deref().unwrap();
    assert!(recipe.contains("--assume-applied 009 --reason"), "{recipe}");

    shop.collection("migrations")
        .insert_one(doc! { "version": "009", "status": "rolled_back" })
        .await
        .unwrap();
    let checked = shop.check(&migration(TEN)).await;
    assert_refused(&checked, "required version", "\"rolled_back\"");

    let reason = (("009").parse().unwrap(), "applied by hand".to_owned());
    let settings = CheckSettings { assume_applied: vec![reason], ..CheckSettings::default() };
    let checked = shop.check_with(&migration(TEN), settings).await;
    assert_answer(&checked, "required version", Verdict::Warning, "assumed: applied by hand");
}

#[tokio::test]
async fn a_record_written_as_a_number_counts() {
    let shop = Shop::new().await;
    let numbered = doc! { "$set": { "version": 9 } };
    shop.collection("migrations").update_one(doc! {}, numbered).await.unwrap();
    let checked = shop.check(&migration(TEN)).await;
    assert_answer(&checked, "required version", Verdict::Ok, "by the old scripts");
}

#[tokio::test]
async fn a_version_applied_before_says_what_up_would_heal() {
    let shop = Shop::new().await;
    let record = doc! { "version": "010", "status": "completed", "appliedAt": DateTime::now() };
    shop.collection("migrations").insert_one(record).await.unwrap();
    let checked = shop.check(&migration(TEN)).await;
    assert_answer(&checked, "this version", Verdict::Ok, "up would heal 90 documents");
}

#[tokio::test]
async fn a_run_that_stopped_is_gone_on_with_and_another_one_refuses() {
    let shop = Shop::new().await;
    let own = doc! { "version": "010", "status": "running", "run": "r-1", "host": "db1" };
    shop.collection("migrations").insert_one(own).await.unwrap();
    let checked = shop.check(&migration(TEN)).await;
    assert_answer(&checked, "running record", Verdict::Ok, "");
    assert_answer(&checked, "this version", Verdict::Warning, "\"running\"");

    let other = doc! { "version": "008", "status": "running", "run": "r-0", "host": "db1",
    "appliedAt": DateTime::now() };
    shop.collection("migrations").insert_one(other).await.unwrap();
    let checked = shop.check(&migration(TEN)).await;
    assert_refused(&checked, "running record", "008 is recorded as running, by run r-0 on db1");
}

#[tokio::test]
async fn a_lease_that_is_held_refuses_and_an_expired_one_does_not() {
    let shop = Shop::new().await;
    let holder = doc! { "run": "r-7", "host": "db1", "operator": "ann", "pid": 7_i64,
    "command": "causeway up 010" };
    let later = DateTime::from_millis(DateTime::now().timestamp_millis() + 60_000);
    let held = doc! { "_id": "lease", "epoch": 1_i64, "holder": holder, "released": false,
    "acquired_at": DateTime::now(), "expires_at": later };
    let locks = shop.collection("causeway_lock");
    locks.insert_one(held).await.unwrap();
    let checked = shop.check(&migration(TEN)).await;
    assert_refused(&checked, "lease", "run r-7 (causeway up 010 by ann on db1, pid 7)");

    let expired = doc! { "$set": { "expires_at": DateTime::from_millis(0) } };
    locks.update_one(doc! {}, expired).await.unwrap();
    assert_answer(&shop.check(&migration(TEN)).await, "lease", Verdict::Ok, "free");
    let released = doc! { "$set": { "expires_at": later, "released": true } };
    locks.update_one(doc! {}, released).await.unwrap();
    assert_answer(&shop.check(&migration(TEN)).await, "lease", Verdict::Ok, "free");
}

#[tokio::test]
async fn locks_of_other_tools_refuse_while_they_are_held() {
    let shop = Shop::new().await;
    let free = [
        ("changelog_lock", None),
        (
            "mongockLock",
            Some(doc! { "status": "LOCK_HELD", "expiresAt": DateTime::from_millis(0) }),
        ),
        ("DATABASECHANGELOGLOCK", Some(doc! { "locked": false })),
    ];
    for (name, lock) in free {
        shop.run(doc! { "create": name }).await;
        if let Some(lock) = lock {
            shop.collection(name).insert_one(lock).await.unwrap();
        }
    }
    assert_answer(&shop.check(&migration(TEN)).await, "other tools", Verdict::Ok, "none");
    let held = [
        ("changelog_lock", "migrate-mongo", doc! { "createdAt": DateTime::now() }),
        ("DATABASECHANGELOGLOCK", "Liquibase", doc! { "locked": true, "lockedBy": "ann" }),
        ("migrate_advisory_lock", "golang-migrate", doc! { "locking_key": 0 }),
        ("mongobeelock", "Mongobee", doc! { "key": "LOCK" }),
    ];
    for (name, tool, lock) in held {
        shop.collection(name).insert_one(lock).await.unwrap();
        let checked = shop.check(&migration(TEN)).await;
        assert_refused(&checked, "other tools", &format!("{tool} holds its lock in {name}"));
        shop.collection(name).drop().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_no_collection_refuses() {
    let shop = Shop::new().await;
    let on = |name: &str| migration(&TEN.replace("\"quotes\"", &format!("{name:?}")));
    shop.run(doc! { "create": "seen", "viewOn": "quotes", "pipeline": [] }).await;
    shop.run(doc! { "create": "last", "capped": true, "size": 4096 }).await;
    shop.run(doc! { "create": "over", "timeseries": { "timeField": "at" } }).await;
    shop.run(doc! { "create": "own", "clusteredIndex": { "key": { "_id": 1 }, "unique": true } })
        .await;
    for (name, evidence) in [
        ("own", "is clustered"),
        ("seen", "is a view"),
        ("last", "is capped"),
        ("over", "time-series"),
        ("gone", "there is no collection gone"),
    ] {
        let checked = shop.check(&on(name)).await;
        assert_refused(&checked, "collections", evidence);
        assert_eq!(checked.plan.refusals.len(), 1, "{:?}", checked.plan.refusals);
    }
}

#[tokio::test]
async fn a_unique_index_over_duplicates_refuses_with_the_keys() {
    let shop = Shop::new().await;
    let unique = steps(
        r#"create_index = { collection = "quotes", name = "code_idx", keys = { code = 1 }, unique = true, sparse = true }"#,
    );
    // Without the field a sparse index holds no entry, so nothing is double.
    assert_answer(&shop.check(&unique).await, "duplicates", Verdict::Ok, "none");
    let same = doc! { "$set": { "code": "X1" } };
    shop.quotes().update_many(doc! { "_id": { "$lt": 2 } }, same).await.unwrap();
    assert_refused(&shop.check(&unique).await, "duplicates", "2 × \"X1\"");

    let dense = steps(
        r#"create_index = { collection = "quotes", name = "code_idx", keys = { code = 1 }, unique = true }"#,
    );
    assert_refused(&shop.check(&dense).await, "duplicates", "98 × null");
    let partial = steps(
        r#"create_index = { collection = "quotes", name = "code_idx", keys = { code = 1 }, unique = true, partial_filter = { totalPrice = { "$gte" = 500 }, code = { "$exists" = true } } }"#,
    );
    assert_answer(&shop.check(&partial).await, "duplicates", Verdict::Ok, "none");
}

#[tokio::test]
async fn a_document_without_room_refuses_with_its_id() {
    let shop = Shop::new().await;
    let text = |bytes: usize| "x".repeat(bytes);
    shop.quotes().insert_one(doc! { "_id": "big", "t": text(15_900_000) }).await.unwrap();
    let checked = shop.check(&migration(TEN)).await;
    assert_answer(&checked, "document size", Verdict::Warning, "\"big\"");
    // An empty document and these two elements take 32 bytes: this one is full to the last byte.
    let full = 16 * 1024 * 1024 - 5 - 14 - 8;
    shop.quotes().insert_one(doc! { "_id": "full!", "t": text(full - 8) }).await.unwrap();
    let checked = shop.check(&migration(TEN)).await;
    assert_refused(&checked, "document size", "\"full!\"");
}

#[tokio::test]
async fn a_validator_that_objects_refuses() {
    let shop = Shop::new().await;
    let closed = doc! { "$jsonSchema": {
        "bsonType": "object", "additionalProperties": false,
        "properties": { "_id": {}, "leadName": {}, "totalPrice": {} },
    } };
    let add = steps(
        r#"add_field = { collection = "quotes", field = "selectedEvents", value = [], type = "array" }"#,
    );
    shop.run(doc! { "collMod": "quotes", "validator": &closed }).await;
    let checked = shop.check(&add).await;
    assert_refused(&checked, "validator", "selectedEvents");
    assert_eq!(checked.plan.refusals.len(), 1);
    assert_refused(&shop.check(&migration(TEN)).await, "validator", "priceHistory");
    shop.run(doc! { "collMod": "quotes", "validator": closed, "validationAction": "warn" }).await;
    let checked = shop.check(&add).await;
    assert_answer(&checked, "validator", Verdict::Warning, "not enforced");
    assert!(checked.plan.refusals.is_empty());
}

#[tokio::test]
async fn an_enum_in_the_validator_will_be_extended() {
    let shop = Shop::new().await;
    let listing = doc! { "$jsonSchema": { "bsonType": "object", "properties": {
        "priceHistory": { "bsonType": "array", "items": { "bsonType": "object", "properties": {
            "reason": { "enum": ["package_selection", "event_added"] },
        } } },
    } } };
    shop.run(doc! { "collMod": "quotes", "validator": listing }).await;
    let checked = shop.check(&migration(TEN)).await;
    assert_answer(&checked, "validator", Verdict::Ok, "will allow \"event_removed\" too");
}

#[tokio::test]
async fn somebody_who_writes_is_noticed() {
    let shop = Shop::new().await;
    let quotes = shop.quotes();
    let writer = tokio::spawn(async move {
        loop {
            quotes.insert_one(doc! { "leadName": "Busy" }).await.unwrap();
        }
    });
    let checked = shop.check(&migration(TEN)).await;
    writer.abort();
    assert_answer(&checked, "writers", Verdict::Warning, "writes/s on quotes");
}

#[tokio::test]
async fn an_approved_plan_must_still_be_the_plan() {
    let shop = Shop::new().await;
    let migration = migration(TEN);
    let approved = shop.plan(&migration).await.hash;
    let settings = CheckSettings { approved_plan: Some(approved), ..CheckSettings::default() };
    let set = MigrationSet::default();
    let checked = gate(&shop.target, &migration, &set, &settings).await.unwrap();
    assert_answer(&checked, "approved plan", Verdict::Ok, "");
    shop.quotes().create_index(index(doc! { "x": 1 }, "x_1")).await.unwrap();
    let checked = gate(&shop.target, &migration, &set, &settings).await.unwrap();
    assert_refused(&checked, "approved plan", "it is");
}

#[tokio::test]
async fn users_who_may_only_look_run_it_and_hear_what_they_may_not() {
    let options = ReplicaSetOptions { auth: Auth::On, ..ReplicaSetOptions::default() };
    let server = ReplicaSet::start(options).await.unwrap();
    fill(&server.client().await.unwrap().database("shop")).await;
    let as_user = async |name: &str, roles: &[(&str, &str)]| -> Target {
        connect(&server.create_user(name, "secret", roles).await.unwrap(), "shop").await
    };
    let looker = as_user("looker", &[("read", "shop"), ("clusterMonitor", "admin")]).await;
    let migration = migration(TEN);
    let checked = ask(&looker, &migration, CheckSettings::default()).await;
    assert_refused(&checked, "privileges", "looker may not");
    assert_eq!(checked.tally.refusals, 1, "{:#?}", checked.answers);
    assert!(checked.answers.iter().all(|answer| !answer.evidence.contains("unknown")));
    assert_eq!(checked.plan.documents(), Some(90));

    let reader = as_user("reader", &[("read", "shop")]).await;
    let checked = ask(&reader, &migration, CheckSettings::default()).await;
    for name in ["majority", "oplog window", "operations"] {
        assert_answer(&checked, name, Verdict::Warning, "role clusterMonitor");
    }
    assert_refused(&checked, "limits", "needs the privilege serverStatus");
    let limits = Limits { lag_seconds_max: None, cache_dirty_percent_max: None, queue_max: None };
    let checked =
        ask(&reader, &migration, CheckSettings { limits, ..CheckSettings::default() }).await;
    assert_answer(&checked, "limits", Verdict::Ok, "switched off");
    assert_eq!(checked.plan.documents(), Some(90));

    let worker = as_user(
        "worker",
        &[("readWrite", "shop"), ("dbAdmin", "shop"), ("clusterMonitor", "admin")],
    )
    .await;
    let checked = ask(&worker, &migration, CheckSettings::default()).await;
    assert_answer(&checked, "privileges", Verdict::Ok, "worker may do all of it");
    assert!(!checked.refuses(), "{:#?}", checked.answers);
}

#[tokio::test]
async fn without_a_primary_it_is_refused_in_words() {
    let options = ReplicaSetOptions { members: 3, ..ReplicaSetOptions::default() };
    let server = ReplicaSet::start(options).await.unwrap();
    fill(&server.client().await.unwrap().database("shop")).await;
    let target = connect(&server.uri(), "shop").await;
    let migration = migration(TEN);
    let checked = ask(&target, &migration, CheckSettings::default()).await;
    assert_answer(&checked, "majority", Verdict::Ok, "3 of 3");

    let primary = server.primary().await.unwrap();
    for member in (0..3).filter(|member| *member != primary) {
        server.kill(member).unwrap();
    }
    let set = MigrationSet::default();
    // The primary that lost its majority serves for some more seconds, until it steps down.
    // That may show anywhere in the middle, and is refused there as well.
    let first = loop {
        match gate(&target, &migration, &set, &CheckSettings::default()).await {
            Ok(_) => {}
            Err(failure) => break failure,
        }
    };
    assert_eq!(first.outcome, Outcome::Refused, "{first:?}");
    let failure = gate(&target, &migration, &set, &CheckSettings::default()).await.err().unwrap();
    assert_eq!(failure.outcome, Outcome::Refused, "{failure:?}");
    assert!(failure.message.contains("answers as a secondary"), "{failure:?}");
    assert!(failure.hint.is_some());
}

#[tokio::test]
async fn leave_to_replace_an_index_makes_it_a_warning() {
    let shop = Shop::new().await;
    let taken = index(doc! { "leadName": 1 }, "selected_events_event_id_idx");
    shop.quotes().create_index(taken).await.unwrap();
    let plan = PlanOptions { replace_index: causeway_core::plan::ReplaceIndex::Allow };
    let checked =
        shop.check_with(&migration(TEN), CheckSettings { plan, ..CheckSettings::default() }).await;
    assert_answer(&checked, "rival index", Verdict::Warning, "made again by down");
    assert!(!checked.refuses());
}

#[tokio::test]
async fn an_index_being_built_refuses_on_the_collection_and_warns_beside_it() {
    let server = ReplicaSet::start(ReplicaSetOptions::default()).await.unwrap();
    let client = server.client().await.unwrap();
    fill(&client.database("shop")).await;
    client.database("shop").collection("events").insert_one(doc! { "a": 1 }).await.unwrap();
    let target = connect(&server.uri(), "shop").await;
    for (collection, verdict) in [("quotes", Verdict::Refuses), ("events", Verdict::Warning)] {
        let hang = FailPoint::named("hangAfterStartingIndexBuild").on(&client).await.unwrap();
        let building = client.database("shop").collection::<Document>(collection);
        let build = tokio::spawn(async move {
            building.create_index(index(doc! { "a": 1 }, "a_1")).await.unwrap();
        });
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let checked = ask(&target, &migration(TEN), CheckSettings::default()).await;
        hang.off().await.unwrap();
        build.await.unwrap();
        assert_answer(&checked, "operations", verdict, &format!("on {collection}"));
    }
}

#[tokio::test]
async fn an_election_while_the_connection_is_watched_is_noticed() {
    let options = ReplicaSetOptions { members: 3, ..ReplicaSetOptions::default() };
    let server = ReplicaSet::start(options).await.unwrap();
    fill(&server.client().await.unwrap().database("shop")).await;
    let target = connect(&server.uri(), "shop").await;
    let (migration, set) = (migration(TEN), MigrationSet::default());
    let settings = CheckSettings::default();
    let questions =
        Questions { target: &target, migration: &migration, set: &set, settings: &settings };
    let mut answers = Vec::new();
    let election = async {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        server.step_down().await.unwrap();
    };
    let _ = tokio::join!(questions.answer_all(|answer| answers.push(answer.clone())), election);
    let connection = answers.iter().find(|answer| answer.check == "connection").unwrap();
    assert_eq!(connection.answer, Verdict::Refuses, "{connection:#?}");
}
