//! The backup that a run can rely on: of this database, restored and compared, young enough.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bson::{DateTime, Timestamp, doc};
use causeway_core::backup::Manifest;
use causeway_core::migration::{Migration, Step};

use super::folder;
use super::proof::Proof;
use crate::causes::oldest;
use crate::clock::duration_words;
use crate::failure::{Attempt, Failure, Result};
use crate::inventory::whole;
use crate::runs::{self, Direction};
use crate::scan;
use crate::survey::{Before, data_collections};
use crate::target::Target;

/// A proof from further in the future than clocks differ is none.
const CLOCKS_DIFFER_SECONDS_MAX: i64 = 300;

/// What a run needs of a backup.
#[derive(Debug, Clone, Default)]
pub struct Need {
    /// Oldest proof that counts; none where the environment is not production and needs none.
    pub max_age: Option<Duration>,
    /// Folder in which backups are looked for.
    pub home: PathBuf,
    /// The backup, where the person names it.
    pub named: Option<PathBuf>,
    /// Whether the person wants to do without.
    pub without: bool,
}

/// A backup that was restored and compared.
#[derive(Debug, Clone)]
pub struct Proven {
    /// Its folder.
    pub folder: PathBuf,
    /// What is in it.
    pub manifest: Manifest,
    /// What became of it.
    pub proof: Proof,
}

impl Need {
    /// The backup of this database whose moment is the latest among those that were proved; where
    /// the person names one, that.
    ///
    /// # Errors
    /// Usage when what was named is no backup, refused when it is none of this database or was not
    /// proved; when the folder can't be read.
    pub fn latest(&self, target: &Target) -> Result<Option<Proven>> {
        if let Some(named) = &self.named {
            return require(named, target).map(Some);
        }
        let mut proven: Vec<Proven> = folder::complete(&self.home)?
            .iter()
            .filter_map(|path| proven(path))
            .filter(|it| is_of(&it.manifest, target))
            .collect();
        proven.sort_by_key(|it| it.manifest.moment);
        Ok(proven.pop())
    }

    /// Insists on a proof that is young enough, where that is asked and nobody wants to do without.
    ///
    /// # Errors
    /// Refused when there is none any more; those of [`Need::latest`].
    pub fn require(&self, target: &Target) -> Result<()> {
        let met = self.latest(target)?.is_some_and(|it| self.is_met_by(&it));
        if met || self.without || self.max_age.is_none() {
            return Ok(());
        }
        Err(Failure::refused("the proof of the backup has grown too old meanwhile")
            .hint("make and prove another: causeway backup create, causeway backup prove"))
    }

    /// Whether a backup's proof is young enough, where that is asked.
    #[must_use]
    pub fn is_met_by(&self, proven: &Proven) -> bool {
        self.max_age.is_none_or(|max| {
            proven.age_seconds().is_some_and(|age| {
                (-CLOCKS_DIFFER_SECONDS_MAX..=max.as_secs().cast_signed()).contains(&age)
            })
        })
    }
}

impl Proven {
    /// How long ago it was proved; none when nobody can tell.
    fn age_seconds(&self) -> Option<i64> {
        Some(jiff::Timestamp::now().as_second() - self.proof.at()?.as_second())
    }

    /// The state before `migration`, where it was kept with the backup and can be gone by: its file is
    /// the same, nothing but added fields changes documents, the server will still know at the end of
    /// the run who changed what since, and no other run did.
    ///
    /// # Errors
    /// When the server can't be asked.
    pub async fn state_before(
        &self,
        target: &Target,
        (migration, run): (&Migration, &str),
    ) -> Result<Option<Before>> {
        let Some(digests) = &self.manifest.digests else { return Ok(None) };
        let adds = |step: &Step| matches!(step, Step::AddField(_)) || !step.writes_documents();
        let covered = data_collections(migration).iter().all(|it| digests.files.contains_key(it));
        if digests.migration_sha256 != migration.sha256
            || !migration.steps.iter().all(adds)
            || !covered
        {
            return Ok(None);
        }
        let moment =
            Timestamp { time: digests.moment.seconds, increment: digests.moment.increment };
        let now = scan::now(target).await?;
        let window = |from: Timestamp| now.time.saturating_sub(from.time);
        // The run takes its time as well: not beyond half of a history that is being forgotten.
        let half_empty = is_half_empty(target).await;
        let known = oldest(target).await.is_some_and(|oldest| {
            oldest < moment && (half_empty || window(moment) <= window(oldest) / 2)
        });
        if !known || runs_wrote_since(target, moment, run).await? {
            return Ok(None);
        }
        let files = digests.files.iter().map(|(name, path)| (name.clone(), self.folder.join(path)));
        Ok(Some(Before { moment, files: files.collect() }))
    }

    /// `DIR, proved 12 min ago, of 14 min ago`.
    #[must_use]
    pub fn words(&self) -> String {
        let moment = jiff::Timestamp::now().as_second() - i64::from(self.manifest.moment.seconds);
        format!(
            "{}, as it was {} ago, proved {} ago",
            self.folder.display(),
            words(moment),
            self.age_seconds().map_or_else(|| "?".to_owned(), words)
        )
    }
}

/// Whether another run may have written since: the change stream would show its writes as those of the
/// application.
async fn runs_wrote_since(target: &Target, moment: Timestamp, run: &str) -> Result<bool> {
    let seconds = i64::from(moment.time) - CLOCKS_DIFFER_SECONDS_MAX;
    let since = DateTime::from_millis(seconds * 1000);
    // A run of the whole plan writes nothing by itself: its steps do, and are runs of their own.
    let others = doc! { "_id": { "$ne": run }, "direction": { "$ne": Direction::Run.word() },
    "$or": [
        { "started_at": { "$gte": since } }, { "ended_at": { "$gte": since } },
        { "ended_at": null },
    ] };
    let found = runs::collection(target).find_one(others).await;
    Ok(found.attempt(|| format!("read the runs of {}", target.name()))?.is_some())
}

/// Whether the oplog can take as much as it holds before it forgets anything.
async fn is_half_empty(target: &Target) -> bool {
    let stats = target.client.database("local").run_command(doc! { "collStats": "oplog.rs" }).await;
    stats.is_ok_and(|stats| 2 * whole(&stats, "size") < whole(&stats, "maxSize"))
}

fn words(seconds: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "seconds, for people")]
    duration_words(seconds.max(0) as f64)
}

fn proven(path: &Path) -> Option<Proven> {
    let manifest = folder::manifest(path).ok()?;
    let proof = Proof::read(path, &manifest).filter(|proof| proof.passed)?;
    Some(Proven { folder: path.to_owned(), manifest, proof })
}

fn require(path: &Path, target: &Target) -> Result<Proven> {
    let manifest = folder::manifest(path)?;
    if !is_of(&manifest, target) {
        return Err(Failure::refused(format!(
            "{} is a backup of {} at {}, and this is {} at {}",
            path.display(),
            manifest.database,
            manifest.source,
            target.name(),
            target.shown.host
        )));
    }
    proven(path).ok_or_else(|| {
        Failure::refused(format!("nobody proved {}", path.display()))
            .hint(format!("causeway backup prove {}", path.display()))
    })
}

/// A primary that made way for another is still a member.
fn is_of(manifest: &Manifest, target: &Target) -> bool {
    manifest.database == target.name()
        && (manifest.source == target.shown.host || target.server.hosts.contains(&manifest.source))
}
