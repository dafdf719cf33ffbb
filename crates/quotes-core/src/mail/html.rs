//! The letter as HTML for mail programs: tables, inline styles, dark mode, nothing to be loaded.

use askama::Template as _;

use super::letter::Letter;

#[derive(askama::Template)]
#[template(path = "mail/quote.html")]
struct Page<'a> {
    letter: &'a Letter,
}

/// Everything that a person typed is escaped by the template's engine.
pub(super) fn render(letter: &Letter) -> String {
    let page = Page { letter }.render();
    debug_assert!(page.is_ok(), "the template formats strings only");
    page.unwrap_or_default()
}
