//! How far a restore came, as the database keeps it with the run.

use std::collections::BTreeMap;
use std::path::Path;

use bson::{Bson, DateTime, Document, doc};
use futures_util::TryStreamExt;

use super::{Restoring, Stored, in_place, own};
use crate::backup::{listing, quoted};
use crate::context::Context;
use crate::failure::{Attempt, Failure, Result};
use crate::lease::Lease;
use crate::requests;
use crate::runs::{self, Direction, Status};
use crate::target::Target;

/// Names of collections that are being filled begin like this, then come the run and a number.
pub(in crate::backup) const TEMPORARY: &str = "causeway_restore.";

/// One collection that is restored.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) name: String,
    /// Where it is filled; empty where it can only be made in its place.
    pub(super) temporary: String,
    /// That of the temporary collection, once it is complete and compared.
    pub(super) uuid: Option<String>,
    /// Whether it is in its place.
    pub(super) replaced: bool,
}

/// A restore that was begun.
#[derive(Debug)]
pub(super) struct State {
    pub(super) run: String,
    pub(super) present_backup: Option<String>,
    /// Whether the database had nothing of Causeway's when it began.
    pub(super) brings_own: bool,
    /// Whether what was there may be gone: until then it can be backed up again.
    pub(super) replaces: bool,
    collections: Vec<Kept>,
}

/// The restore of this backup that did not end, of the same collections.
///
/// # Errors
/// When the database can't be read.
pub(super) async fn begun(
    target: &Target,
    folder: &Path,
    (fingerprint, chosen): (&str, &BTreeMap<String, Stored>),
) -> Result<Option<State>> {
    let reading = || format!("read the runs of {}", target.name());
    let filter = doc! {
        "direction": Direction::Restore.word(),
        "backup": folder.display().to_string(),
        "fingerprint": fingerprint,
        "status": { "$nin": [Status::Completed.word(), Status::Superseded.word()] },
    };
    let found = runs::collection(target).find_one(filter).sort(doc! { "epoch": -1 }).await;
    let Some(document) = found.attempt(reading)? else { return Ok(None) };
    let state = State::of_document(&document);
    let same = state.collections.iter().map(|it| &it.name).eq(chosen.keys());
    Ok(same.then_some(state))
}

/// Refuses while a restore has replaced some collections and not the others.
///
/// # Errors
/// Refused then; when the database can't be read.
pub async fn require_none_part_way(target: &Target) -> Result<()> {
    let filter = doc! {
        "direction": Direction::Restore.word(),
        "status": { "$nin": [Status::Completed.word(), Status::Superseded.word()] },
        "replaces": true,
    };
    let found = runs::collection(target).find_one(filter).await;
    match found.attempt(|| format!("read the runs of {}", target.name()))? {
        None => Ok(()),
        Some(run) => {
            let folder = run.get_str("backup").unwrap_or("?");
            Err(Failure::refused(format!(
                "the restore of {folder} is part-way: some collections are restored, others are not"
            ))
            .hint(format!("go on with it: {}", command(&run).unwrap_or_default())))
        }
    }
}

/// The command that goes on with a restore; none when the run is no restore.
#[must_use]
pub fn command(run: &Document) -> Option<String> {
    let folder = run.get_str("backup").ok()?;
    // Most need no quotes, and are easier to read without.
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let folder = if folder.chars().all(plain) { folder.to_owned() } else { quoted(folder) };
    Some(format!("causeway backup restore {folder}{}", run.get_str("flags").unwrap_or_default()))
}

/// Restores that did not end need no end any more where all that they were to restore was restored
/// after them.
///
/// # Errors
/// When the server refuses.
pub(super) async fn supersede_others(
    (target, lease): (&Target, &Lease),
    run: &str,
    chosen: &BTreeMap<String, Stored>,
) -> Result<()> {
    let restored: Vec<&str> = chosen.keys().map(String::as_str).collect();
    let others = doc! {
        "direction": Direction::Restore.word(),
        "_id": { "$ne": run },
        "status": { "$nin": [Status::Completed.word(), Status::Superseded.word()] },
        "collections": { "$not": { "$elemMatch": { "name": { "$nin": restored } } } },
    };
    let over = doc! { "status": Status::Superseded.word(), "superseded_by": run,
    "ended_at": DateTime::now() };
    let attempted = || "write the end of former restores".to_owned();
    runs::update((target, lease), attempted, (others, doc! { "$set": over })).await?;
    Ok(())
}

