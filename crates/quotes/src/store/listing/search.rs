//! Searching: a reference or an id first, else words.

use std::time::Duration;

use bson::{Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt as _;
use mongodb::options::Hint;

use super::{
    bad_cursor,
    cursor::{Cursor, Fingerprint},
    index::Index,
    indexes::Present,
    page::{Listed, Tried},
    projection::projection,
    totals::Matching,
    wanted::{Sort, Wanted},
    words::Words,
};
use crate::{
    failure::Failure,
    store::{Fault, Store},
};

/// More results than these nobody looks through: a search with another word is better.
const RESULTS_MAX: usize = 500;
/// So long a word is looked up in its index, and so many are.
const WORD_TIME_MAX: Duration = Duration::from_millis(150);
const WORDS_LOOKED_UP_MAX: usize = 3;
/// So long quotes are looked at one by one.
const WALK_TIME_MAX: Duration = Duration::from_millis(1_500);

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
            match self.named(&wanted.filter.query(), text, present).await? {
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
        let by_index = present.name(Index::Words).is_some();
        let walk = Walk::of(wanted, present);
        let (query, found) = if by_index {
            self.by_words(wanted, &words, (&walk, offset)).await?
        } else {
            let query = query(wanted, words.by_looking());
            (query.clone(), self.matching(wanted, query, (Some(&walk), offset)).await?)
        };
        Ok(found.map(|found| Listed {
            sorted_by_age: !by_index && walk.sort != wanted.sort,
            matching: Matching::of_query(query),
            ..page(wanted, found, (offset, &list))
        }))
    }

    /// A rare word is found by its index. Of frequent ones it would read too much; but then quotes that
    /// have them are met soon when one looks at all of them in the wanted order.
    async fn by_words(
        &self,
        wanted: &Wanted,
        words: &Words,
        (walk, offset): (&Walk, usize),
    ) -> Result<(Document, Found), Failure> {
        let mut first = None;
        for rare in words.by_index().into_iter().take(WORDS_LOOKED_UP_MAX) {
            let rare = query(wanted, rare);
            let found = self.matching(wanted, rare.clone(), (None, offset)).await?;
            let is_frequent = found.as_ref().is_err_and(Fault::is_out_of_time);
            if !is_frequent || walk.sort != wanted.sort {
                return Ok((rare, found));
            }
            first.get_or_insert(rare);
        }
        let looked = query(wanted, words.by_looking());
        let found = self.matching(wanted, looked.clone(), (Some(walk), offset)).await?;
        Ok((first.unwrap_or(looked), found))
    }

    async fn matching(
        &self,
        wanted: &Wanted,
        query: Document,
        (walk, offset): (Option<&Walk>, usize),
    ) -> Result<Found, Failure> {
        let quotes = self.raw_quotes();
        let find = quotes
            .find(query)
            .projection(projection())
            .skip(offset as u64)
            .limit(i64::try_from(wanted.limit + 1).unwrap_or(i64::MAX));
        let find = match walk {
            None => find.sort(sorted(wanted.sort, wanted)).max_time(WORD_TIME_MAX),
            Some(walk) => find
                .sort(sorted(walk.sort, wanted))
                .hint(Hint::Name(walk.index.clone()))
                .max_time(WALK_TIME_MAX),
        };
        let read = async { find.await?.try_collect().await };
        Ok(self.attempt("search for quotes", read).await?.map_err(Fault::of))
    }
}

/// An index that has the quotes in an order.
struct Walk {
    index: String,
    sort: Sort,
}

impl Walk {
    /// In the wanted order if that can be.
    fn of(wanted: &Wanted, present: &Present) -> Self {
        // The others leave quotes out, or order texts in another way.
        let whole = |index: &Index| !matches!(index, Index::Destination | Index::Deleted);
        let serving = Index::serving(&wanted.filter, wanted.sort).into_iter().filter(whole);
        let mut there = serving.filter_map(|index| Some((index, present.name(index)?.to_owned())));
        match there.next() {
            Some((index, name)) if index != Index::Id => Self { index: name, sort: wanted.sort },
            _ => Self { index: "_id_".to_owned(), sort: Sort::Created },
        }
    }
}

type Found = Result<Vec<RawDocumentBuf>, Fault>;

fn query(wanted: &Wanted, words: Document) -> Document {
    let mut query = wanted.filter.query();
    query.extend(words);
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
