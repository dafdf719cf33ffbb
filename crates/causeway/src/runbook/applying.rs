//! The migration itself, and the second look at what it did.

use std::collections::BTreeMap;

use causeway_core::event::Verification;
use causeway_core::outcome::Outcome;
use causeway_core::verdict::{Expected, Verdict};

use super::conductor::Conductor;
use super::kept;
use super::trying::Evidence;
use crate::clock::thousands;
use crate::failure::{Failure, Result};
use crate::runs::Direction;
use crate::terminal::quantities::counted;
use crate::up::{UpOptions, up};
use crate::verify::{VerifyOptions, verify};

/// Verifications without maintenance, each after documents that came in meanwhile were healed.
const HEALED_MAX: u32 = 3;

impl Conductor<'_> {
    pub(super) async fn up(&mut self) -> Result<Evidence> {
        let mut backup = self.options.up.backup.clone();
        backup.without |= self.record.without_backup;
        if !backup.without {
            backup.named = self.record.backup.as_ref().map(Into::into).or(backup.named);
        }
        let options = UpOptions { backup, ..self.options.up.clone() };
        let version = self.options.version.clone();
        let done = up(&self.context, &version, &options).await;
        let part = kept::part(&self.context.target, &self.record.id, Direction::Up).await;
        if let Ok(Some(run)) = part {
            self.record.up = Some(run);
        }
        let said = self.heard.so_far();
        match done? {
            Outcome::Done => {
                Ok(Evidence::of(said.facts.get("recorded").cloned().unwrap_or_default()))
            }
            Outcome::NothingToDo => {
                Ok(Evidence::of(said.facts.get("applied").cloned().unwrap_or_default()))
            }
            Outcome::VerificationFailed => {
                Err(wrong("after it was applied", said.verified.as_ref()))
            }
            outcome => Err(Failure::new(outcome, format!("{version} was refused"))
                .hint("mend what refuses, as it says; then the same command goes on")),
        }
    }

    /// Without maintenance, code that knows nothing of the migration may go on writing documents: they
    /// are healed, and no reason to go back.
    pub(super) async fn verify_applied(&mut self) -> Result<Evidence> {
        let mut tries = 1;
        loop {
            let failure = match self.verify(Expected::Applied).await {
                Ok(evidence) => return Ok(evidence),
                Err(failure) if self.record.maintenance => return Err(failure),
                Err(failure) => failure,
            };
            let unaware = self.heard.so_far().verified.as_ref().and_then(unaware);
            let Some(unaware) = unaware else { return Err(failure) };
            if tries == HEALED_MAX {
                let lack = format!(
                    "{} came in without the change since it was applied: code that does not know it \
                     still runs; when the new one is deployed, `causeway up {}` heals them",
                    counted(unaware, "documents"),
                    self.record.version
                );
                let text = failure.message;
                return Ok(Evidence { text, lacks: vec![lack], left_out: false });
            }
            self.up().await?;
            tries += 1;
        }
    }

    /// Reads everything again, and compares.
    pub(super) async fn verify(&mut self, state: Expected) -> Result<Evidence> {
        let options = VerifyOptions { state, digests: self.options.up.digests };
        let outcome = verify(&self.context, &self.options.version, &options).await?;
        let said = self.heard.so_far();
        match (outcome, said.verified) {
            (Outcome::Done, Some(found)) => Ok(Evidence::of(words(&found))),
            (Outcome::Done, None) => Ok(Evidence::of("passed")),
            (_, found) => Err(wrong("in the second look", found.as_ref())),
        }
    }
}

/// Documents that another `up` would heal, when nothing else is wrong.
fn unaware(found: &Verification) -> Option<u64> {
    let of = |counts: &BTreeMap<Verdict, u64>| {
        counts.iter().any(|(verdict, count)| verdict.is_wrong() && *count > 0)
    };
    let broken = found.conditions.iter().filter(|condition| !condition.holds).count();
    let is_all = broken == found.lacking.len() && !found.collections.values().any(of);
    Some(found.lacking.values().sum()).filter(|count| *count > 0 && is_all)
}

fn wrong(when: &str, found: Option<&Verification>) -> Failure {
    let words = found.map_or_else(String::new, |found| format!(": {}", words(found)));
    let hint = found.and_then(|found| found.list_file.as_ref()).map_or_else(
        || "the answers above say what is wrong".to_owned(),
        |file| format!("every document that is wrong stands in {file}"),
    );
    Failure::new(Outcome::VerificationFailed, format!("something is wrong {when}{words}"))
        .hint(hint)
}

/// `100,240 documents: 100,120 unchanged, 120 changed by the application`.
fn words(found: &Verification) -> String {
    let mut counts: Vec<String> = Vec::new();
    for verdict in Verdict::ALL {
        let count: u64 = found.collections.values().filter_map(|counts| counts.get(&verdict)).sum();
        if count > 0 {
            counts.push(format!("{} {}", thousands(count), verdict.words()));
        }
    }
    let broken: Vec<&str> = found
        .conditions
        .iter()
        .filter(|condition| !condition.holds)
        .map(|condition| condition.text.as_str())
        .collect();
    let broken =
        if broken.is_empty() { String::new() } else { format!("; not so: {}", broken.join("; ")) };
    let counts =
        if counts.is_empty() { "nothing was compared".to_owned() } else { counts.join(", ") };
    format!("{} documents: {counts}{broken}", thousands(found.documents))
}
