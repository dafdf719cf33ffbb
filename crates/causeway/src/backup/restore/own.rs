//! Causeway's own collections: never replaced where there are any; brought along to a database that
//! has none, for without them nobody could roll back there.

use bson::{Document, RawDocument, doc};

use super::Contents;
use crate::backup::documents::Documents;
use crate::backup::rebuild::Rebuild;
use crate::clock::thousands;
use crate::failure::{Attempt, Result};
use crate::lease;
use crate::runs::{self, Direction};
use crate::target::Target;

/// What a rollback needs. The lease and requests to runs belong to a server, not to a backup.
const BROUGHT: [&str; 4] =
    ["causeway_runs", "causeway_journal", "causeway_archive", "causeway_notices"];

/// Has the lease of a database without one go on where that of the backup was: the order of runs
/// depends on it.
///
/// # Errors
/// When the backup is damaged, or the server refuses.
pub(in crate::backup) async fn prepare(target: &Target, contents: &Contents) -> Result<()> {
    if !has_none(target).await? {
        return Ok(());
    }
    let mut epoch = 0;
    each(contents, lease::COLLECTION, |document| {
        if document.get_str("_id").ok() == Some(lease::LEASE_ID) {
            epoch = document.get_i64("epoch").unwrap_or_default();
        }
        Ok(())
    })?;
    lease::go_on_from(target, epoch).await
}

/// Whether a database has no runs of its own, but for restores that did not end.
///
/// # Errors
/// When it can't be read.
pub(super) async fn has_none(target: &Target) -> Result<bool> {
    let others = doc! { "direction": { "$ne": Direction::Restore.word() } };
    let found = runs::collection(target).find_one(others).await;
    Ok(found.attempt(|| format!("read the runs of {}", target.name()))?.is_none())
}

/// Brings the backup's along.
///
/// # Errors
/// When the backup is damaged, or the server refuses.
pub(super) async fn bring(rebuild: &Rebuild<'_>, contents: &Contents) -> Result<()> {
    for name in BROUGHT {
        let Some(stored) = contents.collections.get(name) else { continue };
        let brought = rebuild.add(name, stored).await?;
        if brought > 0 {
            let text = format!("{} documents of {name} came along", thousands(brought));
            rebuild.reporter.fact("brought", text);
        }
    }
    Ok(())
}

/// Goes through the documents of one of them in the backup.
///
/// # Errors
/// When the backup is damaged; those of `take`.
pub(super) fn each(
    contents: &Contents,
    name: &str,
    mut take: impl FnMut(&RawDocument) -> Result<()>,
) -> Result<()> {
    let Some(data) = contents.collections.get(name).and_then(|stored| stored.data.as_ref()) else {
        return Ok(());
    };
    let mut documents = Documents::open(data, contents.compression)?;
    while let Some(document) = documents.next()? {
        let reading = || format!("read a document of {name} in the backup");
        take(RawDocument::from_bytes(document).attempt(reading)?)?;
    }
    Ok(())
}

/// A document of one of them, decoded.
///
/// # Errors
/// When it can't be.
pub(super) fn decoded(document: &RawDocument) -> Result<Document> {
    Document::try_from(document).attempt(|| "read a document of the backup".to_owned())
}
