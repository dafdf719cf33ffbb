//! The e-mail of a quote: one renderer, for the preview and for what is sent.
//!
//! A [`Letter`] is what it says, in the words that a customer reads; HTML and text are two ways to put
//! the same letter down, so that they can't say different things.

mod changes;
mod html;
mod letter;
mod plain;
mod text;

pub use letter::{Fact, Letter, Occasion, Previous};

use crate::{price::Breakdown, quote::Quote};

/// An e-mail, both parts of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// One line.
    pub subject: String,
    /// Tables and inline styles, nothing to be loaded from anywhere.
    pub html: String,
    /// The same words, numbers and links, lines of at most 72 characters where words allow.
    pub text: String,
}

impl Mail {
    /// The e-mail that brings `quote` to a customer.
    pub fn of(quote: &Quote, breakdown: &Breakdown, occasion: &Occasion<'_>) -> Self {
        let letter = Letter::of(quote, breakdown, occasion);
        Self { html: html::render(&letter), text: text::render(&letter), subject: letter.subject }
    }
}
