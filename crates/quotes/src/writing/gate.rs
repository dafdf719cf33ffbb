//! Maintenance seen from inside of a write of quotes.

use super::present::QUOTES;
use crate::{app::App, failure::Failure, maintenance, store::author::Author};

/// Whether quotes may be written at this moment: looked at right before the commit.
///
/// # Errors
///
/// That they may not.
pub(super) fn stay_open(app: &App, author: &Author) -> Result<(), Failure> {
    maintenance::stay_open(&app.maintenance, &author.principal, QUOTES)
}

/// What a write really failed with.
pub(super) async fn explain(app: &App, failure: Failure) -> Failure {
    maintenance::explain(&app.store, QUOTES, failure).await
}
