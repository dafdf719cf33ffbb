//! What came of a write, for whoever asked.

use axum::http::StatusCode;
use quotes_core::{event::Catalogue, price::Breakdown, problem::Warning};
use serde_json::Value;

use super::{Present, Ready};
use crate::{
    answer::Answer,
    failure::Failure,
    store::author::Author,
    view::{QuoteView, Sees},
};

/// A quote as it stands after a write.
#[derive(Debug)]
pub(super) struct Done {
    /// The quote.
    pub(super) present: Present,
    /// The events on it.
    pub(super) catalogue: Catalogue,
    /// What was odd about the request.
    pub(super) warnings: Vec<Warning>,
}

impl Done {
    /// The whole quote, as it is read too.
    pub(super) fn ready(self, status: StatusCode, author: &Author) -> Result<Ready, Failure> {
        let Present { raw, quote } = &self.present;
        let price = Breakdown::with_catalogue(quote, &self.catalogue);
        let view = QuoteView::of((raw, quote), &price, Sees::from(&author.principal));
        let revision = view.revision.clone();
        let mut answer = Answer::ok(view);
        answer.status = status;
        let warnings = self.warnings.into_iter().chain(price.warnings);
        Ok(Ready::of(&answer.warn(warnings.map(Into::into)))?.showing(revision))
    }

    /// The same, to stand in a refusal.
    pub(super) fn shown(present: &Present, author: &Author) -> Result<Value, Failure> {
        let Present { raw, quote } = present;
        let price = Breakdown::of(quote);
        let view = QuoteView::of((raw, quote), &price, Sees::from(&author.principal));
        serde_json::to_value(view).map_err(|error| Failure::unexpected(error.into()))
    }
}
