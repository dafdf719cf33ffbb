//! Before anybody notices anything: checklist, backup, proof, rehearsal.

use std::path::PathBuf;

use causeway_core::backup::manifest::Compression;
use causeway_core::outcome::Outcome;
use causeway_core::plan::PlanOptions;
use causeway_core::runbook::{Step, has_evidence, was_begun};

use super::conductor::Conductor;
use super::trying::Evidence;
use crate::backup::create::{CreateOptions, make};
use crate::backup::folder;
use crate::backup::proof::Proof;
use crate::backup::prove::Proving;
use crate::backup::proven::Need;
use crate::backup::scratch::Place;
use crate::backup::verify::{Verifying, verify};
use crate::check::{CheckSettings, Patience};
use crate::clock::{duration_words, thousands};
use crate::command::check;
use crate::failure::{Failure, Result};
use crate::rehearse::rehearsal::Rehearsal;
use crate::rehearse::{RehearseOptions, rehearse};

/// Tests ask about the connection often enough elsewhere.
const PATIENCE: Patience =
    if cfg!(feature = "fault-points") { Patience::Moment } else { Patience::Seconds };

impl Conductor<'_> {
    pub(super) async fn check(&mut self) -> Result<Evidence> {
        let up = &self.options.up;
        let settings = CheckSettings {
            assume_applied: up.assume_applied.clone(),
            plan: PlanOptions { replace_index: up.replace_index },
            limits: up.limits.measured,
            approved_plan: up.plan_hash.clone(),
            // It is made after this step; `up` asks for it.
            backup: Need { max_age: None, ..up.backup.clone() },
            patience: PATIENCE,
        };
        let outcome = check::run(&self.context, &self.options.version, &settings).await?;
        let tally = self.heard.so_far().tally.unwrap_or_default();
        let words =
            format!("{} ok, {} warnings, {} refuse", tally.ok, tally.warnings, tally.refusals);
        match outcome {
            Outcome::Done | Outcome::NothingToDo => Ok(Evidence::of(words)),
            _ => Err(Failure::refused(format!("the checklist refuses: {words}"))
                .hint("mend what refuses, as it says; then the same command goes on")),
        }
    }

    pub(super) async fn back_up(&mut self) -> Result<Evidence> {
        if let Some(named) = &self.options.up.backup.named {
            let named = std::path::absolute(named).unwrap_or_else(|_| named.clone());
            self.record.backup = Some(named.display().to_string());
            return Ok(Evidence::of(format!("the one that was named: {}", named.display())));
        }
        let options = CreateOptions {
            to: self.options.backups.clone(),
            compression: Compression::None,
            migration: Some(self.migration.clone()),
        };
        let folder = make(&self.context, &options).await?;
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        self.record.backup = Some(folder.display().to_string());
        let said = self.heard.so_far();
        let words = said.facts.get("backup").cloned().unwrap_or_default();
        Ok(Evidence::of(format!("{}: {words}", folder.display())))
    }

    pub(super) fn verify_backup(&self) -> Result<Evidence> {
        let folder = self.backup()?;
        verify(Verifying { folder: &folder, reporter: &self.session.reporter })?;
        let said = self.heard.so_far();
        Ok(Evidence::of(said.facts.get("verified").cloned().unwrap_or_default()))
    }

    pub(super) async fn prove(&mut self) -> Result<Evidence> {
        let folder = self.backup()?;
        let manifest = folder::manifest(&folder)?;
        if let Some(proof) = Proof::read(&folder, &manifest).filter(|proof| proof.passed) {
            let when = format!("proved already, at {} by {}", proof.proved_at, proof.operator);
            return Ok(Evidence::of(when));
        }
        let proving = Proving {
            folder: &folder,
            state_dir: &self.context.state_dir,
            limits: self.options.up.limits,
            reporter: &self.session.reporter,
            interrupt: &self.context.interrupt,
            operator: &self.context.operator,
        };
        proving.prove(Place::Private).await?;
        let said = self.heard.so_far();
        Ok(Evidence::of(said.facts.get("proved").cloned().unwrap_or_default()))
    }

    pub(super) async fn rehearse(&mut self) -> Result<Evidence> {
        if let Some(seen) = self.young_rehearsal() {
            return Ok(Evidence::of(format!("seen: {}", words(&seen))));
        }
        let up = &self.options.up;
        let options = RehearseOptions {
            backup: Need {
                home: self.options.backups.clone(),
                named: Some(self.backup()?),
                ..Need::default()
            },
            replace_index: up.replace_index,
            assume_applied: up.assume_applied.clone(),
            limits: up.limits,
        };
        rehearse(&self.context, &self.options.version, &options, Place::Private).await?;
        let made = self.young_rehearsal();
        Ok(Evidence::of(made.map_or_else(String::new, |made| words(&made))))
    }

    /// A rehearsal of this very file for this database that is young enough.
    pub(super) fn young_rehearsal(&self) -> Option<Rehearsal> {
        let name = self.context.target.name();
        let last = Rehearsal::last(&self.context.state_dir, &self.migration, name)?;
        let at: jiff::Timestamp = last.rehearsed_at.parse().ok()?;
        let age = jiff::Timestamp::now().duration_since(at).as_secs_f64();
        let max = self.session.config.run.rehearsal_max_age().as_secs_f64();
        (age <= max).then_some(last)
    }

    /// Whether the next step would keep people out for a migration that `up` then refuses to begin.
    pub(super) fn needs_another_backup(&self, next: &Step) -> Result<bool> {
        let need = &self.options.up.backup;
        let begins = [Step::BeginMaintenance, Step::Up].contains(next)
            && !was_begun(&self.record.steps, &Step::BeginMaintenance)
            && !was_begun(&self.record.steps, &Step::Up);
        let made = has_evidence(&self.record.steps, &Step::Prove)
            && need.named.is_none()
            && self.record.backup.is_some();
        if !begins || !made || need.max_age.is_none() {
            return Ok(false);
        }
        let need = Need { named: Some(self.backup()?), ..need.clone() };
        Ok(need.latest(&self.context.target)?.is_none_or(|proven| !need.is_met_by(&proven)))
    }

    /// The backup of this run.
    pub(super) fn backup(&self) -> Result<PathBuf> {
        self.record.backup.as_ref().map(PathBuf::from).ok_or_else(|| {
            Failure::refused("this run has no backup")
                .hint("make one with --from backup, or name one with --backup DIR")
        })
    }
}

fn words(rehearsal: &Rehearsal) -> String {
    format!(
        "{} documents rehearsed at {}; the run takes about {}",
        thousands(rehearsal.documents),
        rehearsal.rehearsed_at,
        duration_words(rehearsal.forecast.seconds)
    )
}
