//! One page of a list.

use bson::{Bson, Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt as _;
use mongodb::{Collection, options::Hint};

use super::{
    LIST_TIME_MAX, QUOTES, bad_cursor,
    cursor::{Cursor, Fingerprint},
    projection::{KEY, projection_with_key},
    scan::Scan,
    too_broad,
    totals::Matching,
    wanted::Wanted,
};
use crate::{
    failure::Failure,
    store::{Fault, Store},
};

/// The hint names no index, or the bounds are none of it.
const BAD_VALUE: i32 = 2;

/// A page of quotes, as far as a list shows them.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    /// Their documents without what lists don't show, and of long arrays the beginning.
    pub quotes: Vec<RawDocumentBuf>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// Where the page before it begins.
    pub previous: Option<String>,
    /// They are sorted by age, because the index for the wanted order is not there yet.
    pub sorted_by_age: bool,
    /// There are more, but so many that nobody would read them: only the first are shown.
    pub cut: bool,
    /// All that match, to be counted.
    pub matching: Matching,
}

/// A page, or why the server did not find it.
pub(super) type Tried = Result<Result<Listed, Fault>, Failure>;

impl Store {
    /// A page of a list.
    ///
    /// # Errors
    ///
    /// 422 when the cursor is none of this list or too many quotes would have to be looked at; 503
    /// without a database.
    pub async fn list_quotes(&self, wanted: &Wanted) -> Result<Listed, Failure> {
        match self.list_once(wanted).await? {
            Ok(listed) => Ok(listed),
            Err(fault) if fault.code() == Some(BAD_VALUE) => {
                // An index that was there is gone, or somebody made up a cursor.
                self.lists.forget();
                self.list_once(wanted).await?.map_err(|fault| refusal(fault, wanted))
            }
            Err(fault) => Err(refusal(fault, wanted)),
        }
    }

    async fn list_once(&self, wanted: &Wanted) -> Tried {
        let present = self.list_indexes_present().await?;
        match wanted.search.as_deref() {
            Some(text) => self.search(wanted, text, &present).await,
            None => self.scan(wanted, &Scan::of(wanted, &present)).await,
        }
    }

    async fn scan(&self, wanted: &Wanted, scan: &Scan) -> Tried {
        let list = Fingerprint::of(&doc! {
            "index": scan.fields().collect::<Vec<_>>(),
            "filter": &scan.filter,
            "order": format!("{:?}", wanted.order),
        });
        let cursor = wanted.cursor.as_deref().map(|text| Cursor::read(text, &list)).transpose()?;
        let (from, backwards) = match cursor {
            None => (None, false),
            Some(Cursor::After(key)) => (Some(key), false),
            Some(Cursor::Before(key)) => (Some(key), true),
            Some(Cursor::Offset(_)) => return Err(bad_cursor()),
        };
        if from.as_ref().is_some_and(|key| !scan.fields().eq(key.keys())) {
            return Err(bad_cursor());
        }
        let read = self.walk(wanted, scan, (from.as_ref(), backwards)).await?;
        Ok(read.map(|found| page(wanted, scan, (from, backwards), (found, &list))))
    }

    /// Reads from a key on: one quote more than wanted, which tells whether there is another page, and
    /// perhaps the one with the key itself.
    async fn walk(
        &self,
        wanted: &Wanted,
        scan: &Scan,
        (from, backwards): (Option<&Document>, bool),
    ) -> Result<Result<Vec<RawDocumentBuf>, Fault>, Failure> {
        let walk = scan.walk(from, backwards);
        let limit = i64::try_from(wanted.limit + 2).unwrap_or(i64::MAX);
        let quotes = self.raw_quotes();
        let mut find = quotes
            .find(scan.filter.clone())
            .projection(projection_with_key())
            .hint(Hint::Name(scan.name.clone()))
            .min(walk.min)
            .max(walk.max)
            .limit(limit)
            .batch_size(u32::try_from(limit).unwrap_or(u32::MAX))
            .max_time(LIST_TIME_MAX);
        if let Some(sort) = walk.sort {
            find = find.sort(sort);
        }
        if let Some(collation) = scan.collation() {
            find = find.collation(collation);
        }
        let read = async { find.await?.try_collect().await };
        Ok(self.attempt("list quotes", read).await?.map_err(Fault::of))
    }

    /// The quotes as bytes.
    pub(in crate::store) fn raw_quotes(&self) -> Collection<RawDocumentBuf> {
        self.database().collection(QUOTES)
    }
}

fn page(
    wanted: &Wanted,
    scan: &Scan,
    (from, backwards): (Option<Document>, bool),
    (mut found, list): (Vec<RawDocumentBuf>, &Fingerprint),
) -> Listed {
    let reached = from.as_ref().and_then(|key| key.get("_id"));
    // The first bound is part of a walk, and was on the page before.
    if let Some(at) = found.iter().position(|quote| Some(&value(quote, "_id")) == reached) {
        found.drain(..=at);
    }
    let more = found.len() > wanted.limit;
    found.truncate(wanted.limit);
    if backwards {
        found.reverse();
    }
    let key = |quote: &RawDocumentBuf| key_of(quote, scan);
    let after = found.last().map(|last| Cursor::After(key(last)).write(list));
    let before = found.first().map(|first| Cursor::Before(key(first)).write(list));
    let (has_next, has_previous) = if backwards { (true, more) } else { (more, from.is_some()) };
    Listed {
        next: after.filter(|_| has_next),
        previous: before.filter(|_| has_previous),
        sorted_by_age: scan.is_by_age_instead_of(wanted.sort),
        cut: false,
        matching: Matching::of_scan(scan, wanted),
        quotes: found,
    }
}

/// The key under which the walk met a document.
fn key_of(quote: &RawDocumentBuf, scan: &Scan) -> Document {
    let met = quote.get_document(KEY).ok().and_then(|key| Document::try_from(key).ok());
    match met {
        Some(key) if scan.collation().is_none() => key,
        // There the index has no longer the values, but what they are sorted by.
        _ => scan.key(|field| value(quote, field)),
    }
}

/// As an index has it: what is missing is null.
fn value(quote: &RawDocumentBuf, field: &str) -> Bson {
    let value = quote.get(field).ok().flatten();
    value.and_then(|value| Bson::try_from(value).ok()).unwrap_or(Bson::Null)
}

fn refusal(fault: Fault, wanted: &Wanted) -> Failure {
    if fault.is_out_of_time() {
        return too_broad(match wanted.search {
            Some(_) => "search for more or rarer words, or filter by destination, status or author",
            None => {
                "filter also by destination, status, event or author, sort by when it was updated, or \
                 by arrival when you look for certain dates"
            }
        });
    }
    if wanted.cursor.is_some() && fault.code().is_some() && !fault.is_away() {
        return bad_cursor();
    }
    fault.failure("list quotes")
}
