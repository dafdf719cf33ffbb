//! All collections but `quotes`: small, so each is made as a list.

mod agency;
mod enquiries;
mod packages;
mod records;

use bson::RawDocumentBuf;

use super::options::Options;

/// A collection's name and its documents.
pub(super) struct Collection {
    pub(super) name: &'static str,
    pub(super) documents: Vec<RawDocumentBuf>,
}

/// What quotes refer to, and what was recorded about them.
pub(super) fn all(options: &Options) -> Vec<Collection> {
    let seed = options.seed;
    [
        ("categories", agency::categories(seed)),
        ("events", agency::events(seed)),
        ("users", agency::users(seed)),
        ("super_offer_packages", packages::packages(seed)),
        ("enquiries", enquiries::enquiries(options)),
        ("auditlogs", records::audit_logs(options)),
        ("migrations", records::migrations(seed)),
    ]
    .map(|(name, documents)| Collection { name, documents })
    .into()
}
