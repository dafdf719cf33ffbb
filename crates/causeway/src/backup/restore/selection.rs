//! What is to be restored, and what a person is told of it before anybody is asked.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Contents, RestoreOptions, Stored};
use crate::backup::proof::Proof;
use crate::clock::{moment_text, thousands};
use crate::context::Context;
use crate::failure::{Failure, Result};
use crate::maintenance::fence;
use crate::terminal::quantities::counted;

/// What is to be restored.
pub(super) fn choose(contents: &Contents, named: &[String]) -> Result<BTreeMap<String, Stored>> {
    let theirs = contents.collections.iter().filter(|(_, stored)| !stored.own);
    if named.is_empty() {
        return Ok(theirs.map(|(name, stored)| (name.clone(), stored.clone())).collect());
    }
    let mut chosen = BTreeMap::new();
    for name in named {
        match contents.collections.get(name) {
            None => {
                let names: Vec<&str> = theirs.map(|(name, _)| name.as_str()).collect();
                return Err(Failure::usage(format!("the backup holds no collection {name}"))
                    .hint(format!("it holds: {}", names.join(", "))));
            }
            Some(stored) if stored.own => {
                return Err(Failure::usage(format!(
                    "{name} is one of Causeway's own, which a restore never replaces"
                )));
            }
            Some(stored) => chosen.insert(name.clone(), stored.clone()),
        };
    }
    Ok(chosen)
}

pub(super) fn describe(
    context: &Context,
    folder: &Path,
    contents: &Contents,
    chosen: &BTreeMap<String, Stored>,
) {
    let taken = contents.manifest.as_ref().map_or_else(
        || "by mongodump, which does not say when".to_owned(),
        |manifest| format!("as it was at {}", moment_text(manifest.moment)),
    );
    let reporter = &context.reporter;
    reporter.fact("backup", format!("{} of {}, {taken}", folder.display(), contents.database));
    if let Some(manifest) = &contents.manifest {
        match Proof::read(folder, manifest) {
            Some(proof) if proof.passed => reporter.fact("proved", proof.proved_at),
            Some(proof) => reporter.warning(format!(
                "this backup did not come back as it was when that was tried at {}",
                proof.proved_at
            )),
            None => reporter.warning("nobody proved this backup; what comes back is compared before anything is replaced"),
        }
    }
    let documents: u64 = chosen.values().filter_map(|it| it.tally).map(|it| it.documents).sum();
    let many = counted(chosen.len() as u64, "collections");
    reporter.fact(
        "restores",
        match contents.manifest {
            Some(_) => format!("{many}, {} documents", thousands(documents)),
            None => many,
        },
    );
}

/// What is there, and in no backup, is nobody's business here; the person should know.
pub(super) fn stays(
    context: &Context,
    contents: &Contents,
    options: &RestoreOptions,
    present: Vec<String>,
) {
    let strangers: Vec<String> = present
        .into_iter()
        .filter(|name| !crate::backup::is_own(name) && !contents.collections.contains_key(name))
        .collect();
    if options.collections.is_empty() && !strangers.is_empty() {
        context
            .reporter
            .warning(format!("not in the backup, and left as it is: {}", strangers.join(", ")));
    }
}

/// What the chosen collections take, where that is known.
/// What is put in the place of a fenced collection is another one, with the validator that people know.
pub(super) async fn leaves_fence(
    context: &Context,
    chosen: &BTreeMap<String, Stored>,
) -> Result<()> {
    let Some(fence) = fence::read(&context.target).await? else { return Ok(()) };
    let fenced = fence.collections.iter().filter(|it| chosen.contains_key(&it.name));
    let names: Vec<&str> = fenced.map(|it| it.name.as_str()).collect();
    if !names.is_empty() {
        context.reporter.warning(format!(
            "once restored, {} will not be behind the fence: raise it again with `causeway maintenance on --fence`",
            names.join(", ")
        ));
    }
    Ok(())
}

pub(super) fn bytes(chosen: &BTreeMap<String, Stored>) -> u64 {
    chosen.values().filter_map(|stored| stored.tally).map(|tally| tally.bytes).sum()
}
