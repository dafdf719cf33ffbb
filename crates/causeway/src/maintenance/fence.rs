//! The fence: the database itself refuses inserts and updates, whoever sends them.
//!
//! Each collection's validator is replaced by one that nothing satisfies. Causeway's own writes
//! bypass validation. What stood there before is kept in the database before anything is replaced,
//! and comes back when the fence is lifted, also after a kill. Deletes pass.

use bson::spec::BinarySubtype;
use bson::{
    Binary, Bson, DateTime, Document, RawBsonRef, RawDocument, RawDocumentBuf, doc, rawdoc,
};
use causeway_core::backup::manifest::hex;
use causeway_core::lease::FENCE_ID as ID;
use mongodb::Collection;

use super::since_words;
use crate::context::Context;
use crate::failure::{Attempt, Failure, Result};
use crate::inventory::collections::raw_cursor;
use crate::lease::{self, Lease};
use crate::steps::coll_mod::{Change, coll_mod};
use crate::target::Target;

mod seen_through;

pub(crate) use seen_through::{listed, replace_former};

/// What people see in the server's refusal, from 5.0 on.
const TITLE: &str = "fenced by causeway for maintenance";
/// The same.
const DESCRIPTION: &str = "lift it with: causeway maintenance off";

/// A fence that stands, or that somebody was about to raise or to lift.
#[derive(Debug, Clone, PartialEq)]
pub struct Fence {
    /// Since when.
    pub since: DateTime,
    /// Who raised it.
    pub by: String,
    /// On which machine.
    pub host: String,
    /// What it replaced.
    pub collections: Vec<Fenced>,
}

/// One collection behind the fence.
#[derive(Debug, Clone, PartialEq)]
pub struct Fenced {
    /// Its name.
    pub name: String,
    /// Its UUID, in hexadecimal digits: another collection of that name is not fenced.
    pub uuid: String,
    /// All of its options, as they were.
    pub options: RawDocumentBuf,
}

impl Fence {
    /// `a fence stands since …, raised by ann on db-admin: the database refuses inserts and updates of quotes`.
    #[must_use]
    pub fn words(&self, now: DateTime) -> String {
        let names: Vec<&str> = self.collections.iter().map(|it| it.name.as_str()).collect();
        format!(
            "a fence stands since {}, raised by {} on {}: the database refuses inserts and updates of {}",
            since_words(self.since, now),
            self.by,
            self.host,
            names.join(", ")
        )
    }

    fn of_document(document: &Document) -> Option<Self> {
        let word = |key: &str| document.get_str(key).unwrap_or("?").to_owned();
        let collections = document.get_array("collections").ok()?.iter();
        Some(Self {
            since: document.get_datetime("since").ok().copied().unwrap_or(DateTime::now()),
            by: word("by"),
            host: word("host"),
            collections: collections
                .map(|it| Fenced::of_document(it.as_document()?))
                .collect::<Option<_>>()?,
        })
    }
}

impl Fenced {
    fn of_document(document: &Document) -> Option<Self> {
        Some(Self {
            name: document.get_str("name").ok()?.to_owned(),
            uuid: document.get_str("uuid").ok()?.to_owned(),
            options: RawDocumentBuf::from_bytes(
                document.get_binary_generic("options").ok()?.clone(),
            )
            .ok()?,
        })
    }

    fn document(&self) -> Document {
        // As bytes: a validator that is written back must be the same to the byte.
        let bytes = self.options.as_bytes().to_vec();
        let options = Binary { subtype: BinarySubtype::Generic, bytes };
        doc! { "name": &self.name, "uuid": &self.uuid, "options": options }
    }
}

fn locks(target: &Target) -> Collection<Document> {
    target.database.collection(lease::COLLECTION)
}

/// The validator that nothing satisfies.
fn validator() -> RawDocumentBuf {
    rawdoc! { "$jsonSchema": { "title": TITLE, "description": DESCRIPTION, "not": {} } }
}

/// Whether options are those of a fenced collection.
fn is_fenced(options: &RawDocument) -> bool {
    let fence = validator();
    matches!(options.get("validator"), Ok(Some(RawBsonRef::Document(present)))
        if present.as_bytes() == fence.as_bytes())
}

/// The fence; none where there is none.
///
/// # Errors
/// When the database can't be read, or what it keeps can't be understood.
pub async fn read(target: &Target) -> Result<Option<Fence>> {
    let reading = || "read what the fence replaced".to_owned();
    let found = locks(target).find_one(doc! { "_id": ID }).await.attempt(reading)?;
    let Some(found) = found else { return Ok(None) };
    let fence = Fence::of_document(&found).ok_or_else(|| {
        Failure::unexpected("what the fence replaced can't be understood").hint(format!(
            "look at the document {{ _id: \"{ID}\" }} of {}: a newer version of causeway may have written it",
            lease::COLLECTION
        ))
    })?;
    Ok((!fence.collections.is_empty()).then_some(fence))
}

/// A collection as the server has it.
struct Found {
    uuid: String,
    options: RawDocumentBuf,
    is_plain: bool,
}

async fn find(target: &Target, name: &str) -> Result<Option<Found>> {
    let command = doc! { "listCollections": 1, "filter": { "name": name }, "cursor": {} };
    let found = raw_cursor(target, command, "listCollections").await?;
    Ok(found.first().map(|found| {
        let uuid = found.get_document("info").ok().and_then(|info| info.get_binary("uuid").ok());
        Found {
            uuid: uuid.map(|uuid| hex(uuid.bytes)).unwrap_or_default(),
            options: found.get_document("options").map(RawDocument::to_owned).unwrap_or_default(),
            is_plain: found.get_str("type").is_ok_and(|kind| kind == "collection"),
        }
    }))
}

