//! What a restore means to migrations: they are applied or not as they were at the moment of the
//! backup, and Causeway's own record of them, which is not replaced, has to say the same.

use std::collections::{BTreeMap, BTreeSet};

use bson::{Bson, Document, doc};
use futures_util::TryStreamExt;

use super::Restoring;
use super::own::{decoded, each};
use crate::context::Context;
use crate::failure::{Attempt, Result};
use crate::lease::Lease;
use crate::runs;

/// Whether an application stood at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Then {
    completed: bool,
    rolled_back: bool,
}

/// Has every application stand as it stood, or says what does not fit any more where only some
/// collections were restored.
///
/// # Errors
/// When the backup is damaged, or the server refuses.
pub(super) async fn settle(
    (context, lease): (&Context, &Lease),
    run: &str,
    restoring: &Restoring<'_>,
) -> Result<()> {
    let reading = || format!("read the runs of {}", context.target.name());
    let applications: Vec<Document> = runs::collection(&context.target)
        .find(doc! { "is_application": true })
        .await
        .attempt(reading)?
        .try_collect()
        .await
        .attempt(reading)?;
    if !restoring.options.collections.is_empty() {
        tell_of_part(context, &applications, restoring);
        return Ok(());
    }
    let contents = restoring.contents;
    if contents.manifest.is_none() && !contents.collections.contains_key(runs::COLLECTION) {
        // A dump of some collections says nothing of how migrations stood.
        tell_of_part(context, &applications, restoring);
        return Ok(());
    }
    let then = then(restoring)?;
    for application in &applications {
        let id = application.get_str("_id").unwrap_or_default();
        let version = application.get_str("version").unwrap_or_default();
        let now = standing(application);
        let target = (&context.target, lease);
        match then.get(id) {
            None if !now.rolled_back => {
                runs::rolled_back(target, id, run).await?;
                let text = format!("{version}, applied by run {id} after the backup, is undone");
                context.reporter.fact("undone", text);
            }
            Some(then) if *then != now => {
                let mut fields = doc! { "completed": then.completed,
                "rolled_back": then.rolled_back, "rolled_back_by": Bson::Null };
                if !then.rolled_back {
                    // The latest application is the one that counts, whatever came in between.
                    fields.insert("epoch", lease.epoch);
                }
                runs::set(target, id, fields).await?;
                let how = if then.rolled_back { "rolled back" } else { "applied" };
                context.reporter.fact("stands", format!("{version} is {how} again, as it was"));
            }
            None | Some(_) => {}
        }
    }
    Ok(())
}

fn then(restoring: &Restoring<'_>) -> Result<BTreeMap<String, Then>> {
    let mut then = BTreeMap::new();
    each(restoring.contents, runs::COLLECTION, |document| {
        if document.get_bool("is_application").unwrap_or(false) {
            let document = decoded(document)?;
            let id = document.get_str("_id").unwrap_or_default().to_owned();
            then.insert(id, standing(&document));
        }
        Ok(())
    })?;
    Ok(then)
}

fn standing(application: &Document) -> Then {
    let flag = |key: &str| application.get_bool(key).unwrap_or(false);
    Then { completed: flag("completed"), rolled_back: flag("rolled_back") }
}

fn tell_of_part(context: &Context, applications: &[Document], restoring: &Restoring<'_>) {
    for application in applications.iter().filter(|it| !standing(it).rolled_back) {
        let counts = application.get_document("before").and_then(|it| it.get_document("counts"));
        let touched: BTreeSet<&String> = counts.map(|it| it.keys().collect()).unwrap_or_default();
        let restored: Vec<&str> = touched
            .into_iter()
            .filter(|name| restoring.chosen.contains_key(*name))
            .map(String::as_str)
            .collect();
        if !restored.is_empty() {
            let version = application.get_str("version").unwrap_or_default();
            context.reporter.warning(format!(
                "{version} is recorded as applied, and {} may be older than it: causeway up {version} heals it",
                restored.join(", ")
            ));
        }
    }
}
