//! Together or not at all, whatever fails in the middle, and once, whatever gets lost.

use anyhow::{Context as _, Result};
use bson::{Document, doc, oid::ObjectId};
use mongodb::{Client, Database, options::ClientOptions};
use quotes::{access::Role, store::Store};
use reqwest::Method;
use serde_json::{Value, json};
use testbed::{
    FailPoint, ReplicaSet, ReplicaSetOptions,
    data::{self, Options},
};

use super::desk::QUOTES;
use crate::app::{Answered, Served, answered, following, person};

const DATABASE: &str = "agency";

/// A server of its own: fail points hit everybody on it.
pub(super) struct Failing {
    pub(super) client: Client,
    pub(super) database: Database,
    pub(super) served: Served,
    pub(super) enquiry: ObjectId,
    _server: ReplicaSet,
}

impl Failing {
    pub(super) async fn start() -> Result<Self> {
        let server = ReplicaSet::start(ReplicaSetOptions::default()).await?;
        let client = server.client().await?;
        let database = client.database(DATABASE);
        data::load(&database, &Options { quotes: 10, ..Options::default() }).await?;
        #[expect(clippy::disallowed_methods, reason = "a test's own server has no password")]
        let options = ClientOptions::parse(server.uri_for(DATABASE)).await?;
        let store = Store::new(options, DATABASE)?;
        for name in ["outbox", "quote_versions", "idempotency_keys"] {
            database.create_collection(name).await?;
        }
        let served = following(store, person(Role::Admin)).await?;
        let enquiry = database.collection::<Document>("enquiries").find_one(doc! {}).await?;
        let enquiry = enquiry.context("no enquiry")?.get_object_id("_id")?;
        Ok(Self { client, database, served, enquiry, _server: server })
    }

    pub(super) async fn create(&self, key: &str) -> Result<Answered> {
        self.create_for(self.enquiry, key).await
    }

    pub(super) async fn create_for(&self, enquiry: ObjectId, key: &str) -> Result<Answered> {
        let draft = json!({
            "enquiryId": enquiry.to_hex(), "leadName": "Greta Example",
            "hotelName": "Hotel Example", "numberOfPeople": 10, "numberOfRooms": 5,
            "numberOfNights": 2, "arrivalDate": "2090-05-12", "whatsIncluded": "Breakfast",
            "basePrice": 970,
        });
        self.post(QUOTES, key, draft).await
    }

    async fn post(&self, path: &str, key: &str, body: Value) -> Result<Answered> {
        let request = self.served.request(Method::POST, path);
        answered(request.header("idempotency-key", key).json(&body)).await
    }

    /// How many quotes, log entries, kept answers, mails and kept versions there are, and the enquiry.
    pub(super) async fn all(&self) -> Result<([u64; 5], Option<Document>)> {
        let mut counts = [0; 5];
        let names = ["quotes", "auditlogs", "idempotency_keys", "outbox", "quote_versions"];
        for (count, name) in counts.iter_mut().zip(names) {
            *count = self.database.collection::<Document>(name).count_documents(doc! {}).await?;
        }
        let enquiries = self.database.collection::<Document>("enquiries");
        Ok((counts, enquiries.find_one(doc! { "_id": self.enquiry }).await?))
    }

    /// One command on one collection fails.
    pub(super) fn failing(&self, command: &str, collection: &str) -> FailPoint {
        let point = FailPoint::fail_command([command]).app_name("quotes");
        match collection {
            "" => point,
            name => point.data(doc! { "namespace": format!("{DATABASE}.{name}") }),
        }
    }
}

