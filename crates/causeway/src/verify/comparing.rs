//! Two passes over a collection, bucket by bucket, and who is behind what differs.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use causeway_core::migration::Step;
use causeway_core::verdict::{Cause, Comparison, Difference, Expected, Verdict, compare};

use super::Job;
use crate::causes::{self, Causes, Stretch};
use crate::clock::thousands;
use crate::digest_file::DigestFile;
use crate::failure::{Attempt, Result};
use crate::progress::Progress;

/// Threads that compare digests. A bucket of each pass is in memory for each of them.
const COMPARING_THREADS: usize = 2;
/// Documents listed of each kind; all of them are in the file.
const SAMPLES_MAX: usize = 100;

/// Result for one collection.
#[derive(Debug, Default)]
pub(super) struct Compared {
    pub(super) counts: BTreeMap<Verdict, u64>,
    pub(super) samples: BTreeMap<Verdict, Vec<String>>,
    pub(super) causes_lost: Option<String>,
}

impl Job<'_> {
    /// Compares two passes over a collection; what differs is put down to whoever wrote it.
    pub(super) async fn compare(
        &self,
        (before, after): (&Arc<DigestFile>, &Arc<DigestFile>),
        stretch: Stretch<'_>,
        list: &Path,
    ) -> Result<Compared> {
        let progress = Progress::start(
            &self.context.reporter,
            format!("{}  comparing digests", stretch.collection),
            Some(before.documents),
            "documents",
        );
        let mut compared = Compared::default();
        let comparison = self.comparison(stretch.collection);
        // Work for the processor: in threads of its own, each with its share of the buckets.
        let (mut unchanged, mut differences) = (0, 0);
        let shares = (0..COMPARING_THREADS).map(|share| {
            let (before, after) = (Arc::clone(before), Arc::clone(after));
            tokio::task::spawn_blocking(move || compare_share((&before, &after), comparison, share))
        });
        for share in shares.collect::<Vec<_>>() {
            let (same, different) = share.await.attempt(|| "compare digests".to_owned())??;
            unchanged += same;
            differences += different;
        }
        progress.advance(before.documents);
        compared.counts.insert(Verdict::Unchanged, unchanged);
        if differences > 0 {
            self.explain((before, after), stretch, list, &mut compared).await?;
        }
        progress.finish(format!(
            "{} unchanged, {} different",
            thousands(unchanged),
            thousands(differences)
        ));
        Ok(compared)
    }

    /// What the comparison expects: where other scripts had applied the migration, the digests show
    /// the applied state, and only the rest can be compared. What they computed can't be undone.
    fn comparison(&self, collection: &str) -> Comparison {
        match (self.state, self.application) {
            (Expected::Applied, _) => Comparison::Applied,
            (Expected::RolledBack, Some(it)) if it.is_unrecorded() => {
                let only_adds = self.migration.steps.iter().all(|step| {
                    step.collection().as_str() != collection
                        || !step.writes_documents()
                        || matches!(step, Step::AddField(_))
                });
                if only_adds { Comparison::FieldsGone } else { Comparison::RestOnly }
            }
            (Expected::RolledBack, _) => Comparison::AllBytes,
        }
    }

    async fn explain(
        &self,
        (before, after): (&DigestFile, &DigestFile),
        stretch: Stretch<'_>,
        list: &Path,
        compared: &mut Compared,
    ) -> Result<()> {
        let causes = causes::read(&self.context.target, stretch, &self.folder).await?;
        if let Causes::Lost(why) = &causes {
            compared.causes_lost = Some(why.clone());
        }
        let comparison = self.comparison(stretch.collection);
        let mut list = DifferenceList::open(list, stretch.collection)?;
        for bucket in 0..before.buckets() {
            let known = KnownCauses::of(&causes, bucket)?;
            let mut found = Vec::new();
            let (old, new) = (before.bucket(bucket)?, after.bucket(bucket)?);
            compare(old, new, comparison, |difference| found.push(difference));
            for difference in found {
                let verdict = difference.verdict(known.cause(&difference));
                let id = causes::id_text(&difference.record().id);
                list.put(verdict, &id)?;
                *compared.counts.entry(verdict).or_default() += 1;
                let samples = compared.samples.entry(verdict).or_default();
                if samples.len() < SAMPLES_MAX {
                    samples.push(id);
                }
            }
            tokio::task::yield_now().await;
        }
        list.finish()
    }
}

/// Compares every bucket of one thread's share; counts what is as expected and what is not.
fn compare_share(
    (before, after): (&DigestFile, &DigestFile),
    comparison: Comparison,
    share: usize,
) -> Result<(u64, u64)> {
    let (mut unchanged, mut differences) = (0, 0);
    for bucket in (share..before.buckets()).step_by(COMPARING_THREADS) {
        let (old, new) = (before.bucket(bucket)?, after.bucket(bucket)?);
        unchanged += compare(old, new, comparison, |_| differences += 1);
    }
    Ok((unchanged, differences))
}

/// The causes of one bucket, in memory.
struct KnownCauses {
    lost: bool,
    by_id: BTreeMap<Vec<u8>, u128>,
}

impl KnownCauses {
    fn of(causes: &Causes, bucket: usize) -> Result<Self> {
        let Causes::Known(file) = causes else {
            return Ok(Self { lost: true, by_id: BTreeMap::new() });
        };
        let mut by_id: BTreeMap<Vec<u8>, u128> = BTreeMap::new();
        for record in file.bucket(bucket)? {
            *by_id.entry(record.id).or_default() |= record.digest.all;
        }
        Ok(Self { lost: false, by_id })
    }

    /// An update does not explain that a document is gone, nor a deletion that it is new.
    fn cause(&self, difference: &Difference) -> Cause {
        if self.lost {
            return Cause::Unknown;
        }
        let seen = self.by_id.get(&difference.record().id).copied().unwrap_or_default();
        let explains = match difference {
            Difference::Changed(_) => seen != 0,
            Difference::Gone(_) => seen & causes::DELETED != 0,
            Difference::New(_) => seen & causes::INSERTED != 0,
        };
        if explains { Cause::Application } else { Cause::Nobody }
    }
}

/// The file that holds every difference, a line each.
struct DifferenceList<'a> {
    file: BufWriter<File>,
    path: &'a Path,
    collection: &'a str,
}

impl<'a> DifferenceList<'a> {
    fn open(path: &'a Path, collection: &'a str) -> Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)
            .attempt(|| format!("make the list of differences {}", path.display()))?;
        Ok(Self { file: BufWriter::new(file), path, collection })
    }

    fn put(&mut self, verdict: Verdict, id: &str) -> Result<()> {
        let line = serde_json::json!({
            "collection": self.collection, "verdict": verdict, "_id": id,
        });
        writeln!(self.file, "{line}")
            .attempt(|| format!("write the list of differences {}", self.path.display()))
    }

    fn finish(mut self) -> Result<()> {
        let writing = || format!("write the list of differences {}", self.path.display());
        self.file.flush().attempt(writing)?;
        self.file.get_ref().sync_all().attempt(writing)
    }
}
