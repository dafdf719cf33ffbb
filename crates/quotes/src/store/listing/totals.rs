//! What the quotes of a list add up to, as far as that is found out in a moment.

use std::{collections::BTreeMap, time::Duration};

use bson::{Bson, Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt as _;
use mongodb::options::{Collation, Hint};
use quotes_core::money::{Currency, Money};

use super::{
    QUOTES,
    index::Index,
    scan::Scan,
    wanted::{Deleted, Wanted},
};
use crate::{
    failure::Failure,
    store::{Fault, Store},
};

/// So long a program waits for sums; also what counting all quotes may take.
pub const TOTALS_TIME_MAX: Duration = Duration::from_millis(800);
/// All quotes are summed up to this number only; more would take the time and come to nothing.
const SUMMED_MAX: u64 = 50_000;
/// Nothing is sold at this price, and a hundred times it is a whole number of 64 bits.
const TOTAL_MAX: i64 = 1_000_000_000_000;

/// How to find all quotes of a list.
#[derive(Debug, Clone, Default)]
pub struct Matching {
    query: Document,
    index: Option<String>,
    collation: Option<Collation>,
    /// They are all that are not deleted.
    open: bool,
}

/// What they add up to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Totals {
    /// Whether everything was counted in time.
    pub complete: bool,
    /// How many quotes; from the collection's own count, when not everything was counted.
    pub count: Option<u64>,
    /// One for each currency.
    pub sums: Vec<Sum>,
    /// How many are in no sum, because their total or currency can't be read.
    pub unreadable: u64,
}

/// The totals of one currency.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum {
    /// In which.
    pub currency: Currency,
    /// How many quotes.
    pub count: u64,
    /// Of all of them.
    pub total: Money,
}

impl Matching {
    pub(super) fn of_scan(scan: &Scan, wanted: &Wanted) -> Self {
        Self {
            query: scan.filter.clone(),
            index: scan.narrows().then(|| scan.name.clone()),
            collation: scan.collation(),
            open: wanted.filter.is_open() && wanted.filter.deleted == Deleted::No,
        }
    }

    pub(super) fn of_query(query: Document) -> Self {
        Self { query, ..Self::default() }
    }

    pub(super) fn of_these(quotes: &[RawDocumentBuf]) -> Self {
        let ids = quotes.iter().filter_map(|quote| quote.get("_id").ok().flatten());
        let ids: Vec<Bson> = ids.filter_map(|id| Bson::try_from(id).ok()).collect();
        Self::of_query(doc! { "_id": { "$in": ids } })
    }
}

impl Store {
    /// What the quotes of a list add up to, as far as the server knows it within this time.
    ///
    /// # Errors
    ///
    /// 503 without a database. That it takes too long is no error.
    pub async fn totals(&self, matching: &Matching, limit: Duration) -> Result<Totals, Failure> {
        if matching.open {
            let count = self.count_all().await?;
            if count > SUMMED_MAX {
                return Ok(Totals { count: Some(count), ..Totals::default() });
            }
        }
        let quotes = self.collection(QUOTES);
        let mut sum = quotes.aggregate(pipeline(matching)).max_time(limit);
        if let Some(index) = &matching.index {
            sum = sum.hint(Hint::Name(index.clone()));
        }
        if let Some(collation) = &matching.collation {
            sum = sum.collation(collation.clone());
        }
        let read = async { sum.await?.try_collect::<Vec<Document>>().await };
        match self.attempt("sum quotes up", read).await?.map_err(Fault::of) {
            Ok(groups) => Ok(added(&groups)),
            Err(fault) if fault.is_out_of_time() => Ok(Totals::default()),
            Err(fault) => Err(fault.failure("sum quotes up")),
        }
    }

    /// All but the deleted ones, without looking at any.
    async fn count_all(&self) -> Result<u64, Failure> {
        let quotes = self.collection(QUOTES);
        let all = quotes.estimated_document_count().max_time(TOTALS_TIME_MAX);
        let all = self.call("count the quotes", all.into_future()).await?;
        let present = self.list_indexes_present().await?;
        let Some(index) = present.name(Index::Deleted) else { return Ok(all) };
        let deleted = quotes
            .count_documents(doc! { "deletedAt": { "$exists": true, "$ne": null } })
            .hint(Hint::Name(index.to_owned()))
            .max_time(TOTALS_TIME_MAX);
        match self.attempt("count the deleted quotes", deleted.into_future()).await? {
            Ok(deleted) => Ok(all.saturating_sub(deleted)),
            // So many that it doesn't matter whether the number is exact.
            Err(_) => Ok(all),
        }
    }
}

/// Sums in hundredths, which every currency of quotes has.
fn pipeline(matching: &Matching) -> Vec<Document> {
    let kind = doc! { "$type": "$totalPrice" };
    let numbers = ["int", "long", "double", "decimal", "string"];
    let input = doc! { "$cond": [{ "$in": [kind, numbers.to_vec()] }, "$totalPrice", null] };
    let price =
        doc! { "$convert": { "input": input, "to": "decimal", "onError": null, "onNull": null } };
    let in_range = doc! { "$lt": [{ "$abs": "$price" }, TOTAL_MAX] };
    // NaN is less than every number.
    let is_number = doc! { "$gte": [{ "$abs": "$price" }, 0] };
    let half_up = doc! { "$floor": { "$add": [{ "$multiply": ["$price", 100] }, 0.5] } };
    let readable = doc! { "$and": [{ "$ne": ["$price", null] }, is_number, in_range] };
    let hundredths = doc! { "$cond": [readable, { "$toLong": half_up }, null] };
    vec![
        doc! { "$match": &matching.query },
        doc! { "$project": { "currency": 1, "price": price } },
        doc! { "$project": { "currency": 1, "hundredths": hundredths } },
        doc! { "$group": {
            "_id": "$currency",
            "count": { "$sum": 1 },
            "readable": { "$sum": { "$cond": [{ "$eq": ["$hundredths", null] }, 0, 1] } },
            "hundredths": { "$sum": "$hundredths" },
        } },
    ]
}

fn added(groups: &[Document]) -> Totals {
    let mut totals = Totals { complete: true, ..Totals::default() };
    let mut sums: BTreeMap<Currency, (u64, i64)> = BTreeMap::new();
    let mut all = 0;
    for group in groups {
        let count = whole(group, "count").unsigned_abs();
        let readable = whole(group, "readable").unsigned_abs();
        all += count;
        match currency(group.get("_id")) {
            Some(currency) => {
                let sum = sums.entry(currency).or_default();
                sum.0 += readable;
                sum.1 += whole(group, "hundredths");
                totals.unreadable += count - readable;
            }
            None => totals.unreadable += count,
        }
    }
    totals.count = Some(all);
    let sums = sums.into_iter().filter_map(|(currency, (count, hundredths))| {
        Some(Sum { currency, count, total: Money::from_minor(hundredths, currency)? })
    });
    totals.sums = sums.collect();
    totals
}

/// Pounds where none is said.
fn currency(value: Option<&Bson>) -> Option<Currency> {
    match value {
        None | Some(Bson::Null) => Some(Currency::GBP),
        Some(Bson::String(code)) => {
            code.parse().ok().filter(|currency| Currency::OF_QUOTES.contains(currency))
        }
        Some(_) => None,
    }
}

fn whole(group: &Document, key: &str) -> i64 {
    match group.get(key) {
        Some(Bson::Int32(number)) => i64::from(*number),
        Some(Bson::Int64(number)) => *number,
        _ => 0,
    }
}
