//! `backup prove`: restores a backup into a scratch place, compares everything with the manifest, and
//! leaves a proof beside it. A backup counts only when it was restored.

use std::path::Path;
use std::time::Instant;

use causeway_core::backup::{Manifest, Tally};
use causeway_core::event::Event;
use causeway_core::outcome::Outcome;

use super::contents::{Contents, Wanted};
use super::proof::Proof;
use super::scratch::{Place, Scratch};
use crate::clock::{duration_words, now_utc, thousands};
use crate::context::{Interrupt, Operator};
use crate::failure::{Failure, Result};
use crate::governor::Limits;
use crate::reporter::Reporter;
use crate::terminal::quantities::bytes_words;

/// Who proves what, and where.
#[derive(Debug, Clone, Copy)]
pub struct Proving<'a> {
    /// Folder of the backup.
    pub folder: &'a Path,
    /// Where a private server has its data.
    pub state_dir: &'a Path,
    /// Limits that a server which others use is kept under.
    pub limits: Limits,
    /// Who listens.
    pub reporter: &'a Reporter,
    /// Whether somebody asked to stop.
    pub interrupt: &'a Interrupt,
    /// Who proves it.
    pub operator: &'a Operator,
}

impl Proving<'_> {
    /// Restores, compares, removes, and leaves the proof.
    ///
    /// # Errors
    /// Usage when the folder is no backup; a failed verification when it does not come back as it
    /// was; refused when it can't be tried.
    pub async fn prove(&self, place: Place) -> Result<Outcome> {
        let contents = Contents::read(self.folder, Wanted::default())?;
        let Some(manifest) = &contents.manifest else {
            return Err(Failure::usage(format!(
                "{} has no manifest: nothing says what must come back",
                self.folder.display()
            ))
            .hint("make a backup with `causeway backup create`"));
        };
        let started = Instant::now();
        let wanted = (local_mongod::Kind::Standalone, &contents, manifest);
        let scratch = Scratch::open(place, wanted, (self.state_dir, self.reporter)).await?;
        self.compare_versions(manifest, &scratch);
        let restored_on = scratch.described();
        self.reporter.fact("proving", format!("{} on {restored_on}", self.folder.display()));
        let watched = (self.reporter, self.interrupt);
        let result = scratch.fill(&contents, self.limits, watched).await;
        let server_version = scratch.target.server.version_text();
        scratch.remove(self.reporter).await;
        if self.interrupt.is_set() {
            return Err(Failure::refused("interrupted; nothing is proved"));
        }
        let (tally, problems) = match result {
            Ok(found) => found,
            // What is wrong with the files themselves is a result as well.
            Err(failure) if failure.outcome == Outcome::VerificationFailed => {
                (Tally::default(), vec![failure.message])
            }
            Err(failure) => return Err(failure),
        };
        let proof = Proof {
            manifest: manifest.checksum.clone(),
            passed: problems.is_empty(),
            proved_at: now_utc(),
            seconds: started.elapsed().as_secs_f64(),
            restored_on,
            server_version,
            documents: tally.documents,
            bytes: tally.bytes,
            collections: contents.collections.len() as u64,
            operator: self.operator.name.clone(),
            host: self.operator.host.clone(),
            problems,
        };
        proof.write(self.folder)?;
        self.conclude(&proof, manifest)
    }

    /// What is proved holds for the version on which it was restored.
    fn compare_versions(&self, manifest: &Manifest, scratch: &Scratch) {
        let (theirs, ours) = (&manifest.server_version, scratch.target.server.version_text());
        if series(theirs) != series(&ours) {
            self.reporter.warning(format!(
                "the backup is of MongoDB {theirs} and is restored on {ours}: what is proved holds for {ours}"
            ));
        }
    }

    fn conclude(&self, proof: &Proof, manifest: &Manifest) -> Result<Outcome> {
        let took = duration_words(proof.seconds);
        for problem in &proof.problems {
            self.reporter.warning(problem.clone());
        }
        if !proof.passed {
            let many = proof.problems.len();
            return Err(Failure::unexpected(format!(
                "{} does not come back as it was: {many} {}",
                self.folder.display(),
                if many == 1 { "thing is wrong" } else { "things are wrong" }
            ))
            .ending(Outcome::VerificationFailed)
            .hint("do not rely on this backup; make another: causeway backup create"));
        }
        self.reporter.fact(
            "proved",
            format!(
                "{} documents, {}, of {} collections came back with the same digests, indexes, options and validators, in {took}",
                thousands(proof.documents),
                bytes_words(proof.bytes),
                proof.collections
            ),
        );
        self.reporter.emit(Event::Next {
            commands: vec![format!(
                "causeway backup restore {} --database {}",
                self.folder.display(),
                manifest.database
            )],
        });
        Ok(Outcome::Done)
    }
}

/// `6.0` of `6.0.5`.
fn series(version: &str) -> Vec<&str> {
    version.split('.').take(2).collect()
}
