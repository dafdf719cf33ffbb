//! Puts what was restored in the place of what is there.

use std::collections::BTreeMap;

use bson::{Document, doc};
use causeway_core::backup::manifest::Kind;
use causeway_core::journal::Deed;
use causeway_core::outcome::Outcome;

use super::state::{self, State};
use super::{Stored, in_place};
use crate::backup::definition::Definition;
use crate::backup::listing;
use crate::backup::rebuild::Rebuild;
use crate::context::Context;
use crate::failure::{Attempt, Failure, Result};
use crate::journal::Journal;
use crate::lease::Lease;

/// A restore whose collections are all filled.
pub(super) struct Replacing<'a> {
    pub(super) context: &'a Context,
    pub(super) lease: &'a Lease,
    pub(super) journal: &'a Journal,
    pub(super) rebuild: &'a Rebuild<'a>,
}

impl Replacing<'_> {
    /// Everything: by renames first, last what can only be made in its place.
    ///
    /// # Errors
    /// Rollback failed when a collection does not come back; when the server can't be used.
    pub(super) async fn all(
        &self,
        chosen: &BTreeMap<String, Stored>,
        state: &mut State,
    ) -> Result<()> {
        state.begin_to_replace((self.context, self.lease)).await?;
        let renamed = chosen.iter().filter(|(name, stored)| !in_place(name, stored));
        let made = chosen.iter().filter(|(name, stored)| in_place(name, stored));
        for (name, stored) in renamed.chain(made) {
            let Some(kept) = state.of(name).filter(|kept| !kept.replaced) else { continue };
            let deed = Deed::Replace { collection: name.clone() };
            self.journal.intend(&deed).await?;
            self.lease.prove().await?;
            if kept.by_rename() {
                let (temporary, uuid) = (kept.temporary.clone(), kept.uuid.clone());
                self.rename((&temporary, name), uuid.as_deref()).await?;
            } else {
                self.make(name, stored).await?;
            }
            state.replaced((self.context, self.lease), name).await?;
            self.journal.done(&deed, "in its place").await?;
        }
        Ok(())
    }

    /// One step of the server: before it the old one is there, after it the new one.
    async fn rename(&self, (from, to): (&str, &str), uuid: Option<&str>) -> Result<()> {
        let target = &self.context.target;
        let present = listing::one(target, to).await?;
        if let Some(present) = present {
            if uuid.is_some() && present.uuid.as_deref() == uuid {
                return Ok(());
            }
            // The server renames over collections only.
            if matches!(present.kind, Kind::View | Kind::Timeseries) {
                state::drop(target, to).await?;
            }
        }
        let space = |name: &str| format!("{}.{name}", target.name());
        let command = doc! { "renameCollection": space(from), "to": space(to),
        "dropTarget": true, "writeConcern": { "w": "majority" }, "comment": "causeway: restore" };
        let renamed = target.admin().run_command(command).await;
        renamed.attempt(|| format!("put the restored {to} in the place of the present one"))?;
        Ok(())
    }

    /// Views are changed or made again; what can't be renamed goes and comes back.
    async fn make(&self, name: &str, stored: &Stored) -> Result<()> {
        let target = &self.context.target;
        if let Some(present) = listing::one(target, name).await? {
            if self.is_view_changed(name, (&present, stored)).await? {
                return Ok(());
            }
            if name == "system.js" {
                let functions = target.database.collection::<Document>(name);
                let emptied = functions.delete_many(doc! {}).await;
                emptied.attempt(|| format!("empty {name}"))?;
            } else {
                state::drop(target, name).await?;
            }
        }
        let mut problems = self.rebuild.make((name, name), stored).await?.problems;
        problems.extend(self.rebuild.complete((name, name), stored).await?);
        if problems.is_empty() {
            return Ok(());
        }
        for problem in &problems {
            self.context.reporter.warning(problem.clone());
        }
        Err(Failure::unexpected(format!("{name} does not come back as it was"))
            .ending(Outcome::RollbackFailed)
            .hint("everything else is restored; this one can't be renamed into its place: look at the warnings, then give the same command again"))
    }

    /// Whether a view is as it was, by changing it where that is needed.
    async fn is_view_changed(
        &self,
        name: &str,
        (present, stored): (&Definition, &Stored),
    ) -> Result<bool> {
        if present.kind != Kind::View || stored.definition.kind != Kind::View {
            return Ok(false);
        }
        if stored.definition.differences(present)?.is_empty() {
            return Ok(true);
        }
        let Some(change) = stored.definition.change_view_command(name)? else { return Ok(false) };
        let target = &self.context.target;
        target.database.run_command(change).await.attempt(|| format!("change the view {name}"))?;
        let changed = listing::one(target, name).await?;
        match changed {
            Some(changed) => Ok(stored.definition.differences(&changed)?.is_empty()),
            None => Ok(false),
        }
    }
}
