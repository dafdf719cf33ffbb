//! A copy of the database from a proven backup, to try things on.

use std::collections::BTreeMap;

use causeway_core::outcome::Outcome;
use local_mongod::Kind;

use super::contents::{Contents, Wanted};
use super::proven::Proven;
use super::restore::own;
use super::scratch::{Place, Scratch};
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::governor::Limits;

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

/// Makes the copy: on a private server that has transactions, or in a scratch database.
///
/// # Errors
/// Refused when there is no place for it; a failed verification when the backup does not come back
/// as it was. Nothing of the copy is left then.
pub(crate) async fn make(
    context: &Context,
    (proven, place): (&Proven, Place),
    limits: Limits,
) -> Result<(Scratch, Copied)> {
    let mut contents = Contents::read(&proven.folder, Wanted::default())?;
    let wanted = (Kind::ReplicaSet, &contents, &proven.manifest);
    let watched = (context.state_dir.as_path(), &context.reporter);
    let scratch = Scratch::open(place, wanted, watched).await?;
    match fill(context, &scratch, &mut contents, limits).await {
        Ok(copied) => Ok((scratch, copied)),
        Err(failure) => {
            scratch.remove(&context.reporter).await;
            Err(failure)
        }
    }
}

async fn fill(
    context: &Context,
    scratch: &Scratch,
    contents: &mut Contents,
    limits: Limits,
) -> Result<Copied> {
    own::prepare(&scratch.target, contents).await?;
    contents.collections.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
    let watched = (&context.reporter, &context.interrupt);
    let (tally, problems) = scratch.fill(contents, limits, watched).await?;
    if let Some(problem) = problems.first() {
        return Err(Failure::unexpected(format!(
            "the backup does not come back as it was: {problem}"
        ))
        .ending(Outcome::VerificationFailed)
        .hint("make and prove another backup"));
    }
    let counts = contents.collections.iter();
    let counts =
        counts.map(|(name, it)| (name.clone(), it.tally.map_or(0, |tally| tally.documents)));
    Ok(Copied { documents: tally.documents, by_collection: counts.collect() })
}