/// Raises it before these collections. Those that are behind it already stay so; a former one that
/// was left half raised or half lifted is completed.
///
/// # Errors
/// Refused where there is no such collection; stopped when the server does not change one, and then
/// those changed so far stay fenced, and the same command goes on.
pub async fn raise(context: &Context, lease: &Lease, scope: &[String]) -> Result<()> {
    let target = &context.target;
    let mut kept = read(target).await?.map(|fence| fence.collections).unwrap_or_default();
    let mut to_change = Vec::new();
    for name in scope {
        let Some(found) = find(target, name).await?.filter(|found| found.is_plain) else {
            return Err(Failure::refused(format!("{name} is no collection of {}", target.name()))
                .hint("name those that are to be fenced: --scope COLLECTION"));
        };
        if is_fenced(&found.options) {
            if kept.iter().any(|it| it.name == *name && it.uuid == found.uuid) {
                continue;
            }
            return Err(Failure::refused(format!(
                "{name} is fenced, and what stood there before is not in {}",
                lease::COLLECTION
            ))
            .hint(format!("give it its validator back by hand: db.runCommand({{ collMod: \"{name}\", validator: … }})")));
        }
        kept.retain(|it| it.name != *name);
        kept.push(Fenced { name: name.clone(), uuid: found.uuid, options: found.options });
        to_change.push(name);
    }
    keep(context, lease, &kept).await?;
    for name in to_change {
        let mut fields = rawdoc! { "validationLevel": "strict", "validationAction": "error" };
        fields.append(bson::raw::cstr!("validator"), validator());
        change(context, lease, (name, fields)).await?;
    }
    Ok(())
}

/// What became of a collection when the fence was lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifted {
    /// Its name.
    pub name: String,
    /// What stands there now, in words.
    pub words: String,
    /// Whether a person should look.
    pub is_odd: bool,
}

/// Lifts it: every collection gets back what stood there before.
///
/// # Errors
/// Stopped when the server does not change one; those that are left stay fenced, and the same command
/// goes on.
pub async fn lift(context: &Context, lease: &Lease) -> Result<Vec<Lifted>> {
    let target = &context.target;
    let Some(fence) = read(target).await? else { return Ok(Vec::new()) };
    let mut lifted = Vec::new();
    for fenced in &fence.collections {
        let (words, is_odd) = match find(target, &fenced.name).await? {
            None => ("is not there any more".to_owned(), true),
            Some(found) if found.uuid != fenced.uuid => {
                ("was made anew since, and is not fenced".to_owned(), false)
            }
            Some(found) if !is_fenced(&found.options) => {
                let same = found.options == fenced.options;
                // Killed before it was raised, or after it was lifted.
                let words = if same {
                    "is as it was"
                } else {
                    "has another validator than the fence, which stays"
                };
                (words.to_owned(), !same)
            }
            Some(_) => {
                change(context, lease, (&fenced.name, former_fields(&fenced.options))).await?;
                let has = matches!(fenced.options.get("validator"), Ok(Some(_)));
                let words = if has { "has its validator again" } else { "has no validator again" };
                (words.to_owned(), false)
            }
        };
        lifted.push(Lifted { name: fenced.name.clone(), words, is_odd });
    }
    keep(context, lease, &[]).await?;
    Ok(lifted)
}

/// What `collMod` is told to bring back what stood there. Level and action that were not said are what
/// the server takes them for.
fn former_fields(options: &RawDocument) -> RawDocumentBuf {
    let word = |key: &str, default: &str| options.get_str(key).unwrap_or(default).to_owned();
    let validator = options.get_document("validator").map(RawDocument::to_owned);
    let mut fields = rawdoc! {
        "validationLevel": word("validationLevel", "strict"),
        "validationAction": word("validationAction", "error"),
    };
    fields.append(bson::raw::cstr!("validator"), validator.unwrap_or_default());
    fields
}

/// Keeps what the fence replaces, under the lease. Must be there before anything is replaced.
async fn keep(context: &Context, lease: &Lease, collections: &[Fenced]) -> Result<()> {
    let locks = locks(&context.target);
    let documents: Vec<Bson> = collections.iter().map(|it| it.document().into()).collect();
    let former = read(&context.target).await.ok().flatten();
    let since = former.map_or_else(DateTime::now, |fence| fence.since);
    let fields = doc! { "$set": { "collections": documents, "since": since,
    "by": &context.operator.name, "host": &context.operator.host } };
    let keeping = || "keep what the fence replaces".to_owned();
    lease
        .fenced(keeping, async |session| {
            let written = locks.update_one(doc! { "_id": ID }, fields.clone()).upsert(true);
            written.session(session).await.map(drop)
        })
        .await
}

async fn change(
    context: &Context,
    lease: &Lease,
    (name, fields): (&str, RawDocumentBuf),
) -> Result<()> {
    lease.prove().await?;
    let wanted = Change {
        collection: name,
        fields,
        what: "the validator",
        comment: "causeway: fence".to_owned(),
    };
    let refused =
        coll_mod((&context.target, &context.reporter), wanted, async || lease.prove().await);
    match refused.await? {
        None => Ok(()),
        Some(error) => Err(Failure::stopped(format!("failed to change the validator of {name}"))
            .because(error)
            .hint("remove the cause; the same command goes on. `causeway maintenance status` says what is fenced")),
    }
}
