//! A copy of the database from a proven backup, to try things on.

use std::collections::BTreeMap;
use std::sync::Arc;

use local_mongod::Kind;

use super::contents::{Contents, Wanted, require_names_fit};
use super::proven::Proven;
use super::rebuild::Rebuild;
use super::restore::own;
use super::room;
use super::scratch::{Place, Scratch};
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::governor::{Governor, Limits};

/// These belong to a server, not to a database's history.
const LEFT_OUT: [&str; 2] = [crate::lease::COLLECTION, "causeway_state"];

/// What was copied.
#[derive(Debug)]
pub(crate) struct Copied {
    /// Documents of everything.
    pub(crate) documents: u64,
    /// Documents by collection.
    pub(crate) by_collection: BTreeMap<String, u64>,
}

/// A place for the copy: a private server that has transactions, or a scratch database.
///
/// # Errors
/// Refused when it can't be had.
pub(crate) async fn place(context: &Context, proven: &Proven, place: Place) -> Result<Scratch> {
    let scratch = match place {
        Place::Private => {
            let bytes = proven.manifest.total().bytes;
            // The oplog holds all of it once more, and what the runs write.
            room::require_scratch(&context.state_dir, bytes.saturating_mul(2))?;
            Scratch::private(&context.state_dir, (Kind::ReplicaSet, &proven.manifest)).await
        }
        Place::On(target) => {
            let contents = Contents::read(&proven.folder, Wanted::default())?;
            require_names_fit(target.name(), &contents.collections)?;
            Scratch::on(*target).await
        }
    }?;
    scratch.tell_of_others(&context.reporter).await;
    Ok(scratch)
}

/// Fills it.
///
/// # Errors
/// A failed verification when the backup does not come back as it was.
pub(crate) async fn fill(
    context: &Context,
    scratch: &Scratch,
    proven: &Proven,
    limits: Limits,
) -> Result<Copied> {
    let mut contents = Contents::read(&proven.folder, Wanted::default())?;
    own::prepare(&scratch.target, &contents).await?;
    contents.collections.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
    let governor = scratch.is_shared().then(|| {
        let watched = (&context.reporter, &context.interrupt);
        Governor::start(&scratch.target, "rehearse", limits, watched)
    });
    let rebuild = Rebuild {
        target: &scratch.target,
        reporter: &context.reporter,
        interrupt: &context.interrupt,
        governor: governor.as_ref().map(Arc::as_ref),
        compression: contents.compression,
    };
    let (tally, problems) = rebuild.all(&contents).await?;
    if let Some(problem) = problems.first() {
        return Err(Failure::unexpected(format!(
            "{} does not come back as it was: {problem}",
            proven.folder.display()
        ))
        .ending(causeway_core::outcome::Outcome::VerificationFailed)
        .hint("make and prove another backup"));
    }
    let by_collection = contents
        .collections
        .iter()
        .map(|(name, stored)| (name.clone(), stored.tally.map_or(0, |tally| tally.documents)));
    Ok(Copied { documents: tally.documents, by_collection: by_collection.collect() })
}
