//! Searching: a reference or an id first, else words.

use bson::{Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt as _;
use mongodb::options::Hint;

use super::{
    LIST_TIME_MAX, bad_cursor,
    cursor::{Cursor, Fingerprint},
    index::Index,
    indexes::Present,
    page::{Listed, Tried},
    projection::projection,
    totals::Matching,
    wanted::{Sort, Wanted},
    words::Words,
};
use crate::store::{Fault, Store};

/// More results than these nobody looks through: a search with another word is better.
const RESULTS_MAX: usize = 500;

impl Store {
    pub(super) async fn search(&self, wanted: &Wanted, text: &str, present: &Present) -> Tried {
        let list = Fingerprint::of(&doc! {
            "search": text,
            "filter": wanted.filter.query(),
            "order": format!("{:?} {:?}", wanted.sort, wanted.order),
        });
        let offset = match wanted.cursor.as_deref().map(|text| Cursor::read(text, &list)) {
            None => 0,
            Some(Ok(Cursor::Offset(offset))) if offset < RESULTS_MAX => offset,
            Some(_) => return Err(bad_cursor()),
        };
        if offset == 0 {
            match self.named(wanted, text, present).await? {
                Ok(named) if named.is_empty() => {}
                Ok(named) => {
                    let matching = Matching::of_these(&named);
                    return Ok(Ok(Listed { quotes: named, matching, ..Listed::default() }));
                }
                Err(fault) => return Ok(Err(fault)),
            }
        }
        let words = Words::of(text);
        if words.is_empty() {
            return Ok(Ok(Listed { matching: Matching::of_these(&[]), ..Listed::default() }));
        }
        let by_words = present.name(Index::Words).is_some();
        let query = query(wanted, &words, by_words);
        let sort = if by_words { wanted.sort } else { Sort::Created };
        let quotes = self.raw_quotes();
        let mut find = quotes
            .find(query.clone())
            .projection(projection())
            .sort(sorted(sort, wanted))
            .skip(offset as u64)
            .limit(i64::try_from(wanted.limit + 1).unwrap_or(i64::MAX))
            .max_time(LIST_TIME_MAX);
        if !by_words {
            find = find.hint(Hint::Name("_id_".to_owned()));
        }
        let read = async { find.await?.try_collect().await };
        let found = self.attempt("search for quotes", read).await?.map_err(Fault::of);
        Ok(found.map(|found| Listed {
            sorted_by_age: sort != wanted.sort,
            matching: Matching::of_query(query),
            ..page(wanted, found, (offset, &list))
        }))
    }
}

fn query(wanted: &Wanted, words: &Words, by_words: bool) -> Document {
    let mut query = wanted.filter.query();
    if by_words {
        query.insert("$text", words.query());
    } else {
        query.insert("$and", words.pattern());
    }
    query
}

/// The id makes the order whole: a page begins where the one before it ended.
fn sorted(sort: Sort, wanted: &Wanted) -> Document {
    let mut sorted = doc! { sort.field(): wanted.order.sign() };
    sorted.insert("_id", wanted.order.sign());
    sorted
}

fn page(
    wanted: &Wanted,
    mut found: Vec<RawDocumentBuf>,
    (offset, list): (usize, &Fingerprint),
) -> Listed {
    let more = found.len() > wanted.limit;
    found.truncate(wanted.limit);
    let after = offset + found.len();
    let at = |offset| Cursor::Offset(offset).write(list);
    Listed {
        next: (more && after < RESULTS_MAX).then(|| at(after)),
        previous: (offset > 0).then(|| at(offset.saturating_sub(wanted.limit))),
        cut: more && after >= RESULTS_MAX,
        quotes: found,
        ..Listed::default()
    }
}
