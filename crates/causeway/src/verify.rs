//! Reads everything again and says what became of each document, index, validator and record.
//!
//! One snapshot, compared with the digests taken before the first write. A difference is put down
//! to the application only where the change stream shows its write.

use std::collections::BTreeMap;
use std::fs::{self};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use bson::{RawDocumentBuf, Timestamp};
use causeway_core::event::{Condition, Event, Verification};
use causeway_core::examine::Lens;
use causeway_core::migration::{Migration, Version};
use causeway_core::outcome::Outcome;
use causeway_core::verdict::{Expected, Verdict};

use crate::causes::Stretch;
use crate::clock::thousands;
use crate::context::Context;
use crate::digest_file::{DigestFile, DigestWriter, bits_for};
use crate::failure::{Attempt, Failure, Result};
use crate::pass::{Pass, Seen};
use crate::progress::Progress;
use crate::runs::{self, Application};
use crate::scan::{self, Scan};
use crate::survey::{data_collections, digest_path, file_name};

mod comparing;
pub mod conditions;
mod digests;

use comparing::Compared;
pub use digests::{Digests, require_digests};

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct VerifyOptions {
    /// In which state the database should be.
    pub state: Expected,
    /// Whether digests from before are insisted on.
    pub digests: Digests,
}

/// Verifies and reports.
///
/// # Errors
/// When the database can't be read.
pub async fn verify(
    context: &Context,
    version: &Version,
    options: &VerifyOptions,
) -> Result<Outcome> {
    let migration = find(context, version)?;
    announce(context, migration);
    let history = runs::latest_application(&context.target, version).await?;
    let application = history.filter(|application| match options.state {
        Expected::Applied => !application.is_rolled_back(),
        Expected::RolledBack => true,
    });
    if let Some(application) = &application {
        application.require_same_file(migration)?;
    }
    let scratch = Scratch::make(&context.state_dir)?;
    let job = Job {
        context,
        migration,
        application: application.as_ref(),
        state: options.state,
        folder: scratch.folder.clone(),
        digests: options.digests,
        record: conditions::RecordMust::Exist,
    };
    let result = job.run().await;
    scratch.clear(result.as_ref().is_ok_and(|it| it.list_file.is_some()));
    let verification = result?;
    let passed = verification.passed;
    context.reporter.emit(Event::Verified(Box::new(verification)));
    Ok(if passed { Outcome::Done } else { Outcome::VerificationFailed })
}

/// The migration of a version.
///
/// # Errors
/// Usage when there is no file of that version.
pub fn find<'a>(context: &'a Context, version: &Version) -> Result<&'a Migration> {
    context.migrations.get(version).ok_or_else(|| {
        let known: Vec<_> = context.migrations.iter().map(|it| it.version.to_string()).collect();
        Failure::usage(format!("there is no migration {version}")).hint(if known.is_empty() {
            "the migrations folder holds none; name another with --migrations DIR".to_owned()
        } else {
            format!("there are: {}", known.join(", "))
        })
    })
}

/// Says which migration a command is about.
pub fn announce(context: &Context, migration: &Migration) {
    context.reporter.emit(Event::Migration {
        version: migration.version.to_string(),
        title: migration.title.clone(),
        file: migration.file.clone(),
    });
}

/// One verification.
#[derive(Debug)]
pub struct Job<'a> {
    /// Database, people, folders.
    pub context: &'a Context,
    /// The migration.
    pub migration: &'a Migration,
    /// The application whose digests are the state before.
    pub application: Option<&'a Application>,
    /// What the database should look like.
    pub state: Expected,
    /// Where the digests of this look go.
    pub folder: PathBuf,
    /// Whether missing digests count as wrong.
    pub digests: Digests,
    /// What is asked of the record: inside a run it is written only afterwards.
    pub record: conditions::RecordMust,
}

