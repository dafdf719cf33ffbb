//! What a step takes for itself: no two steps of one migration may take the same.

use std::ops::Range;

use super::Read;
use super::keys::Entry;
use crate::migration::error::Fault;
use crate::migration::name::CollectionName;

/// A field, an index or an enum that a step changes, and where the file says so.
pub(super) struct Claim {
    what: Claimed,
    collection: CollectionName,
    name: String,
    path: String,
    span: Range<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Claimed {
    Field,
    Index,
    Enum,
}

impl Claim {
    pub(super) fn new(
        what: Claimed,
        collection: &CollectionName,
        name: &str,
        entry: &Entry<'_>,
    ) -> Self {
        Claim {
            what,
            collection: collection.clone(),
            name: name.to_owned(),
            path: entry.path.clone(),
            span: entry.span.clone(),
        }
    }

    fn meets(&self, other: &Claim) -> bool {
        self.what == other.what && self.collection == other.collection && self.name == other.name
    }
}

/// Adds the claims of one step to those of the steps before.
pub(super) fn merge(all: &mut Vec<Claim>, more: Vec<Claim>) -> Read<()> {
    for claim in more {
        if let Some(former) = all.iter().find(|former| former.meets(&claim)) {
            return Err(clash(&claim, former));
        }
        all.push(claim);
    }
    Ok(())
}

fn clash(claim: &Claim, former: &Claim) -> Box<Fault> {
    let Claim { name, collection, .. } = claim;
    let (message, help) = match claim.what {
        Claimed::Field => (
            format!("field {name} of {collection} is owned twice"),
            "undo could not tell which step made which value: put one of the steps into a \
             migration of its own",
        ),
        Claimed::Index => (
            format!("index {name} of {collection} is named twice"),
            "the plan is made before the first step: put one of the steps into a migration of its \
             own",
        ),
        Claimed::Enum => (
            format!("the enum of {name} in {collection} is extended twice"),
            "give all values in one step",
        ),
    };
    Fault::new(claim.span.clone(), claim.path.clone(), message)
        .related(former.span.clone(), "first here")
        .help(help)
}