#[tokio::test]
async fn what_fails_in_the_middle_leaves_nothing() -> Result<()> {
    const UNAUTHORIZED: i32 = 13;
    let failing = Failing::start().await?;
    let before = failing.all().await?;
    for (command, collection) in [
        ("insert", "quotes"),
        ("insert", "auditlogs"),
        ("insert", "idempotency_keys"),
        ("update", "enquiries"),
        ("commitTransaction", ""),
    ] {
        let point = failing.failing(command, collection).error_code(UNAUTHORIZED);
        let point = point.on(&failing.client).await?;
        let refused = failing.create("key").await?;
        assert!(point.off().await? > 0, "{command} {collection} was never sent");
        assert_eq!(refused.refusal(), (500, "INTERNAL_ERROR"), "{command} {collection}");
        assert_eq!(failing.all().await?, before, "{command} {collection}");
    }
    let made = failing.create("key").await?;
    let path = format!("{QUOTES}/{}", made.body["data"]["_id"].as_str().context("no id")?);
    let before = failing.all().await?;
    for (command, collection) in [
        ("findAndModify", "quotes"),
        ("update", "quote_versions"),
        ("insert", "auditlogs"),
        ("insert", "outbox"),
        ("commitTransaction", ""),
    ] {
        let point = failing.failing(command, collection).error_code(UNAUTHORIZED);
        let point = point.on(&failing.client).await?;
        let refused = failing.post(&format!("{path}/send-email"), "send", json!({})).await?;
        assert!(point.off().await? > 0, "{command} {collection} was never sent");
        assert_eq!(refused.status, 500, "{command} {collection}: {}", refused.body);
        assert_eq!(failing.all().await?, before, "{command} {collection}");
        let quotes = failing.database.collection::<Document>("quotes");
        assert_eq!(
            quotes.count_documents(doc! { "leadName": "Greta Example", "status": "sent" }).await?,
            0
        );
    }
    Ok(())
}

#[tokio::test]
async fn what_may_be_tried_again_is_and_happens_once() -> Result<()> {
    const WRITE_CONFLICT: i32 = 112;
    const NOT_REPLICATED: i32 = 64;
    let failing = Failing::start().await?;
    let conflict = |command, collection| {
        let point = failing.failing(command, collection).times(2).error_code(WRITE_CONFLICT);
        point.error_labels(["TransientTransactionError"])
    };
    let points = [
        ("a conflict", conflict("insert", "auditlogs")),
        ("a conflict at the end", conflict("commitTransaction", "")),
        ("a connection lost", failing.failing("insert", "quotes").times(1).close_connection()),
        ("a commit lost", failing.failing("commitTransaction", "").times(2).close_connection()),
        (
            "a commit whose reply says that it may not last",
            failing
                .failing("commitTransaction", "")
                .times(2)
                .write_concern_error(NOT_REPLICATED, "late"),
        ),
    ];
    for (number, (what, point)) in points.into_iter().enumerate() {
        let before = failing.all().await?.0;
        let point = point.on(&failing.client).await?;
        let made = failing.create(&format!("key {number}")).await?;
        assert!(point.off().await? > 0, "{what} never happened");
        assert_eq!(made.status, 201, "{what}: {}", made.body);
        let after = failing.all().await?.0;
        let grown: Vec<u64> =
            after.iter().zip(before).map(|(after, before)| after - before).collect();
        assert_eq!(grown, [1, 1, 1, 0, 0], "{what}");
        let again = failing.create(&format!("key {number}")).await?;
        assert_eq!(again.body, made.body, "{what}");
        assert_eq!(failing.all().await?.0, after, "{what}");
    }
    Ok(())
}

/// Whoever hangs up has either all of it or nothing; here it is all, because it was begun.
#[tokio::test]
async fn a_client_that_hangs_up_stops_nothing_half_way() -> Result<()> {
    let failing = Failing::start().await?;
    let before = failing.all().await?.0;
    let slow = failing.failing("insert", "auditlogs").times(1).block_millis(1_000);
    let slow = slow.on(&failing.client).await?;
    let hung_up =
        tokio::time::timeout(std::time::Duration::from_millis(500), failing.create("key"));
    assert!(hung_up.await.is_err(), "it was done before anybody could hang up");
    for _ in 0..100 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        if failing.all().await?.0 != before {
            break;
        }
    }
    assert_eq!(slow.off().await?, 1);
    let after = failing.all().await?.0;
    assert_eq!((after[0], after[1], after[2]), (before[0] + 1, before[1] + 1, before[2] + 1));
    Ok(())
}

/// It begins after a write was let in, and before it is done.
#[tokio::test]
async fn maintenance_that_begins_meanwhile_is_noticed_before_the_commit() -> Result<()> {
    let failing = Failing::start().await?;
    let before = failing.all().await?;
    let slow = failing.failing("insert", "auditlogs").times(1).block_millis(2_000);
    let slow = slow.on(&failing.client).await?;
    let states = failing.database.collection::<Document>("causeway_state");
    let (refused, switched) = tokio::join!(failing.create("key"), async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let on = doc! { "_id": "maintenance", "on": true, "message": "We upgrade.", "scope": ["quotes"] };
        states.insert_one(on).await
    });
    switched?;
    let refused = refused?;
    assert_eq!(slow.off().await?, 1);
    assert_eq!(refused.refusal(), (503, "MAINTENANCE"));
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(failing.all().await?, before);
    Ok(())
}