impl Job<'_> {
    /// Reads and compares.
    ///
    /// # Errors
    /// When the database or a digest file can't be read.
    pub async fn run(&self) -> Result<Verification> {
        let started = Instant::now();
        let at = scan::now(&self.context.target).await?;
        let list = self.folder.join("differences.jsonl");
        // What an earlier process of the run found need not be so any more.
        let _ = fs::remove_file(&list);
        let mut verification = Verification {
            version: self.migration.version.to_string(),
            state: self.state,
            passed: true,
            documents: 0,
            collections: BTreeMap::new(),
            lacking: BTreeMap::new(),
            conditions: Vec::new(),
            samples: BTreeMap::new(),
            list_file: None,
            proof: String::new(),
            seconds: 0.0,
        };
        let mut proofs = Vec::new();
        for collection in data_collections(self.migration) {
            let (seen, compared, proof) = self.collection(&collection, at, &list).await?;
            verification.documents += seen.documents;
            let lacking = self.lacking(&collection, &seen);
            verification.conditions.extend(self.state_condition(&collection, (&seen, lacking)));
            if let Some(lacking) = lacking.filter(|lacking| *lacking > 0) {
                verification.lacking.insert(collection.clone(), lacking);
            }
            verification.conditions.extend(conditions::counts(
                &collection,
                &seen,
                &compared.counts,
            ));
            if let Some(why) = &compared.causes_lost {
                verification.conditions.push(Condition {
                    holds: false,
                    text: format!("who changed documents of {collection} can't be told: {why}"),
                });
            }
            verification.collections.insert(collection.clone(), compared.counts);
            verification.samples.insert(collection, compared.samples);
            proofs.push(proof);
        }
        verification.conditions.extend(conditions::of_steps(self).await?);
        verification.conditions.extend(conditions::of_record(self).await?);
        let missing_proof = proofs.iter().any(|proof| !proof.holds);
        verification.proof =
            proofs.iter().map(|proof| proof.text.clone()).collect::<Vec<_>>().join("; ");
        if verification.proof.is_empty() {
            "no step changes documents".clone_into(&mut verification.proof);
        }
        let wrong = |counts: &BTreeMap<Verdict, u64>| {
            counts.iter().any(|(verdict, count)| verdict.is_wrong() && *count > 0)
        };
        verification.passed = !missing_proof
            && !verification.collections.values().any(wrong)
            && verification.conditions.iter().all(|condition| condition.holds);
        verification.list_file = list.exists().then(|| list.display().to_string());
        verification.seconds = started.elapsed().as_secs_f64();
        Ok(verification)
    }

    async fn collection(
        &self,
        collection: &str,
        at: Timestamp,
        list: &Path,
    ) -> Result<(Seen, Compared, Condition)> {
        let before = self.before(collection)?;
        let after_path = self.folder.join(format!("after-{}.digests", file_name(collection)));
        let bits = match &before {
            Some(before) => before.bits,
            None => bits_for(self.estimated(collection).await?),
        };
        let seen = self.read(collection, at, (&after_path, bits)).await?;
        if self.state == Expected::RolledBack && self.is_still_applied() {
            let text = format!(
                "{collection} is not compared: {} is not rolled back",
                self.migration.version
            );
            return Ok((seen, Compared::default(), Condition { holds: false, text }));
        }
        let (Some(before), Some(application)) = (before, self.application) else {
            let (holds, text) = self.no_digests(collection);
            let compared = Compared::default();
            return Ok((seen, compared, Condition { holds, text }));
        };
        let after = DigestFile::open(&after_path)?
            .ok_or_else(|| Failure::unexpected("the digests just written are gone"))?;
        let from = application.surveyed_at().unwrap_or(at);
        // What a range saw at a later snapshot may have been written after the first one.
        let to = seen.later_snapshot.map_or(at, |later| later.max(at));
        let stretch = Stretch { collection, application: &application.id, from, to, bits };
        let (before, after) = (Arc::new(before), Arc::new(after));
        let compared = self.compare((&before, &after), stretch, list).await?;
        let _ = fs::remove_file(&after_path);
        let text = format!(
            "digests of {} {collection} from before the first write, run {}",
            thousands(before.documents),
            application.id
        );
        Ok((seen, compared, Condition { holds: true, text }))
    }

    /// Inside a rollback its own record follows, and the comparison is what it is about.
    fn is_still_applied(&self) -> bool {
        self.record == conditions::RecordMust::Exist
            && self.application.is_some_and(|application| !application.is_rolled_back())
    }

    fn before(&self, collection: &str) -> Result<Option<DigestFile>> {
        let Some(application) = self.application else { return Ok(None) };
        let Some(epoch) = application.survey_epoch() else { return Ok(None) };
        let folder = runs::folder(&self.context.state_dir, &application.id);
        DigestFile::open(&digest_path(&folder, collection, epoch))
    }

    /// Why there are no digests to compare with, and whether that is accepted.
    fn no_digests(&self, collection: &str) -> (bool, String) {
        match self.application {
            None => (
                true,
                format!(
                    "none for {collection}: it was not applied by causeway, there are no digests from before"
                ),
            ),
            Some(application) => {
                let folder = runs::folder(&self.context.state_dir, &application.id);
                let what_now = match self.digests {
                    Digests::Require => "; copy that folder here, or do without: --without-digests",
                    Digests::DoWithout => "",
                };
                let text = format!(
                    "none for {collection}: the digests of run {} are on {}, not in {}{what_now}",
                    application.id,
                    application.host(),
                    folder.display()
                );
                (self.digests == Digests::DoWithout, text)
            }
        }
    }

    async fn estimated(&self, collection: &str) -> Result<u64> {
        self.context
            .target
            .database
            .collection::<RawDocumentBuf>(collection)
            .estimated_document_count()
            .await
            .attempt(|| format!("count {collection}"))
    }

    async fn read(
        &self,
        collection: &str,
        at: Timestamp,
        (path, bits): (&Path, u32),
    ) -> Result<Seen> {
        let context = self.context;
        let estimated = self.estimated(collection).await?;
        let phase = format!("{collection}  verifying every document");
        let progress = Progress::start(&context.reporter, phase, Some(estimated), "documents");
        let lens = Lens::of(self.migration, collection);
        let digests = DigestWriter::create(path, bits)?;
        let seen = Pass {
            scan: Scan {
                target: &context.target,
                collection,
                documents_estimated: estimated,
                at,
                comment: "causeway: digests",
                progress: &progress,
                interrupt: &context.interrupt,
            },
            lens: &lens,
            digests: Some(&digests),
            had_before: None,
        }
        .run()
        .await?;
        digests.finish()?;
        progress.finish(format!("{} documents read", thousands(seen.documents)));
        Ok(seen)
    }

    /// Documents that are not as the migration makes them; none when it is not to be applied.
    fn lacking(&self, collection: &str, seen: &Seen) -> Option<u64> {
        match self.state {
            Expected::Applied if Lens::of(self.migration, collection).has_computed() => {
                Some(seen.malformed)
            }
            Expected::Applied => Some(seen.absent + seen.malformed),
            Expected::RolledBack => None,
        }
    }

    /// Every document must be as the migration wants it; after a rollback the comparison of all
    /// bytes says more, and without digests the fields must at least be gone.
    fn state_condition(
        &self,
        collection: &str,
        (seen, lacking): (&Seen, Option<u64>),
    ) -> Option<Condition> {
        let (lens, wrong) = (Lens::of(self.migration, collection), lacking?);
        let all_malformed = lens.has_computed() || seen.malformed > 0;
        let samples = if all_malformed { &seen.malformed_samples } else { &seen.absent_samples };
        let fields = lens.owned().join(", ");
        let few: Vec<String> = samples.iter().take(5).cloned().collect();
        Some(Condition {
            holds: wrong == 0,
            text: if wrong == 0 {
                format!(
                    "{} of {} {collection}: {fields} as asked",
                    thousands(seen.documents),
                    thousands(seen.documents)
                )
            } else {
                format!(
                    "{} of {} {collection}: {fields} not as asked, e.g. {}; `causeway up {}` heals it",
                    thousands(wrong),
                    thousands(seen.documents),
                    few.join(", "),
                    self.migration.version
                )
            },
        })
    }
}

/// A folder for one look, removed afterwards unless it holds a list that people want to read.
struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    fn make(state_dir: &Path) -> Result<Self> {
        let name = format!("verify-{}", runs::new_id());
        let folder = runs::make_folder(state_dir, &name)?;
        Ok(Self { folder })
    }

    fn clear(self, keep_list: bool) {
        if !keep_list {
            // Its loss costs nothing but some disk.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}
