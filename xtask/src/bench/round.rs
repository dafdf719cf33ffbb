//! One round: everything once, the plain way and ours.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{
    plain, restore,
    stage::{DATABASE, Stage},
};
use crate::{causeway::Ended, say};

/// Part of the names of the phases that read every document.
const SURVEY: &str = "reading every document";
const VERIFYING: &str = "verifying every document";

/// Who goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    PlainFirst,
    OursFirst,
}

impl Order {
    /// It changes from round to round.
    pub(super) const fn of(round: u64) -> Self {
        if round.is_multiple_of(2) { Self::PlainFirst } else { Self::OursFirst }
    }
}

/// What one round measured, in seconds and bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Figures {
    pub(super) plain_up: f64,
    pub(super) plain_down: f64,
    pub(super) plain_read: f64,
    /// The same just before `create`, and just before `verify`: at another time the machine, and the
    /// server's cache, are others.
    pub(super) plain_read_by_create: f64,
    pub(super) plain_read_by_verify: f64,
    pub(super) up: f64,
    pub(super) up_writing: f64,
    pub(super) down: f64,
    pub(super) down_writing: f64,
    pub(super) verify: f64,
    pub(super) plain_restore: f64,
    pub(super) create: f64,
    pub(super) prove: f64,
    pub(super) create_memory_bytes: u64,
    pub(super) prove_memory_bytes: u64,
    pub(super) up_memory_bytes: u64,
    pub(super) down_memory_bytes: u64,
    pub(super) verify_memory_bytes: u64,
}

/// Measures one round.
pub(super) async fn measure(stage: &Stage, order: Order) -> Result<Figures> {
    let mut figures = Figures::default();
    match order {
        Order::PlainFirst => {
            plain(stage, &mut figures).await?;
            ours(stage, &mut figures).await?;
        }
        Order::OursFirst => {
            ours(stage, &mut figures).await?;
            plain(stage, &mut figures).await?;
        }
    }
    say::talk(&format!("  {figures:.2?}"));
    Ok(figures)
}

async fn plain(stage: &Stage, figures: &mut Figures) -> Result<()> {
    stage.settle().await?;
    figures.plain_up = plain::up(stage).await?;
    stage.settle().await?;
    figures.plain_read = plain::read(stage).await?;
    stage.settle().await?;
    figures.plain_down = plain::down(stage).await?;
    Ok(())
}

async fn ours(stage: &Stage, figures: &mut Figures) -> Result<()> {
    let causeway = &stage.causeway;
    stage.forget().await?;
    backup(stage, figures).await?;
    stage.settle().await?;
    let up = causeway.events(&format!("up 010 --yes {DATABASE}"))?.expect(0)?;
    (figures.up, figures.up_memory_bytes) = (up.seconds, up.memory_bytes);
    figures.up_writing = writing_seconds(&up)?;
    phases(&up);
    stage.settle().await?;
    figures.plain_read_by_verify = plain::read(stage).await?;
    stage.settle().await?;
    let verify = causeway.events("verify 010 --state applied")?.expect(0)?;
    (figures.verify, figures.verify_memory_bytes) = (verify.seconds, verify.memory_bytes);
    stage.settle().await?;
    let down = causeway.events(&format!("down 010 --yes {DATABASE}"))?.expect(0)?;
    (figures.down, figures.down_memory_bytes) = (down.seconds, down.memory_bytes);
    figures.down_writing = writing_seconds(&down)?;
    phases(&down);
    // A run that did nothing would be fast.
    let unchanged = causeway.events("verify 010 --state rolled-back")?.expect(0)?;
    let verified = unchanged.of("verified").next().context("find the result of verify")?;
    ensure!(verified["documents"] == stage.loaded.quotes(), "verify read another number of quotes");
    stage.forget().await
}

/// A backup, a proof of it, and what a restore by the plain driver takes.
async fn backup(stage: &Stage, figures: &mut Figures) -> Result<()> {
    let causeway = &stage.causeway;
    stage.settle().await?;
    figures.plain_read_by_create = plain::read(stage).await?;
    stage.settle().await?;
    let create = causeway.events("backup create")?.expect(0)?;
    (figures.create, figures.create_memory_bytes) = (create.seconds, create.memory_bytes);
    phases(&create);
    let told = create.of("fact").find(|fact| fact["key"] == "folder");
    let folder = told.and_then(|fact| fact["text"].as_str()).context("find the backup")?;
    stage.settle().await?;
    let prove = causeway.events(&format!("backup prove {folder}"))?.expect(0)?;
    (figures.prove, figures.prove_memory_bytes) = (prove.seconds, prove.memory_bytes);
    phases(&prove);
    figures.plain_restore = restore::plain(stage, &causeway.folder().join(folder)).await?;
    Ok(())
}

/// What is neither preparation nor proof: from the start of the run to the start of its
/// verification without the survey of all documents, and from the end of the verification to the
/// end of the process.
fn writing_seconds(ended: &Ended) -> Result<f64> {
    let named = |event: &Value, part: &str| {
        event["phase"].as_str().is_some_and(|phase| phase.contains(part))
    };
    let (started, _) = ended.timed("run_started").next().context("find the start of the run")?;
    let (verifying, _) = ended
        .timed("phase_started")
        .find(|(_, phase)| named(phase, VERIFYING))
        .context("find the start of the verification")?;
    let (verified, _) = ended.timed("verified").last().context("find the end of verification")?;
    let survey: f64 = ended
        .of("phase_finished")
        .filter(|phase| named(phase, SURVEY))
        .filter_map(|phase| phase["seconds"].as_f64())
        .sum();
    Ok(verifying - started - survey + ended.seconds - verified)
}

fn phases(ended: &Ended) {
    for phase in ended.of("phase_finished") {
        let seconds = phase["seconds"].as_f64().unwrap_or_default();
        let name = phase["phase"].as_str().unwrap_or_default();
        say::talk(&format!("  {seconds:>7.2} s  {name}"));
    }
}
