//! What was done on the way to a page, which says so then.

use serde::Deserialize;

/// The end of an address that a form led to: `?done=saved`.
#[derive(Debug, Deserialize)]
pub(super) struct Came {
    /// What was done; on a quote's page, which draft was saved.
    pub(super) done: Option<String>,
    /// On a quote's page, that it was just sent.
    pub(super) sent: Option<String>,
}
