//! What is shown of a quote: the same to everybody who asks, and after every write.

mod lists;
mod package;
mod price;
mod quote;

pub(crate) use lists::{PriceMove, SelectedEvent};
pub(crate) use package::PackageView;
pub(crate) use price::Price;
pub(crate) use quote::{QuoteView, Sees};

use crate::answer::Warning;

impl From<quotes_core::problem::Warning> for Warning {
    fn from(warning: quotes_core::problem::Warning) -> Self {
        let quotes_core::problem::Warning { code, field, message } = warning;
        Self { code: code.to_owned(), field: Some(field), message }
    }
}
