//! Whether the digests from before the first write are here.

use causeway_core::migration::Migration;

use crate::context::Context;
use crate::digest_file::DigestFile;
use crate::failure::{Failure, Result};
use crate::runs::{self, Application};
use crate::survey::{data_collections, digest_path};

/// Whether a proof is insisted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digests {
    /// Digests from before the first write must be there.
    Require,
    /// The person knows that they are not, and wants to go on.
    DoWithout,
}

/// Insists on the digests from before the first write, while nothing more has been written: without
/// them nothing can prove afterwards that no byte was lost.
///
/// # Errors
/// Refused when they are not here and not done without; when they are damaged.
pub fn require_digests(
    context: &Context,
    migration: &Migration,
    application: &Application,
    digests: Digests,
) -> Result<()> {
    let Some(epoch) = application.survey_epoch().filter(|_| digests == Digests::Require) else {
        return Ok(());
    };
    let folder = runs::folder(&context.state_dir, &application.id);
    for collection in data_collections(migration) {
        if DigestFile::open(&digest_path(&folder, &collection, epoch))?.is_none() {
            return Err(Failure::refused(format!(
                "the digests of {collection} from before the first write are not in {}; run {} made them on {}",
                folder.display(),
                application.id,
                application.host()
            ))
            .hint("copy that folder here, or give --state-dir; --without-digests goes on without a proof"));
        }
    }
    Ok(())
}