/// Removes a collection; none of that name is well.
///
/// # Errors
/// When the server refuses.
pub(super) async fn drop(target: &Target, name: &str) -> Result<()> {
    let dropped = target.database.collection::<Document>(name).drop().await;
    dropped.attempt(|| format!("remove the collection {name}"))
}

impl State {
    /// Writes a new restore down.
    ///
    /// # Errors
    /// When the server refuses.
    pub(super) async fn open(
        (context, lease): (&Context, &Lease),
        run: &str,
        (folder, restoring): (&Path, &Restoring<'_>),
    ) -> Result<Self> {
        let target = &context.target;
        let chosen = restoring.chosen;
        let brings_own = own::has_none(target).await?;
        let collections: Vec<Kept> = chosen
            .iter()
            .enumerate()
            .map(|(at, (name, stored))| Kept {
                name: name.clone(),
                temporary: if in_place(name, stored) {
                    String::new()
                } else {
                    format!("{TEMPORARY}{run}.{at}")
                },
                uuid: None,
                replaced: false,
            })
            .collect();
        let listed: Vec<Document> = collections
            .iter()
            .map(|it| {
                doc! { "name": &it.name, "temporary": &it.temporary, "uuid": Bson::Null,
                "replaced": false }
            })
            .collect();
        let document = doc! {
            "_id": run,
            "application": run,
            "is_application": false,
            "direction": Direction::Restore.word(),
            "backup": folder.display().to_string(),
            "fingerprint": &restoring.contents.fingerprint,
            "flags": restoring.options.flags(),
            "command": &context.operator.command,
            "status": Status::Running.word(),
            "started_at": DateTime::now(),
            "epoch": lease.epoch,
            "ended_at": Bson::Null,
            "operator": &context.operator.name,
            "host": &context.operator.host,
            "present_backup": Bson::Null,
            "brings_own": brings_own,
            "replaces": false,
            "collections": listed,
            "sessions": [],
        };
        runs::collection(target)
            .insert_one(document)
            .await
            .attempt(|| format!("write run {run} into {}", runs::COLLECTION))?;
        Ok(Self {
            run: run.to_owned(),
            present_backup: None,
            brings_own,
            replaces: false,
            collections,
        })
    }

    /// Goes on with one that did not end.
    ///
    /// # Errors
    /// When the server refuses.
    pub(super) async fn go_on(self, (context, lease): (&Context, &Lease)) -> Result<Self> {
        let target = &context.target;
        // Another process may have gone on with it until just now.
        let present = runs::collection(target).find_one(doc! { "_id": &self.run }).await;
        let present = present.attempt(|| format!("read run {}", self.run))?;
        let document = present
            .filter(|it| {
                let over = [Status::Completed.word(), Status::Superseded.word()];
                it.get_str("status").is_ok_and(|status| !over.contains(&status))
            })
            .ok_or_else(|| {
                Failure::refused("another runner ended this restore just now")
                    .hint("look with `causeway status`")
            })?;
        let running = doc! { "status": Status::Running.word(), "ended_at": Bson::Null,
        "epoch": lease.epoch };
        runs::set((target, lease), &self.run, running).await?;
        requests::forget_former(target, &self.run).await?;
        let mut state = Self::of_document(&document);
        state.forget_what_is_gone((context, lease)).await?;
        Ok(state)
    }

    /// What was put in its place and is not there any more is restored once more. Where everything
    /// was, whoever restores again means all of it.
    async fn forget_what_is_gone(&mut self, (context, lease): (&Context, &Lease)) -> Result<()> {
        let all = self.collections.iter().all(|it| it.replaced);
        for at in 0..self.collections.len() {
            let kept = &self.collections[at];
            if !kept.replaced {
                continue;
            }
            let present = listing::one(&context.target, &kept.name).await?;
            let stands = match &kept.uuid {
                Some(uuid) => present.is_some_and(|it| it.uuid.as_ref() == Some(uuid)),
                None => present.is_some(),
            };
            if all || !stands {
                let name = kept.name.clone();
                self.set((context, lease), (&name, "uuid"), Bson::Null).await?;
                self.set((context, lease), (&name, "replaced"), false.into()).await?;
                (self.collections[at].uuid, self.collections[at].replaced) = (None, false);
            }
        }
        if all {
            runs::set((&context.target, lease), &self.run, doc! { "replaces": false }).await?;
            self.replaces = false;
        }
        Ok(())
    }

    fn of_document(document: &Document) -> Self {
        let listed = document.get_array("collections").map(Vec::as_slice).unwrap_or_default();
        let text = |it: &Document, key: &str| it.get_str(key).unwrap_or_default().to_owned();
        Self {
            run: text(document, "_id"),
            present_backup: document.get_str("present_backup").ok().map(str::to_owned),
            brings_own: document.get_bool("brings_own").unwrap_or(false),
            replaces: document.get_bool("replaces").unwrap_or(false),
            collections: listed
                .iter()
                .filter_map(Bson::as_document)
                .map(|it| Kept {
                    name: text(it, "name"),
                    temporary: text(it, "temporary"),
                    uuid: it.get_str("uuid").ok().map(str::to_owned),
                    replaced: it.get_bool("replaced").unwrap_or(false),
                })
                .collect(),
        }
    }

    /// What is known of a collection.
    pub(super) fn of(&self, name: &str) -> Option<&Kept> {
        self.collections.iter().find(|it| it.name == name)
    }

    /// Where is tried whether a collection that can't be renamed comes back.
    pub(super) fn tried(&self) -> String {
        format!("{TEMPORARY}{}.tried", self.run)
    }

    /// Whether the temporary collection is complete: the very one that was compared.
    ///
    /// # Errors
    /// When the server can't be asked.
    pub(super) async fn is_ready(&self, target: &Target, name: &str) -> Result<bool> {
        let Some(Kept { uuid: Some(uuid), temporary, .. }) = self.of(name) else {
            return Ok(false);
        };
        // After the rename it goes by its own name.
        for place in [temporary.as_str(), name] {
            let found = listing::one(target, place).await?;
            if found.is_some_and(|found| found.uuid.as_ref() == Some(uuid)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Writes down that a temporary collection is complete and was compared.
    ///
    /// # Errors
    /// When the server refuses.
    pub(super) async fn ready(
        &mut self,
        (context, lease): (&Context, &Lease),
        name: &str,
    ) -> Result<()> {
        let Some(kept) = self.collections.iter_mut().find(|it| it.name == name) else {
            return Ok(());
        };
        let found = listing::one(&context.target, &kept.temporary).await?;
        kept.uuid = found.and_then(|it| it.uuid);
        let uuid = kept.uuid.clone().into();
        self.set((context, lease), (name, "uuid"), uuid).await
    }

    /// Writes down that what was there goes from now on.
    ///
    /// # Errors
    /// When the server refuses.
    pub(super) async fn begin_to_replace(
        &mut self,
        (context, lease): (&Context, &Lease),
    ) -> Result<()> {
        runs::set((&context.target, lease), &self.run, doc! { "replaces": true }).await?;
        self.replaces = true;
        Ok(())
    }

    /// Writes down that a collection is in its place.
    ///
    /// # Errors
    /// When the server refuses.
    pub(super) async fn replaced(
        &mut self,
        (context, lease): (&Context, &Lease),
        name: &str,
    ) -> Result<()> {
        self.set((context, lease), (name, "replaced"), true.into()).await?;
        let kept = self.collections.iter_mut().find(|it| it.name == name);
        kept.into_iter().for_each(|kept| kept.replaced = true);
        Ok(())
    }

    async fn set(
        &self,
        (context, lease): (&Context, &Lease),
        (name, key): (&str, &str),
        value: Bson,
    ) -> Result<()> {
        let at = self.collections.iter().position(|it| it.name == name).unwrap_or_default();
        let mut fields = Document::new();
        fields.insert(format!("collections.{at}.{key}"), value);
        runs::set((&context.target, lease), &self.run, fields).await
    }

    /// Removes what restores that nobody goes on with left behind.
    ///
    /// # Errors
    /// When the server refuses.
    pub(super) async fn drop_leftovers(&self, target: &Target) -> Result<()> {
        let ours = format!("{TEMPORARY}{}.", self.run);
        for name in names(target).await? {
            if name.starts_with(TEMPORARY) && !name.starts_with(&ours) {
                drop(target, &name).await?;
            }
        }
        Ok(())
    }

    /// Removes what this restore filled.
    ///
    /// # Errors
    /// When the server refuses.
    pub(super) async fn drop_all(&self, target: &Target) -> Result<()> {
        for kept in self.collections.iter().filter(|kept| kept.by_rename()) {
            drop(target, &kept.temporary).await?;
        }
        Ok(())
    }
}

async fn names(target: &Target) -> Result<Vec<String>> {
    let reading = || format!("list the collections of {}", target.name());
    let listed = target.database.list_collections().await.attempt(reading)?;
    listed.map_ok(|it| it.name).try_collect().await.attempt(reading)
}
