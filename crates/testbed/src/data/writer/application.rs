//! The loop of the old application.

use std::{sync::atomic::Ordering, time::Duration};

use anyhow::{Context as _, Result};
use bson::{Bson, DateTime, Document, RawBson, RawDocumentBuf, doc, oid::ObjectId, rawdoc};
use futures_util::TryStreamExt as _;
use mongodb::{
    Client, Collection,
    error::{Error, ErrorKind, WriteFailure},
    options::WriteConcern,
};

use super::{EditStyle, Kind, Rejected, Signals, Tally, Write, WriterOptions};
use crate::data::{
    chance::{Chance, Purpose},
    typical::typical,
};

/// So many quotes that were there before are candidates for edits.
const KNOWN_MAX: i32 = 5_000;
/// Its quotes have numbers of their own, far above those of any set.
const FIRST_NUMBER: u64 = 10_000_000;

struct Application<'a> {
    quotes: Collection<RawDocumentBuf>,
    options: &'a WriterOptions,
    signals: &'a Signals,
    chance: Chance,
    /// Ids to edit or delete. One whose state is uncertain is left alone, so that at the end only
    /// its last write is in doubt.
    known: Vec<Bson>,
    number: u64,
    tally: Tally,
}

/// Works until told to stop.
pub(super) async fn run(
    uri: &str,
    database: &str,
    options: &WriterOptions,
    signals: &Signals,
) -> Result<Tally> {
    let client = Client::with_uri_str(uri).await.context("make the writer's client")?;
    // Only what a majority has survives a failover, so only that counts as acknowledged.
    let majority = mongodb::options::CollectionOptions::builder()
        .write_concern(WriteConcern::majority())
        .build();
    let quotes = client.database(database).collection_with_options("quotes", majority);
    let mut application = Application {
        known: known(&quotes).await?,
        quotes,
        options,
        signals,
        chance: Chance::new(Purpose::Writer, options.seed, 0),
        number: FIRST_NUMBER,
        tally: Tally::default(),
    };
    let pause = Duration::from_secs(1) / options.per_second.max(1);
    let mut ticks = tokio::time::interval(pause);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !signals.stop.load(Ordering::Relaxed) {
        ticks.tick().await;
        application.write().await;
    }
    Ok(application.tally)
}

async fn known(quotes: &Collection<RawDocumentBuf>) -> Result<Vec<Bson>> {
    let pipeline = [doc! { "$sample": { "size": KNOWN_MAX } }, doc! { "$project": { "_id": 1 } }];
    let cursor = quotes.aggregate(pipeline).await.context("sample quotes")?;
    let samples: Vec<Document> = cursor.try_collect().await.context("sample quotes")?;
    Ok(samples.into_iter().filter_map(|mut sample| sample.remove("_id")).collect())
}

impl Application<'_> {
    async fn write(&mut self) {
        self.number += 1;
        let dice = u32::try_from(self.chance.between(0, 99)).unwrap_or_default();
        if dice < self.options.insert_percent || self.known.is_empty() {
            self.insert().await;
        } else {
            let last = i32::try_from(self.known.len() - 1).unwrap_or(i32::MAX);
            let at = usize::try_from(self.chance.between(0, last)).unwrap_or_default();
            let id = self.known.swap_remove(at);
            if dice < self.options.insert_percent + self.options.delete_percent {
                self.delete(id).await;
            } else {
                self.edit(id).await;
            }
        }
    }

    async fn insert(&mut self) {
        let id = ObjectId::new();
        let notes = format!("inserted {}", self.number);
        let mut draft = typical(self.options.seed, self.number).document;
        draft.set("_id", id);
        draft.set("internalNotes", notes.as_str());
        // The old application does not know that field.
        draft.remove("selectedEvents");
        let result = self.quotes.insert_one(draft.finish()).await;
        let write = Write::now(Kind::Insert, id.into(), doc! { "internalNotes": notes });
        self.settle(write, result.map(drop));
    }

    async fn delete(&mut self, id: Bson) {
        let result = self.quotes.delete_one(filter(&id)).await;
        self.settle(Write::now(Kind::Delete, id, Document::new()), result.map(drop));
    }

    async fn edit(&mut self, id: Bson) {
        // Reading changes nothing: when it fails, or the quote is gone, another is edited next.
        let Ok(Some(quote)) = self.quotes.find_one(filter(&id)).await else {
            self.known.push(id);
            return;
        };
        let notes = format!("edited {}", self.number);
        let changes = rawdoc! { "internalNotes": notes.as_str(), "updatedAt": DateTime::now() };
        let result = match self.options.edits {
            EditStyle::Set => {
                let update = doc! { "$set": to_document(&changes), "$inc": { "__v": 1 } };
                self.quotes.update_one(filter(&id), update).await
            }
            EditStyle::Replace => {
                self.quotes.replace_one(filter(&id), replaced(&quote, &changes)).await
            }
        };
        // When nothing matched, somebody else deleted it between the two.
        if !matches!(&result, Ok(result) if result.matched_count == 0) {
            let write = Write::now(Kind::Edit, id, doc! { "internalNotes": notes });
            self.settle(write, result.map(drop));
        }
    }

    fn settle(&mut self, write: Write, result: Result<(), Error>) {
        match result {
            Ok(()) => {
                if write.kind != Kind::Delete {
                    self.known.push(write.id.clone());
                }
                self.tally.acknowledged.push(write);
                self.signals.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => match rejection(&error) {
                Some(code) => {
                    if write.kind != Kind::Insert {
                        self.known.push(write.id.clone());
                    }
                    self.tally.rejected.push(Rejected { write, code, details: details(&error) });
                }
                None => self.tally.uncertain.push(write),
            },
        }
    }
}

/// The code of an error that says for certain that nothing was written.
fn rejection(error: &Error) -> Option<i32> {
    match error.kind.as_ref() {
        ErrorKind::Write(WriteFailure::WriteError(error)) => Some(error.code),
        _ => None,
    }
}

fn filter(id: &Bson) -> Document {
    // `$eq`, because the id of some quotes is a document, which could be read as operators.
    doc! { "_id": { "$eq": id } }
}

fn to_document(raw: &RawDocumentBuf) -> Document {
    Document::try_from(raw.clone()).expect("this document was made here")
}

/// `quote` with `changes`: in the place of the fields of those names, new ones at the end.
fn replaced(quote: &RawDocumentBuf, changes: &RawDocumentBuf) -> RawDocumentBuf {
    let value_in = |document: &RawDocumentBuf, name: &str| {
        document.get(name).ok().flatten().map(RawBson::from)
    };
    let mut replacement = RawDocumentBuf::new();
    for (name, value) in quote.iter().flatten() {
        let value = value_in(changes, name.as_str()).unwrap_or_else(|| value.into());
        replacement.append(name, value);
    }
    for (name, value) in changes.iter().flatten() {
        if value_in(quote, name.as_str()).is_none() {
            replacement.append(name, value);
        }
    }
    replacement
}

/// What the server said of a refusal beside its code.
fn details(error: &Error) -> String {
    match error.kind.as_ref() {
        ErrorKind::Write(WriteFailure::WriteError(refused)) => {
            refused.details.as_ref().map_or_else(String::new, ToString::to_string)
        }
        _ => String::new(),
    }
}
