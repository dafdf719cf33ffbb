//! Which quotes somebody may read.

use quotes_core::quote::Quote;

use crate::{access::Principal, app::Shared, failure::Failure, writing::Present};

/// The quote that a URL names. Of those that somebody may not see nothing is said.
pub(crate) async fn seen_by(
    app: &Shared,
    principal: &Principal,
    id: &str,
) -> Result<Present, Failure> {
    let found = app.store.find_quote(id).await?.map(Present::from);
    found.filter(|present| may_see(principal, &present.quote)).ok_or_else(|| {
        Failure::not_found("QUOTE_NOT_FOUND", "there is no quote of this id or reference")
    })
}

/// Administrators see every quote, a run of Causeway those that it made, agents their own until they
/// are deleted.
fn may_see(principal: &Principal, quote: &Quote) -> bool {
    match principal.run() {
        Some(run) => quote.made_by_run.as_deref() == Some(run),
        None if principal.is_admin() => true,
        None => quote.created_by == Some(principal.user_id()) && !quote.is_deleted(),
    }
}
