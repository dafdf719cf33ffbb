//! Lists of quotes: filtered, sorted by an index, page by page.
//!
//! A page begins exactly where the one before it ended: its bounds are whole keys of an index, which
//! orders values of every type. Comparing values in a filter would not do: `$lt` sees only values of one
//! type, and some quotes have a text for a price or no date at all.

mod spelling;
mod wanted;

mod index;
mod indexes;
mod scan;

mod cursor;
mod page;
mod projection;

mod reference;
mod search;
mod words;

mod totals;

pub(super) use cursor::{Cursor, Fingerprint};
pub use indexes::Indexes;
pub use page::Listed;
pub use totals::{Matching, Sum, TOTALS_TIME_MAX, Totals};
pub use wanted::{Deleted, Filter, Order, Sort, Wanted};
pub(super) use words::Words;

use std::time::Duration;

use axum::http::StatusCode;

use crate::failure::{Detail, Failure};

/// The collection.
pub(super) const QUOTES: &str = "quotes";
/// No list keeps the server busy for longer.
const LIST_TIME_MAX: Duration = Duration::from_secs(2);

/// Too many documents would have to be looked at.
pub(super) fn too_broad(advice: &str) -> Failure {
    let seconds = LIST_TIME_MAX.as_secs();
    let message = format!("this takes longer than {seconds} seconds to find: {advice}");
    Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "TOO_BROAD", message)
}

/// The cursor is none, or one of another list.
pub(super) fn bad_cursor() -> Failure {
    let message =
        "the cursor does not belong to this list: begin at its first page, without a cursor";
    let detail = Detail {
        field: "cursor".to_owned(),
        code: "bad_cursor".to_owned(),
        message: message.to_owned(),
    };
    Failure::invalid("VALIDATION_ERROR", vec![detail])
}
