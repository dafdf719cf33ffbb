//! A password or a token that was made a moment ago, which is shown this once.
//!
//! It stands in the answer to the form that asked for it, and nowhere else: no address leads to it, and
//! no browser keeps the page.

use askama::Template;

use super::shell::{At, Shell};

#[derive(Template)]
#[template(path = "pages/secret.html")]
pub(super) struct Secret {
    pub(super) shell: Shell,
    pub(super) heading: String,
    /// `Their password`.
    pub(super) what: &'static str,
    pub(super) secret: String,
    /// What it is for.
    pub(super) note: String,
    /// Where to go on, and what the button says.
    pub(super) back: (&'static str, &'static str),
}
