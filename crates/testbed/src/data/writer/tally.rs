//! What the application did, and whether it is still there.

use std::collections::HashMap;

use anyhow::{Context as _, Result};
use bson::{Bson, DateTime, Document, doc};
use futures_util::TryStreamExt as _;
use mongodb::Database;

const IDS_PER_QUERY: usize = 500;

/// What kind of write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A new quote.
    Insert,
    /// A changed one.
    Edit,
    /// A quote that should be gone.
    Delete,
}

/// One write.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// The quote's `_id`.
    pub id: Bson,
    /// What was done to it.
    pub kind: Kind,
    /// Values that it must have afterwards.
    pub fields: Document,
    /// When the answer came.
    pub at: DateTime,
}

/// A write that the server refused, unexecuted.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    /// The write.
    pub write: Write,
    /// The server's code, such as 121 for the validator.
    pub code: i32,
    /// What it said beside it: which validator.
    pub details: String,
}

/// All that a [`super::Writer`] did, in order.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// A majority has them: they must not be lost.
    pub acknowledged: Vec<Write>,
    /// The answer was lost: done or not. Each was the last that was tried on its quote.
    pub uncertain: Vec<Write>,
    /// Refused for certain.
    pub rejected: Vec<Rejected>,
}

impl Tally {
    /// The acknowledged writes that `database` does not show: of each quote the last one counts, or
    /// an uncertain one after it.
    ///
    /// # Errors
    ///
    /// When the database can't be read.
    pub async fn lost(&self, database: &Database) -> Result<Vec<Write>> {
        let mut last: HashMap<String, (&Write, Option<&Write>)> = HashMap::new();
        for write in &self.acknowledged {
            last.insert(name(&write.id), (write, None));
        }
        for write in &self.uncertain {
            if let Some((_, uncertain)) = last.get_mut(&name(&write.id)) {
                *uncertain = Some(write);
            }
        }
        let last: Vec<_> = last.into_values().collect();
        let mut lost = Vec::new();
        for some in last.chunks(IDS_PER_QUERY) {
            let present = present(database, some.iter().map(|(write, _)| *write)).await?;
            let missing = some.iter().filter(|(write, uncertain)| {
                let quote = present.get(&name(&write.id));
                !write.shows_in(quote) && !uncertain.is_some_and(|write| write.shows_in(quote))
            });
            lost.extend(missing.map(|(write, _)| (*write).clone()));
        }
        Ok(lost)
    }
}

impl Write {
    pub(super) fn now(kind: Kind, id: Bson, fields: Document) -> Self {
        Self { id, kind, fields, at: DateTime::now() }
    }

    fn shows_in(&self, quote: Option<&Document>) -> bool {
        match (self.kind, quote) {
            (Kind::Delete, quote) => quote.is_none(),
            (Kind::Insert | Kind::Edit, None) => false,
            (Kind::Insert | Kind::Edit, Some(quote)) => {
                self.fields.iter().all(|(field, value)| quote.get(field) == Some(value))
            }
        }
    }
}

/// Only what is compared: some quotes are so deep that reading them whole takes more stack than a
/// thread has.
async fn present(
    database: &Database,
    writes: impl Iterator<Item = &Write>,
) -> Result<HashMap<String, Document>> {
    let mut projection = doc! { "_id": 1 };
    let mut ids = Vec::new();
    for write in writes {
        projection.extend(write.fields.keys().map(|field| (field.clone(), Bson::Int32(1))));
        ids.push(write.id.clone());
    }
    let quotes = database.collection::<Document>("quotes");
    let found = quotes.find(doc! { "_id": { "$in": ids } }).projection(projection).await;
    let quotes: Vec<Document> =
        found.context("read quotes")?.try_collect().await.context("read quotes")?;
    Ok(quotes
        .into_iter()
        .map(|quote| (quote.get("_id").map(name).unwrap_or_default(), quote))
        .collect())
}

/// A value and its type in one, for looking up.
fn name(id: &Bson) -> String {
    format!("{id:?}")
}
